/** The deadlines of one virtual router, one by kind of timer; undefined: the timer does not run. */
import { type Instant, sooner } from '../../time.ts';

export interface Deadlines {
  /** `vrrp_startup_delay`, `vrrp_delay_after_boot`: startup waits until then. */
  start: Instant | undefined;
  /** Active_Down_Timer, while Backup. */
  down: Instant | undefined;
  /** Adver_Timer, while Active. */
  advert: Instant | undefined;
  /** The second burst of announcements. */
  announce: Instant | undefined;
  /** The announcements that a losing advert asks for, held back until then. */
  answer: Instant | undefined;
  /** keepalived `garp_master_refresh`. */
  refresh: Instant | undefined;
  /** The end of a stay in FAULT which the router went to because it could not act. */
  retry: Instant | undefined;
}

export function noDeadlines(): Deadlines {
  return {
    start: undefined,
    down: undefined,
    advert: undefined,
    announce: undefined,
    answer: undefined,
    refresh: undefined,
    retry: undefined,
  };
}

const NONE: Readonly<Deadlines> = noDeadlines();

export function clearDeadlines(deadlines: Deadlines): void {
  Object.assign(deadlines, NONE);
}

/** undefined: no timer runs. Written out, because a loop over the kinds takes six times as long. */
export function earliest(deadlines: Deadlines): Instant | undefined {
  let next = sooner(deadlines.start, deadlines.down);
  next = sooner(next, deadlines.advert);
  next = sooner(next, deadlines.announce);
  next = sooner(next, deadlines.answer);
  next = sooner(next, deadlines.refresh);
  return sooner(next, deadlines.retry);
}
