/**
 * The clock of a lab on real machines: CLOCK_MONOTONIC, which containers share with their host. For a daemon on another
 * machine the offset of its clock is measured once, by the shortest of a few round trips.
 */
import { type Instant, instant } from '../../time.ts';
import type { LabClock } from '../lab.ts';

const ROUND_TRIPS = 10;
/** Events wake a waiter; polling is for conditions that time alone makes true. */
const POLL_MS = 20;

export class RealClock implements LabClock {
  /** The lab's clock minus ours. */
  private offset = 0;
  private waiters: (() => void)[] = [];

  now(): Instant {
    const [seconds, nanoseconds] = process.hrtime();
    return instant(seconds * 1_000_000 + nanoseconds / 1_000);
  }

  /** After an observation: waiters check their condition again, once the whole batch has been processed. */
  wake(): void {
    const waiting = this.waiters;
    if (waiting.length === 0) return;
    this.waiters = [];
    setImmediate(() => {
      for (const look of waiting) look();
    });
  }

  async runUntil(deadline: Instant, done: () => boolean = () => false): Promise<boolean> {
    for (;;) {
      if (done()) return true;
      const remaining = (deadline - this.now()) / 1_000;
      if (remaining <= 0) return false;
      await this.nextLook(Math.min(remaining, POLL_MS));
    }
  }

  /** `stamp`: reads the agent's clock. */
  async measureOffset(stamp: () => Promise<number>): Promise<void> {
    let shortest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const before = this.now();
      const remote = await stamp();
      const after = this.now();
      if (after - before >= shortest) continue;
      shortest = after - before;
      this.offset = Math.round(remote - (before + after) / 2);
    }
  }

  toRemote(at: Instant): number {
    return at + this.offset;
  }

  fromRemote(at: number): Instant {
    return instant(at - this.offset);
  }

  private nextLook(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, milliseconds));
      this.waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
