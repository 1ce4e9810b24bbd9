/** FIFOs read line by line, and the lines that the lab's notify script writes. */
import { chmodSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { monotonicNow } from '../linux/clock.ts';
import { lastError, libc } from '../linux/libc.ts';
import type { LabEvent } from '../observe/event.ts';

/** Opens it for reading and writing: a writer that closes it does not end the stream. */
export function readLines(path: string, onLine: (line: string) => void): Socket {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  createInterface({ input: socket }).on('line', onLine);
  return socket;
}

/** Recreates the FIFO, writable for every user of the node. Returns the reason of a failure, or undefined. */
export function makeFifo(path: string): string | undefined {
  rmSync(path, { force: true });
  if (libc().mkfifo(path, 0o600) !== 0) return `${path}: ${lastError().name}`;
  chmodSync(path, 0o666);
  return undefined;
}

/** `INSTANCE web MASTER 100`; undefined for groups and everything else. */
export function notifyEvent(line: string, node: string): LabEvent | undefined {
  const [, instance = '', state = ''] = /^INSTANCE (\S+) (\S+) \d+$/.exec(line) ?? [];
  if (state === '') return undefined;
  return { kind: 'notify', at: monotonicNow(), source: 'agent', node, instance, state };
}
