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
  const outputs = { out: new FdWriter(1), err: new FdWriter(2) };
  const { out, err } = outputs;
  const terminals: Terminals = { out: isatty(1), err: isatty(2) };
  const thread = new Worker(program, { argv: process.argv.slice(2), workerData: terminals });
  let doing: string | undefined;
  let signals = 0;
  let code: number = EXIT.bug;
  thread.on('message', (message: FromProgram) => {
    if (message.kind === 'write') outputs[message.to].write(message.text);
    else if (message.kind === 'interruptible') doing = message.doing;
    else code = message.code;
  });
  // After an uncaught exception.
  thread.on('error', (error: Error & { readonly code?: string }) => {
    const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    code = memory ? EXIT.environment : EXIT.bug;
    err.write(
      memory
        ? 'halab: the memory is used up\n  Give it more with NODE_OPTIONS=--max-old-space-size=8192, or run fewer cells at once.\n'
        : `halab: a bug of ours: ${printableBlock(error.stack ?? error.message)}\n`,
    );
  });
  thread.on('exit', async () => {
    doing = undefined;
    await out.drained();
    if (out.problem !== undefined) {
      err.write(`halab: standard output cannot be written: ${out.problem.message}\n`);
      if (code === EXIT.passed) code = EXIT.environment;
    }
    await err.drained();
    process.exitCode = code;
  });
  for (const signal of Object.keys(SIGNALS) as Signal[])
    process.on(signal, () => {
      signals++;
      if (signals > 1 || doing === undefined) {
        if (doing !== undefined)
          err.write('halab: left at once; `halab clean` removes what is left\n');
        void leave(signal, err);
        return;
      }
      err.write(`\nhalab: ${signal}: ${doing}; once more ends it at once\n`);
      thread.postMessage({ signal } satisfies ToProgram);
    });
}

/** Dies by the signal itself: a handler could not end a program that is stuck in the kernel. */
async function leave(signal: Signal, err: FdWriter): Promise<void> {
  await Promise.race([err.drained(), delay(LAST_WORD_MS)]);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
