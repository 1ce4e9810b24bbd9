/**
 * Files in folders that other users may write to, such as /tmp: opened without following a link, only if they are
 * regular files, and without waiting. A pipe without a reader would block the daemon for good.
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
import { makeFifo } from '../linux/descriptors.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** More than any number or pid needs. */
const MOST_BYTES = 4_096;

/** Throws the error of open(), or that it is not a regular file. */
export function openPlain(path: string, flags: number, mode = 0o644): number {
  const fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, mode);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new Error(`${path} is no plain file`);
}

/** The beginning of a file; follows links, because the path is the administrator's. Throws as `openPlain` does. */
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

/** Opens a log where the administrator wants it: follows links; a pipe is allowed if it has a reader. */
export function openToAppend(path: string): number {
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY | O_NONBLOCK, 0o644);
}

/** Replaces the file by a new one that only its owner can read, regardless of the old owner. Throws. */
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
 * The FIFO at `path`, made if nothing is there; or why there is none. Opened to read and write, so that opening never
 * waits for a reader and unread lines are kept for the next one.
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
