/** Named pipes, and locks that end with their process: Node's `fs` has neither. */
import { lastError, libc } from './libc.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Undefined if there is a FIFO at `path` now; otherwise why not. */
export function makeFifo(path: string, mode: number): string | undefined {
  if (libc().mkfifo(path, mode) === 0) return undefined;
  const { name } = lastError();
  return name === 'EEXIST' ? undefined : name;
}

/** Bytes written into the pipe and not read yet. */
export function unreadBytes(fd: number): number {
  return libc().unread(fd);
}

/** Takes the lock on the open file; whether it is ours now. The kernel releases it when the process ends. */
export function lockFile(fd: number): boolean {
  return libc().flock(fd, LOCK_EX | LOCK_NB) === 0;
}
