/**
 * A report for programs: a file, whose folder is made, or standard output (`-`). It is opened before the run, so that a
 * path that cannot be written is an error before anything was measured.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, unwritable } from '../run/place.ts';
import { out } from './process/console.ts';
import { FdWriter } from './process/fd-writer.ts';

const HINT = 'Choose another place for the report.';

export interface ReportFile {
  readonly file: string;
  /** Throws a HalabError (exit 4), for the device may be full. */
  write(text: string): Promise<void>;
}

/** Undefined: no report is wanted. Throws a HalabError (exit 4) if the place cannot be written. */
export function openReport(file: string): ReportFile;
export function openReport(file: string | undefined): ReportFile | undefined;
export function openReport(file: string | undefined): ReportFile | undefined {
  if (file === undefined) return undefined;
  if (file === '-') return { file, write: (text) => Promise.resolve(out.raw(text)) };
  // A pipe or a device stays open: its reader would take a second opening for another file.
  const fd = guarded(file, () => openPlace(file));
  if (fd === undefined)
    return { file, write: async (text) => guarded(file, () => writeFileSync(file, text)) };
  const write = async (text: string): Promise<void> => {
    const writer = new FdWriter(fd);
    writer.write(text);
    await writer.drained();
    closeSync(fd);
    if (writer.problem !== undefined) throw unwritable(file, writer.problem, HINT);
  };
  return { file, write };
}

/** Opens and writes a report. */
export function writeReport(file: string, text: string): Promise<void> {
  return openReport(file).write(text);
}

/** Tries whether the file can be written, without changing it. Answers its descriptor if it is not a regular file. */
function openPlace(file: string): number | undefined {
  const existed = statSync(file, { throwIfNoEntry: false }) !== undefined;
  makeFolder(dirname(file));
  const { O_WRONLY, O_CREAT, O_APPEND, O_NONBLOCK } = constants;
  // Without O_NONBLOCK a pipe without a reader would block for good.
  const fd = openSync(file, O_WRONLY | O_CREAT | O_APPEND | (O_NONBLOCK ?? 0), 0o666);
  writeSync(fd, Buffer.alloc(0)); // A device that takes nothing says so.
  if (!fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  if (!existed) rmSync(file);
  return undefined;
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unwritable(file, error, HINT);
  }
}
