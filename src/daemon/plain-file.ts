/**
 * Files at places where somebody else may have been first, such as /tmp: never through a link, never one that is no
 * plain file, and no open() that waits. A pipe without a reader would hold the daemon up for good.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { makeFifo } from '../linux/files.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** No number, and no pid, is longer. */
const MOST_BYTES = 4_096;

/** Throws what open() says, or that it is no plain file. */
export function openPlain(path: string, flags: number, mode = 0o644): number {
  const fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, mode);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new Error(`${path} is no plain file`);
}

/** The beginning of a file, through links: the path is the administrator's. Throws like `openPlain`. */
export function readPlain(path: string): string {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) throw new Error(`${path} is no plain file`);
    const bytes = Buffer.alloc(MOST_BYTES);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** A log, where the administrator wants it: through links, and a pipe may be there, but one that nobody reads is refused. */
export function openToAppend(path: string): number {
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK, 0o644);
}

/** A new file takes the place of what was there: only its owner can read it, whoever's the old one was. Throws. */
export function replaceFile(path: string, text: string): void {
  const made = `${path}.${randomBytes(6).toString('hex')}`;
  const fd = openSync(made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
    renameSync(made, path);
  } catch (error) {
    unlinkSync(made);
    throw error;
  }
}

/**
 * The FIFO at `path`, made if nothing is there; or why there is none. Open to read and write, so that it never waits
 * for a reader, and what a dead one left is kept for the next.
 */
export function openFifo(path: string, mode: number): number | string {
  const problem = makeFifo(path, mode);
  if (problem !== undefined) return problem;
  try {
    const fd = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    if (fstatSync(fd).isFIFO()) return fd;
    closeSync(fd);
    return 'something else than a FIFO is there';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
