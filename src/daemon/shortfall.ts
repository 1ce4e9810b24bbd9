/** Addresses, routes and rules that cannot be put in place: logged when that begins and ends, and in the status. */
import type { Instant } from '../time.ts';
import type { Log } from './log.ts';

export interface Missing {
  /** The instance or track_group that needs it; undefined: none. */
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

  /** Notes a failure; logs it unless it failed before for the same reason. */
  failed(key: string, missing: Missing): void {
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

  /** It is no longer configured. */
  forget(key: string): void {
    this.missing.delete(key);
  }
}

function named({ of, what }: Missing): string {
  return of === undefined ? what : `${of}: ${what}`;
}
