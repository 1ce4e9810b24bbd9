/**
 * Scripts of one instance or group, one after the other, so that the last one to run is for the last state. Beyond a
 * bound the oldest waiting script is dropped, because only newer ones describe the present.
 */
export interface Job {
  /** The event it is for; a repeated notification waits only once. */
  readonly what: string;
  readonly run: () => Promise<void>;
}

const MOST_WAITING = 32;

export class ScriptQueue {
  private readonly onLost: (what: string) => void;
  private waiting: Job[] = [];
  private running: Promise<void> | undefined;

  /** `onLost`: called for each script that is dropped. */
  constructor(onLost: (what: string) => void) {
    this.onLost = onLost;
  }

  add(job: Job): void {
    this.waiting.push(job);
    const lost = this.waiting.length > MOST_WAITING ? this.waiting.shift() : undefined;
    if (lost !== undefined) this.onLost(lost.what);
    this.running ??= this.runAll();
  }

  /** Adds a script unless one for the same event waits already. */
  addOnce(job: Job): void {
    if (!this.waiting.some(({ what }) => what === job.what)) this.add(job);
  }

  /** Resolves when every script added so far has run. */
  settled(): Promise<void> {
    return this.running ?? Promise.resolve();
  }

  private async runAll(): Promise<void> {
    for (let job = this.waiting.shift(); job !== undefined; job = this.waiting.shift())
      await job.run();
    this.running = undefined;
  }
}
