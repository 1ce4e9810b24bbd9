/**
 * The script that reads a notify FIFO. If it fails, it is started again after a delay that doubles, and finds the unread
 * events. If it ends without an error, perhaps after starting a daemon, it is not. keepalived never starts it again.
 */
import type { ScriptCommand } from '../../engine/core/config-script.ts';
import type { Log } from '../log.ts';
import type { ScriptRun, ScriptRunner } from './script-runner.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

/** Answers what stops it. */
export function startFifoReader(
  script: ScriptCommand,
  path: string,
  scripts: ScriptRunner,
  log: Log,
): () => void {
  const what = `${script.argv[0]}, which reads ${path},`;
  let run: ScriptRun | undefined;
  let delayMs = FIRST_DELAY_MS;
  let restart: NodeJS.Timeout | undefined;
  let stopped = false;
  const ended = (code: number | undefined): void => {
    if (stopped) return;
    run = undefined;
    if (code === 0) {
      log.error(`${what} has ended`);
      return;
    }
    log.error(`${what} failed and is started again in ${delayMs / 1_000} s`);
    restart = setTimeout(start, delayMs);
    delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS);
  };
  const start = (): void => {
    run = scripts.run(script, [path], ended);
  };
  start();
  return () => {
    stopped = true;
    clearTimeout(restart);
    run?.signal('SIGTERM');
  };
}
