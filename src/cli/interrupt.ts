/**
 * SIGINT, SIGTERM and SIGHUP during a run: the first one ends it in order (the lab is taken down), a
 * second one at once, naming the command that cleans up. A bug of ours that surfaces in some callback
 * ends it in order, too.
 */
import { EXIT, messageOf } from '../errors.ts';

export interface Interruption {
  /** Rejects at the first signal; never resolves. */
  readonly interrupted: Promise<never>;
  exitCode(): number | undefined;
  release(): void;
}

const CODES = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: 129 } as const;

/** `doing`: what the first signal makes happen, for people. */
export function interruption(doing = 'taking the lab down'): Interruption {
  let code: number | undefined;
  let reject: (error: Error) => void = () => {};
  const interrupted = new Promise<never>((_resolve, refuse) => {
    reject = refuse;
  });
  interrupted.catch(() => {}); // Whoever races it handles it; without a signal nobody does.
  const listeners = Object.entries(CODES).map(([signal, exitCode]) => {
    const listener = (): void => {
      if (code !== undefined) {
        process.stderr.write('halab: left at once; `halab clean` removes what is left\n');
        process.exit(exitCode);
      }
      code = exitCode;
      process.stderr.write(`\nhalab: ${signal}: ${doing}\n`);
      reject(new Error(signal));
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  const crashed = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    process.stderr.write(`halab: a bug of ours: ${text}\n`);
    code ??= EXIT.bug;
    reject(new Error('crashed'));
  };
  process.on('uncaughtException', crashed).on('unhandledRejection', crashed);
  return {
    interrupted,
    exitCode: () => code,
    release: () => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
      process.off('uncaughtException', crashed).off('unhandledRejection', crashed);
    },
  };
}
