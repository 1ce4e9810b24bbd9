/** The events of halabd for programs: one JSON object a line, stamped with CLOCK_MONOTONIC in microseconds. */
import { closeSync, writeSync } from 'node:fs';
import { HalabError, messageOf } from '../../errors.ts';
import { openToAppend } from '../plain-file.ts';

export type EventLine =
  | {
      readonly kind: 'state';
      readonly at: number;
      readonly instance: string;
      readonly state: string;
      readonly reason: string;
      readonly detail: string;
      readonly priority: number;
    }
  /** The first packet of its kind from this source that a receive check refused. */
  | {
      readonly kind: 'refused';
      readonly at: number;
      readonly instance: string | undefined;
      readonly check: string;
      readonly counter: string;
      readonly source: string;
    }
  /** Another host answers for an address of an Active. */
  | {
      readonly kind: 'held';
      readonly at: number;
      readonly instance: string;
      readonly address: string;
      readonly mac: string;
    }
  /** Adverts accepted and packets refused, by check, when the process ends. */
  | {
      readonly kind: 'received';
      readonly at: number;
      readonly accepted: number;
      readonly refused: Readonly<Record<string, number>>;
    }
  | {
      readonly kind: 'check';
      readonly at: number;
      readonly virtual_server: string;
      readonly real_server: string;
      readonly checker: string;
      readonly outcome: 'up' | 'down' | 'failure';
      readonly detail: string;
    }
  | {
      readonly kind: 'server';
      readonly at: number;
      readonly virtual_server: string;
      readonly real_server: string;
      readonly up: boolean;
      readonly detail: string;
    }
  | {
      readonly kind: 'quorum';
      readonly at: number;
      readonly virtual_server: string;
      readonly up: boolean;
    }
  /** The effective priority of an instance moved. */
  | {
      readonly kind: 'priority';
      readonly at: number;
      readonly instance: string;
      readonly priority: number;
    }
  /** A tracked script succeeds or fails now, by its rise and fall. */
  | { readonly kind: 'script'; readonly at: number; readonly script: string; readonly up: boolean }
  /** The pool has reached the kernel. */
  | {
      readonly kind: 'pool';
      readonly at: number;
      readonly virtual_server: string;
      readonly servers: readonly PoolServer[];
    };

export interface PoolServer {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
}

export interface EventWriter {
  write(line: EventLine): void;
  close(): void;
}

/** Descriptors of standard output and, in a child, of the file that the parent has opened. */
const STDOUT = 1;
const INHERITED = 4;

export interface EventTarget {
  /** In the children. */
  readonly descriptor: number | undefined;
  /** Descriptors that every child inherits behind its IPC channel. */
  readonly passed: readonly number[];
}

/** Opened in the parent, which may write everywhere. Throws a HalabError. */
export function openEventTarget(target: string | undefined): EventTarget {
  if (target === undefined) return { descriptor: undefined, passed: [] };
  if (target === '-') return { descriptor: STDOUT, passed: [] };
  try {
    return { descriptor: INHERITED, passed: [openToAppend(target)] };
  } catch (error) {
    throw new HalabError({
      code: 'HALAB_EVENTS',
      message: `the events cannot be written: ${messageOf(error)}`,
      hint: 'Name another file with --events.',
      cause: error,
    });
  }
}

/** Writes at once and unbuffered, so that a SIGKILL loses no event. */
export function openEvents(descriptor: number | undefined): EventWriter {
  if (descriptor === undefined) return { write: () => {}, close: () => {} };
  return {
    write: (line) => writeWhole(descriptor, `${JSON.stringify(line)}\n`),
    close: () => {
      if (descriptor !== STDOUT) closeSync(descriptor);
    },
  };
}

/** Retries while the reader of a pipe is slow; gives up if it is gone. */
function writeWhole(fd: number, text: string): void {
  let rest = Buffer.from(text);
  for (let attempt = 0; attempt < 1_000 && rest.length > 0; attempt++) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') return;
    }
  }
}
