/**
 * Addresses, routes and rules that cannot be put in place: logged when that begins and ends, and in the status. A failed
 * or reverted action is retried at once, then after waits that double. So neither a permanent failure nor another program
 * that undoes our changes keeps the daemon or the log busy.
 */
import { between, type Instant, type Micros, micros, plus, seconds } from '../time.ts';
import type { Log } from './log.ts';

export interface Missing {
  /** The instance or track_group that needs it; undefined: none. */
  readonly of: string | undefined;
  /** `10.0.0.1 on eth0`, `route 10.1.0.0/16 via 10.0.0.1`. */
  readonly what: string;
  readonly reason: string;
  readonly since: Instant;
}

const FIRST = seconds(1);
const MOST = seconds(60);
/** After this long without an attempt the waits start again. */
const QUIET = seconds(300);

export class Shortfall {
  private readonly log: Log;
  private readonly missing = new Map<string, Missing>();
  /** The last attempt of each, and the wait after it. */
  private readonly tried = new Map<string, { readonly at: Instant; readonly wait: Micros }>();

  constructor(log: Log) {
    this.log = log;
  }

  has(key: string): boolean {
    return this.missing.has(key);
  }

  list(): readonly Missing[] {
    return [...this.missing.values()];
  }

  /** Notes an attempt that failed, at `since`; logs it unless it failed before for the same reason. */
  failed(key: string, missing: Missing): void {
    this.attempted(key, missing.since);
    const before = this.missing.get(key);
    this.missing.set(key, { ...missing, since: before?.since ?? missing.since });
    if (before?.reason !== missing.reason)
      this.log.error(
        `${named(missing)} is not in place: ${missing.reason}; tried again now and then`,
      );
  }

  /** Notes that it is in place. Whether it had been missing. */
  held(key: string): boolean {
    const before = this.missing.get(key);
    if (before === undefined) return false;
    this.missing.delete(key);
    this.log.info(`${named(before)} is in place now`);
    return true;
  }

  attempted(key: string, now: Instant): void {
    const last = this.lastTry(key, now);
    const wait = last === undefined ? FIRST : micros(last.wait * 2);
    this.tried.set(key, { at: now, wait: wait < MOST ? wait : MOST });
  }

  isDue(key: string, now: Instant): boolean {
    return this.dueAt(key, now) <= now;
  }

  /** When the next attempt is due; now, if there was none. */
  dueAt(key: string, now: Instant): Instant {
    const last = this.lastTry(key, now);
    return last === undefined ? now : plus(last.at, last.wait);
  }

  /** The next attempt is due at once. */
  hurry(key: string): void {
    this.tried.delete(key);
  }

  /** It is no longer configured. */
  forget(key: string): void {
    this.missing.delete(key);
    this.tried.delete(key);
  }

  private lastTry(key: string, now: Instant) {
    const last = this.tried.get(key);
    return last === undefined || between(last.at, now) > QUIET ? undefined : last;
  }
}

function named({ of, what }: Missing): string {
  return of === undefined ? what : `${of}: ${what}`;
}
