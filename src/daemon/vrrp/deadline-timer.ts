/**
 * Wakes a machine at its next deadline. A deadline that matters (a takeover) is met to within some tens of
 * microseconds: by a timer to shortly before it, then by turns of the event loop. Others (the next advert) are met to
 * the millisecond, at no cost: many instances share one turn. A deadline that moves away needs no new timer: the old
 * one fires early and is set again.
 */
import { monotonicNow } from '../../linux/clock.ts';
import { between, type Instant, type Micros, milliseconds, plus } from '../../time.ts';

/** setTimeout is up to a millisecond late, so the last stretch is waited for turn by turn. */
const TURNS = milliseconds(1.5);
const LONGEST_MS = 60_000;

export class DeadlineTimer {
  private readonly next: () => Instant | undefined;
  private readonly wake: (late: Micros) => void;
  private readonly exact: (at: Instant) => boolean;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = 0;
  private turning = false;
  private stopped = false;

  /** `wake` gets the delay. `exact`: whether a deadline that matters falls before this instant. */
  constructor(
    next: () => Instant | undefined,
    wake: (late: Micros) => void,
    exact: (at: Instant) => boolean = () => false,
  ) {
    this.next = next;
    this.wake = wake;
    this.exact = exact;
  }

  /** Call it after every input. */
  arm(): void {
    const deadline = this.next();
    if (deadline === undefined || this.turning || this.stopped) return;
    const now = monotonicNow();
    const remaining = deadline - now;
    const exact = this.exact(plus(deadline, TURNS));
    if (exact ? remaining <= TURNS : remaining <= 0) {
      this.turn();
      return;
    }
    const whole = exact
      ? Math.floor((remaining - TURNS) / 1_000) + 1
      : Math.ceil(remaining / 1_000);
    const delay = Math.min(whole, LONGEST_MS);
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
      const now = monotonicNow();
      if (deadline <= now) this.wake(between(deadline, now));
      this.arm();
    });
  }
}
