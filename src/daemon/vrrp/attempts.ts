/**
 * When something that failed, or did not last, is tried again: the first time at once, then after waits that
 * double. So nothing that fails for good, and nobody who undoes what we do, keeps the daemon or the log busy.
 */
import { between, type Instant, type Micros, micros, plus, seconds } from '../../time.ts';

const FIRST = seconds(1);
const MOST = seconds(60);
/** Who has not been tried for so long begins anew. */
const QUIET = seconds(300);

interface Tried {
  readonly at: Instant;
  readonly wait: Micros;
}

export class Attempts {
  private readonly tried = new Map<string, Tried>();

  isDue(key: string, now: Instant): boolean {
    return this.dueAt(key, now) <= now;
  }

  /** When it may be tried; now, if nothing is known of it. */
  dueAt(key: string, now: Instant): Instant {
    const last = this.tried.get(key);
    return last === undefined || isOver(last, now) ? now : plus(last.at, last.wait);
  }

  /** It is tried now. */
  note(key: string, now: Instant): void {
    const last = this.tried.get(key);
    const wait = last === undefined || isOver(last, now) ? FIRST : micros(last.wait * 2);
    this.tried.set(key, { at: now, wait: wait < MOST ? wait : MOST });
  }

  forget(key: string): void {
    this.tried.delete(key);
  }
}

function isOver({ at }: Tried, now: Instant): boolean {
  return between(at, now) > QUIET;
}
