/** Opens users' files: only regular ones of bounded size, because to open a device or a FIFO may have an effect. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { messageOf } from '../../errors.ts';

/** Largest text file. */
export const MOST_TEXT_BYTES = 1 << 20;

/** Throws an Error with the reason. */
export function readTextFile(path: string): string {
  return readRegularFile(path, MOST_TEXT_BYTES).toString('utf8');
}

/** Throws an Error with the reason: not a regular file, larger than `mostBytes`, not readable. */
export function readRegularFile(path: string, mostBytes: number): Buffer {
  return withRegularFile(path, (file) => readAll(file, mostBytes));
}

/** Gives `use` a file descriptor. Throws an Error with the reason. */
export function withRegularFile<T>(path: string, use: (file: number) => T): T {
  let file: number | undefined;
  try {
    requireRegular(statSync(path));
    // Not defined on Windows.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    requireRegular(fstatSync(file));
    return use(file);
  } catch (error) {
    throw new Error(reasonOf(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** `ENOENT: no such file or directory`, without the system call and the path that Node appends. */
export function reasonOf(error: unknown): string {
  return messageOf(error).replace(/, [a-z]+( '.*')?$/s, '');
}

function requireRegular(stat: Stats): void {
  if (!stat.isFile()) throw new Error(`it is ${kindOf(stat)}, not a regular file`);
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder';
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  return 'a device';
}

/** Counts the size while reading: files of /proc and /sys have size 0. */
function readAll(file: number, mostBytes: number): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  for (;;) {
    const part = Buffer.alloc(Math.min(1 << 16, mostBytes + 1 - size));
    const count = readSync(file, part);
    if (count === 0) return Buffer.concat(parts);
    size += count;
    if (size > mostBytes) throw new Error(`it is larger than ${mostBytes >> 20} MiB`);
    parts.push(part.subarray(0, count));
  }
}

/** Resolves symbolic links, as far as the path exists. */
export function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realOf(above), path.slice(above.length));
  }
}

/** Whether it is the folder, or is in it. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
