/**
 * Time as halab counts it: integer microseconds.
 *
 * Adjacent priorities differ by 39 us of skew at 10 ms adverts, so whole milliseconds would merge
 * them. `Micros` is a duration; `Instant` a point on one monotonic clock (the kernel's
 * CLOCK_MONOTONIC in a real lab, virtual time in the simulator). Only this file casts between them.
 */
declare const microsBrand: unique symbol;
declare const instantBrand: unique symbol;

/** A length of time in integer microseconds. */
export type Micros = number & { readonly [microsBrand]: true };
/** A point in time: microseconds on a monotonic clock. Only differences have a meaning. */
export type Instant = number & { readonly [instantBrand]: true };

/** Rounds to the next whole microsecond. */
export function micros(value: number): Micros {
  return Math.round(value) as Micros;
}

export function instant(value: number): Instant {
  return Math.round(value) as Instant;
}

export function milliseconds(value: number): Micros {
  return Math.round(value * 1_000) as Micros;
}

export function seconds(value: number): Micros {
  return Math.round(value * 1_000_000) as Micros;
}

/** 1 centisecond, the unit of the VRRPv3 Max Advertise Interval, is 10 000 us (RFC 9568 5.2.7). */
export function centiseconds(value: number): Micros {
  return Math.round(value * 10_000) as Micros;
}

export function toCentiseconds(value: Micros): number {
  return Math.round(value / 10_000);
}

export function plus(at: Instant, length: Micros): Instant {
  return (at + length) as Instant;
}

export function minus(at: Instant, length: Micros): Instant {
  return (at - length) as Instant;
}

/** `later - earlier`; negative if `later` is the earlier one. */
export function between(earlier: Instant, later: Instant): Micros {
  return (later - earlier) as Micros;
}

/** Whether a deadline has passed; undefined: none. */
export function isDue(at: Instant | undefined, now: Instant): boolean {
  return at !== undefined && at <= now;
}

/** The earlier of two deadlines; undefined: none. */
export function sooner(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  return b !== undefined && b < a ? b : a;
}

/** Prints a length with three significant places in the unit a person would choose: `361 ms`, `40 us`. */
export function formatMicros(value: Micros): string {
  const size = Math.abs(value);
  if (size < 1_000) return `${value} us`;
  if (size < 1_000_000) return `${trim(value / 1_000)} ms`;
  return `${trim(value / 1_000_000)} s`;
}

function trim(value: number): string {
  return Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3)).toString();
}
