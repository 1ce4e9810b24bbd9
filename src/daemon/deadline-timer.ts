/**
 * Wakes a machine at its next deadline, to within some tens of microseconds: a timer to shortly before
 * it, then turns of the event loop until it has come. A deadline that moves away costs nothing: the
 * timer that is set fires early and is set again.
 */
import { monotonicNow } from '../linux/clock.ts';
import { type Instant, milliseconds } from '../time.ts';

/** setTimeout is late by up to a millisecond; the rest is waited out turn by turn. */
const TURNS = milliseconds(1.5);
const LONGEST_MS = 60_000;

export class DeadlineTimer {
  private readonly next: () => Instant | undefined;
  private readonly wake: () => void;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = 0;
  private turning = false;
  private stopped = false;

  constructor(next: () => Instant | undefined, wake: () => void) {
    this.next = next;
    this.wake = wake;
  }

  /** To be called after every input. */
  arm(): void {
    const deadline = this.next();
    if (deadline === undefined || this.turning || this.stopped) return;
    const now = monotonicNow();
    const remaining = deadline - now;
    if (remaining <= TURNS) {
      this.turn();
      return;
    }
    const delay = Math.min(Math.floor((remaining - TURNS) / 1_000) + 1, LONGEST_MS);
    const at = now + delay * 1_000;
    if (this.timer !== undefined && this.timerAt <= at) return;
    clearTimeout(this.timer);
    this.timerAt = at;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.arm();
    }, delay);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private turn(): void {
    this.turning = true;
    setImmediate(() => {
      this.turning = false;
      const deadline = this.next();
      if (this.stopped || deadline === undefined) return;
      if (deadline <= monotonicNow()) this.wake();
      this.arm();
    });
  }
}
