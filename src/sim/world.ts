/**
 * Virtual time: a queue of future events in time order and, at one instant, in the order of scheduling.
 * The only place where time advances. Independent of networks.
 */
import { type Instant, instant, type Micros, plus } from '../time.ts';
import { EventQueue, PHASE } from './queue.ts';

/** Far more than any cluster needs: a run that reaches it loops. */
const MAX_PENDING = 1_000_000;

export class World {
  private readonly queue = new EventQueue<() => void>();
  private time: Instant = instant(0);

  now(): Instant {
    return this.time;
  }

  /** Runs `action` at `at`; never in the past. */
  at(at: Instant, action: () => void): void {
    if (this.queue.size >= MAX_PENDING) throw new Error('the simulation schedules without end');
    this.queue.push(at < this.time ? this.time : at, PHASE.fault, 0, action);
  }

  after(delay: Micros, action: () => void): void {
    this.at(plus(this.time, delay), action);
  }

  /** Runs all events up to `deadline`, then is at `deadline`; stops early when `done`. */
  runUntil(deadline: Instant, done: () => boolean): boolean {
    while (this.queue.nextAt() <= deadline) {
      const next = this.queue.pop();
      if (next === undefined) break;
      this.time = next.at;
      next.item();
      if (done()) return true;
    }
    if (deadline > this.time) this.time = deadline;
    return false;
  }
}
