/** The program's output, sent to the main thread. Every line passes the sanitiser here. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { printable, printableBlock } from '../../printable.ts';
import type { FromProgram, Terminals, ToProgram } from './thread-messages.ts';

export interface Output {
  /** Writes one line with any content. */
  line(text: string): void;
  /** Writes a message of several lines, indented after the first. */
  block(text: string): void;
  /** Writes the text unchanged: our own text, or text that was made printable. */
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

/** Calls `listener` at the first signal, until the function it answers with is called. `doing`: the effect, for people. */
export function onSignal(doing: string, listener: (message: ToProgram) => void): () => void {
  parentPort?.on('message', listener).unref();
  post({ kind: 'interruptible', doing });
  return () => {
    post({ kind: 'interruptible', doing: undefined });
    parentPort?.off('message', listener);
  };
}

/** Ends the program with this exit code. */
export function end(code: number): void {
  post({ kind: 'end', code });
}

function post(message: FromProgram): void {
  if (parentPort !== null) parentPort.postMessage(message);
  else if (message.kind === 'write')
    process[message.to === 'out' ? 'stdout' : 'stderr'].write(message.text);
}
