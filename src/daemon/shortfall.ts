/** What ought to be in place and cannot be put there: logged when that begins and when it ends, and in the status. */
import type { Instant } from '../time.ts';
import type { Log } from './log.ts';

export interface Missing {
  /** The instance or the track_group that wants it; undefined: nobody in particular. */
  readonly of: string | undefined;
  /** `10.0.0.1 on eth0`, `route 10.1.0.0/16 via 10.0.0.1`. */
  readonly what: string;
  readonly reason: string;
  readonly since: Instant;
}

export class Shortfall {
  private readonly log: Log;
  private readonly missing = new Map<string, Missing>();

  constructor(log: Log) {
    this.log = log;
  }

  has(key: string): boolean {
    return this.missing.has(key);
  }

  list(): readonly Missing[] {
    return [...this.missing.values()];
  }

  /** It failed now; what fails again for the same reason is told no more. */
  failed(key: string, missing: Missing): void {
    const before = this.missing.get(key);
    this.missing.set(key, { ...missing, since: before?.since ?? missing.since });
    if (before?.reason !== missing.reason)
      this.log.error(
        `${named(missing)} is not in place: ${missing.reason}; tried again now and then`,
      );
  }

  /** Whether it had been missing; it is there now. */
  held(key: string): boolean {
    const before = this.missing.get(key);
    if (before === undefined) return false;
    this.missing.delete(key);
    this.log.info(`${named(before)} is in place now`);
    return true;
  }

  /** Nobody wants it any more. */
  forget(key: string): void {
    this.missing.delete(key);
  }
}

function named({ of, what }: Missing): string {
  return of === undefined ? what : `${of}: ${what}`;
}
