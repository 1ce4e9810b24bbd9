/**
 * A start in the background: the command waits until the daemon says that it runs, or why not, and answers with the
 * daemon's own exit code.
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { EXIT } from '../../errors.ts';
import { printable } from '../../printable.ts';
import { ownEnvironment, ownOptions } from './own-node.ts';

/** Set for a daemon that is waited for; it goes with the first word. */
const WAITED_FOR = 'HALABD_WAITED_FOR';
const DESCRIPTOR = 3;
const RUNS = 'runs';
const PATIENCE_MS = 30_000;

/** `argv` as the command's own. The exit code of the command. */
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

/** What a new program must inherit so that the command goes on waiting. */
export function waitedForOn(): readonly number[] {
  return process.env[WAITED_FOR] === undefined ? [] : [DESCRIPTOR];
}

/** To the command that waits, if there is one; only the first word counts. */
export function answerCommand(problem: string = RUNS): void {
  if (process.env[WAITED_FOR] === undefined) return;
  // Neither for children nor for scripts.
  delete process.env[WAITED_FOR];
  try {
    writeSync(DESCRIPTOR, problem);
    closeSync(DESCRIPTOR);
  } catch {
    // Nobody waits any more.
  }
}
