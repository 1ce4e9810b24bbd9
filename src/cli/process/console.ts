/**
 * What the program says, on its way to the main thread. Lines go through the sanitiser here, the one
 * way out to a terminal or a log.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { printable, printableBlock } from '../../printable.ts';
import type { FromProgram, Terminals, ToProgram } from './thread-messages.ts';

export interface Output {
  /** One line, whatever is in it. */
  line(text: string): void;
  /** A message of several lines; those after the first are indented. */
  block(text: string): void;
  /** As it is: text of our own, or that has been made printable. */
  raw(text: string): void;
  /** Lines may be overwritten, and coloured. */
  readonly live: boolean;
}

const terminals: Terminals = isMainThread ? { out: false, err: false } : (workerData as Terminals);

export const out = output('out');
export const err = output('err');

function output(to: 'out' | 'err'): Output {
  const raw = (text: string): void => post({ kind: 'write', to, text });
  return {
    raw,
    line: (text) => raw(`${printable(text)}\n`),
    block: (text) => raw(`${printableBlock(text)}\n`),
    live: terminals[to] && process.env.CI === undefined,
  };
}

/** Calls `heard` at the first signal until the answer is called. `doing`: what that makes happen, in words. */
export function onSignal(doing: string, listener: (message: ToProgram) => void): () => void {
  parentPort?.on('message', listener).unref();
  post({ kind: 'interruptible', doing });
  return () => {
    post({ kind: 'interruptible', doing: undefined });
    parentPort?.off('message', listener);
  };
}

/** The program is done: with this exit code. */
export function end(code: number): void {
  post({ kind: 'end', code });
}

function post(message: FromProgram): void {
  if (parentPort !== null) parentPort.postMessage(message);
  else if (message.kind === 'write')
    process[message.to === 'out' ? 'stdout' : 'stderr'].write(message.text);
}
