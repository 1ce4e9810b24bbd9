/**
 * When to retry a failed or reverted action: at once, then after waits that double. So neither a permanent failure nor
 * another program that undoes our changes keeps the daemon or the log busy.
 */
import { between, type Instant, type Micros, micros, plus, seconds } from '../../time.ts';

const FIRST = seconds(1);
const MOST = seconds(60);
/** After this long without an attempt the waits start again. */
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

  /** When the next attempt is due; now, if there was none. */
  dueAt(key: string, now: Instant): Instant {
    const last = this.tried.get(key);
    return last === undefined || isOver(last, now) ? now : plus(last.at, last.wait);
  }

  /** Notes an attempt. */
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
