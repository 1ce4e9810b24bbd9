/**
 * The script that reads a notify FIFO. If it fails, it is started again after a delay that doubles, and finds the unread
 * events. If it ends without an error, perhaps after starting a daemon, it is not. keepalived never starts it again.
 */
import type { ScriptCommand } from '../../engine/core/config.ts';
import type { Log } from '../log.ts';
import type { ScriptRun, ScriptRunner } from './script-runner.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

export class FifoReader {
  private readonly script: ScriptCommand;
  private readonly path: string;
  private readonly scripts: ScriptRunner;
  private readonly log: Log;
  private run: ScriptRun | undefined;
  private delayMs = FIRST_DELAY_MS;
  private again: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(script: ScriptCommand, path: string, scripts: ScriptRunner, log: Log) {
    this.script = script;
    this.path = path;
    this.scripts = scripts;
    this.log = log;
    this.start();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.again);
    this.run?.signal('SIGTERM');
  }

  private start(): void {
    this.run = this.scripts.run(this.script, [this.path], (code) => this.ended(code));
  }

  private ended(code: number | undefined): void {
    if (this.stopped) return;
    this.run = undefined;
    const what = `${this.script.argv[0]}, which reads ${this.path},`;
    if (code === 0) {
      this.log.error(`${what} has ended`);
      return;
    }
    this.log.error(`${what} failed and is started again in ${this.delayMs / 1_000} s`);
    this.again = setTimeout(() => this.start(), this.delayMs);
    this.delayMs = Math.min(2 * this.delayMs, LONGEST_DELAY_MS);
  }
}
