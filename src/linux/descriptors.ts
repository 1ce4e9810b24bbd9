/** Functions for descriptors that Node lacks: named pipes, locks that end with their process, the user behind a unix socket. */
import { writeSync } from 'node:fs';
import { i32 } from './bytes.ts';
import { lastError, libc, SO, SOL_SOCKET } from './libc.ts';

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

/** Writes all of it, at once: tries again while a full pipe refuses. False: it is broken, or refused too often. */
export function writeWhole(fd: number, text: string, attempts: number): boolean {
  let rest = Buffer.from(text);
  for (let attempt = 0; attempt < attempts && rest.length > 0; attempt++) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') return false;
    }
  }
  return rest.length === 0;
}

/** Takes the lock on the open file; whether it is ours now. The kernel releases it when the process ends. */
export function lockFile(fd: number): boolean {
  return libc().flock(fd, LOCK_EX | LOCK_NB) === 0;
}

/** The user that connected, as the kernel has noted it (unix(7)); undefined: `fd` is no unix socket. */
export function peerUser(fd: number): number | undefined {
  const credentials = Buffer.alloc(12);
  const length = i32(credentials.length);
  const found = libc().getsockopt(fd, SOL_SOCKET, SO.peerCredentials, credentials, length) === 0;
  return found ? credentials.readUInt32LE(4) : undefined;
}
