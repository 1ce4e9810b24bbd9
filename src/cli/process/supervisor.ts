/**
 * The main thread: it starts the program in a thread, writes its output, and handles signals. The first signal ends the
 * program in order, if that is possible. The second one always kills the process: nodes of a lab end with their runner.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { Worker } from 'node:worker_threads';
import { EXIT } from '../../errors.ts';
import { printableBlock } from '../../printable.ts';
import { FdWriter } from './fd-writer.ts';
import {
  type FromProgram,
  SIGNALS,
  type Signal,
  type Terminals,
  type ToProgram,
} from './thread-messages.ts';

/** How long the last message may take to be written. */
const LAST_WORD_MS = 200;

/** `program`: the file to run in a thread, with this process's arguments. */
export function supervise(program: string): void {
  const supervisor = new Supervisor(program);
  for (const signal of Object.keys(SIGNALS) as Signal[])
    process.on(signal, () => supervisor.signalled(signal));
}

class Supervisor {
  private readonly out = new FdWriter(1);
  private readonly err = new FdWriter(2);
  private readonly thread: Worker;
  private doing: string | undefined;
  private signals = 0;
  private code: number = EXIT.bug;

  constructor(program: string) {
    const terminals: Terminals = { out: isatty(1), err: isatty(2) };
    this.thread = new Worker(program, { argv: process.argv.slice(2), workerData: terminals });
    this.thread.on('message', (message: FromProgram) => this.receive(message));
    this.thread.on('error', (error) => this.crashed(error));
    this.thread.on('exit', () => void this.ended());
  }

  signalled(signal: Signal): void {
    this.signals++;
    if (this.signals > 1 || this.doing === undefined) {
      void this.leave(signal);
      return;
    }
    this.err.write(`\nhalab: ${signal}: ${this.doing}; once more ends it at once\n`);
    this.thread.postMessage({ signal } satisfies ToProgram);
  }

  private receive(message: FromProgram): void {
    if (message.kind === 'write') this[message.to].write(message.text);
    else if (message.kind === 'interruptible') this.doing = message.doing;
    else this.code = message.code;
  }

  /** Dies by the signal itself: a handler could not end a program that is stuck in the kernel. */
  private async leave(signal: Signal): Promise<void> {
    if (this.doing !== undefined)
      this.err.write('halab: left at once; `halab clean` removes what is left\n');
    await Promise.race([this.err.drained(), delay(LAST_WORD_MS)]);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }

  /** After an uncaught exception. */
  private crashed(error: Error & { readonly code?: string }): void {
    const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    this.code = memory ? EXIT.environment : EXIT.bug;
    this.err.write(
      memory
        ? 'halab: the memory is used up\n  Give it more with NODE_OPTIONS=--max-old-space-size=8192, or run fewer cells at once.\n'
        : `halab: a bug of ours: ${printableBlock(error.stack ?? error.message)}\n`,
    );
  }

  private async ended(): Promise<void> {
    this.doing = undefined;
    await this.out.drained();
    const { problem } = this.out;
    if (problem !== undefined) {
      this.err.write(`halab: standard output cannot be written: ${problem.message}\n`);
      if (this.code === EXIT.passed) this.code = EXIT.environment;
    }
    await this.err.drained();
    process.exitCode = this.code;
  }
}
