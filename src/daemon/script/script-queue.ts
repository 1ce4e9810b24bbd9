/**
 * Scripts of one instance or group, one after the other, so that the last one to run is of the last state. What
 * waits has a bound: of more than that the oldest is left out, because only newer ones say what is true now.
 */
export interface Job {
  /** What it tells; a repeated notification waits once. */
  readonly what: string;
  readonly run: () => Promise<void>;
}

const MOST_WAITING = 32;

export class ScriptQueue {
  private readonly onLost: (what: string) => void;
  private waiting: Job[] = [];
  private running: Promise<void> | undefined;

  /** `onLost`: told of each that is left out. */
  constructor(onLost: (what: string) => void) {
    this.onLost = onLost;
  }

  add(job: Job): void {
    this.waiting.push(job);
    const lost = this.waiting.length > MOST_WAITING ? this.waiting.shift() : undefined;
    if (lost !== undefined) this.onLost(lost.what);
    this.running ??= this.runAll();
  }

  /** Unless one that tells the same waits already. */
  addOnce(job: Job): void {
    if (!this.waiting.some(({ what }) => what === job.what)) this.add(job);
  }

  /** When everything has run that was added so far. */
  settled(): Promise<void> {
    return this.running ?? Promise.resolve();
  }

  private async runAll(): Promise<void> {
    for (let job = this.waiting.shift(); job !== undefined; job = this.waiting.shift())
      await job.run();
    this.running = undefined;
  }
}
