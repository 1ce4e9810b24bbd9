/**
 * SIGINT, SIGTERM and SIGHUP during a run: the first one ends it in order and takes the lab down; the main thread handles
 * a second one (`supervisor.ts`). An exception in a callback ends the run in order, too.
 */
import { EXIT, messageOf } from '../../errors.ts';
import { err, onSignal } from './console.ts';
import { SIGNALS } from './thread-messages.ts';

export interface Interruption {
  /** Rejects at the first signal; never resolves. */
  readonly interrupted: Promise<never>;
  exitCode(): number | undefined;
  release(): void;
}

/** `doing`: the effect of the first signal, for people. */
export function interruption(doing = 'taking the lab down'): Interruption {
  let code: number | undefined;
  let reject: (error: Error) => void = () => {};
  const interrupted = new Promise<never>((_resolve, refuse) => {
    reject = refuse;
  });
  interrupted.catch(() => {}); // its awaiter handles the rejection
  const stopListening = onSignal(doing, ({ signal }) => {
    code ??= SIGNALS[signal];
    reject(new Error(signal));
  });
  const crashed = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
    err.block(`halab: a bug of ours: ${text}`);
    code ??= EXIT.bug;
    reject(new Error('crashed'));
  };
  process.on('uncaughtException', crashed).on('unhandledRejection', crashed);
  return {
    interrupted,
    exitCode: () => code,
    release: () => {
      stopListening();
      process.off('uncaughtException', crashed).off('unhandledRejection', crashed);
    },
  };
}
