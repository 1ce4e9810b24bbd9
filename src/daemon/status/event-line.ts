/** The events of halabd for programs: one JSON object a line, stamped with CLOCK_MONOTONIC in microseconds. */
import { closeSync } from 'node:fs';
import { HalabError, messageOf } from '../../errors.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { writeWhole } from '../../linux/descriptors.ts';
import type { Instant } from '../../time.ts';
import { openToAppend } from '../plain-file.ts';

/** The fields of every kind of event. */
export interface Events {
  state: { instance: string; state: string; reason: string; detail: string; priority: number };
  /** The first packet of its kind from this source that a receive check refused. */
  refused: { instance: string | undefined; check: string; counter: string; source: string };
  /** Another host answers for an address of an Active. */
  held: { instance: string; address: string; mac: string };
  /** Adverts accepted and packets refused, by check, when the process ends. */
  received: { accepted: number; refused: Readonly<Record<string, number>> };
  check: {
    virtual_server: string;
    real_server: string;
    checker: string;
    outcome: 'up' | 'down' | 'failure';
    detail: string;
  };
  server: { virtual_server: string; real_server: string; up: boolean; detail: string };
  quorum: { virtual_server: string; up: boolean };
  /** The effective priority of an instance moved. */
  priority: { instance: string; priority: number };
  /** A tracked script succeeds or fails now, by its rise and fall. */
  script: { script: string; up: boolean };
  /** The pool has reached the kernel. */
  pool: { virtual_server: string; servers: { address: string; port: number; weight: number }[] };
}

export interface EventWriter {
  /** `at`: when it happened [now]. */
  write<Kind extends keyof Events>(kind: Kind, fields: Events[Kind], at?: Instant): void;
  close(): void;
}

/** Descriptors of standard output and, in a child, of the file that the parent has opened. */
const STDOUT = 1;
const INHERITED = 4;
/** While the reader of a pipe is slow. */
const MOST_ATTEMPTS = 1_000;

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
    write: (kind, fields, at = monotonicNow()) =>
      void writeWhole(descriptor, `${JSON.stringify({ kind, at, ...fields })}\n`, MOST_ATTEMPTS),
    close: () => {
      if (descriptor !== STDOUT) closeSync(descriptor);
    },
  };
}
