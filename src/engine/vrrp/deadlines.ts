/** The deadlines of one virtual router, one by kind of timer; undefined: the timer does not run. */
import { type Instant, sooner } from '../../time.ts';

const NONE = {
  /** `vrrp_startup_delay`, `vrrp_delay_after_boot`: startup waits until then. */
  start: undefined as Instant | undefined,
  /** Active_Down_Timer, while Backup. */
  down: undefined as Instant | undefined,
  /** Adver_Timer, while Active. */
  advert: undefined as Instant | undefined,
  /** The second burst of announcements. */
  announce: undefined as Instant | undefined,
  /** The announcements after a losing advert, held back until then. */
  answer: undefined as Instant | undefined,
  /** keepalived `garp_master_refresh`. */
  refresh: undefined as Instant | undefined,
  /** The end of a stay in FAULT which the router went to because it could not act. */
  retry: undefined as Instant | undefined,
};
export type Deadlines = typeof NONE;

export function noDeadlines(): Deadlines {
  return { ...NONE };
}

export function clearDeadlines(deadlines: Deadlines): void {
  Object.assign(deadlines, NONE);
}

/** undefined: no timer runs. Unrolled, because a loop over the kinds is six times slower. */
export function earliest(deadlines: Deadlines): Instant | undefined {
  let next = sooner(deadlines.start, deadlines.down);
  next = sooner(next, deadlines.advert);
  next = sooner(next, deadlines.announce);
  next = sooner(next, deadlines.answer);
  next = sooner(next, deadlines.refresh);
  return sooner(next, deadlines.retry);
}
