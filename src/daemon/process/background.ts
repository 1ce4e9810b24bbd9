/**
 * A start in the background: the command waits until the daemon reports that it runs, or why not, and exits with the
 * daemon's exit code.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { EXIT } from '../../errors.ts';
import { printable } from '../../printable.ts';
import { ownEnvironment, ownOptions } from './own-node.ts';

/** Set in a daemon whose command waits; removed with the first message. */
const WAITED_FOR = 'HALABD_WAITED_FOR';
const DESCRIPTOR = 3;
const RUNS = 'runs';
const PATIENCE_MS = 30_000;

/** `argv`: the command's own. Resolves with the exit code for the command. */
export function runInBackground(argv: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...ownOptions(), ...argv.slice(1), '-n'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...ownEnvironment(), [WAITED_FOR]: '1' },
  });
  const channel = child.stdio[DESCRIPTOR] as Readable;
  let answer = '';
  return new Promise((resolve) => {
    const end = (code: number, problem: string): void => {
      clearTimeout(timer);
      if (problem !== '') process.stderr.write(`${printable(problem)}\n`);
      channel.destroy();
      child.unref();
      resolve(code);
    };
    const timer = setTimeout(() => end(EXIT.failed, 'it has not started in time'), PATIENCE_MS);
    channel.on('data', (bytes: Buffer) => {
      answer += bytes.toString();
      if (answer === RUNS) end(0, '');
    });
    child.once('error', (error) => end(EXIT.failed, error.message));
    child.once('close', (code) => end(code || EXIT.failed, answer));
  });
}

/** Descriptors that a new program must inherit so that the command goes on waiting. */
export function waitedForOn(): readonly number[] {
  return process.env[WAITED_FOR] === undefined ? [] : [DESCRIPTOR];
}

/** Answers the command that waits, if any; only the first call counts. */
export function answerCommand(problem: string = RUNS): void {
  if (process.env[WAITED_FOR] === undefined) return;
  // Children and scripts must not see it.
  delete process.env[WAITED_FOR];
  try {
    writeSync(DESCRIPTOR, problem);
    closeSync(DESCRIPTOR);
  } catch {
    // The command has ended.
  }
}
