/**
 * How late the timers of each implementation fire, as measured: quantiles of (advert interval seen on the wire
 * minus the configured one) on an idle machine. Tables of integers, never a formula.
 */
import type { ProfileName } from '../../observe/election.ts';

/** Microseconds at the quantiles 0, 1/16, 2/16, ... 1. */
type Table = readonly number[];

/** halabd: an event loop with a grain of a millisecond, woken early and turned for takeovers. */
const HALABD: Table = [
  40, 60, 75, 90, 105, 120, 140, 160, 185, 215, 250, 290, 340, 400, 480, 620, 1100,
];
/** keepalived: a select loop at real-time priority or not. */
const KEEPALIVED: Table = [
  50, 70, 80, 90, 100, 110, 120, 130, 140, 155, 170, 190, 215, 245, 290, 370, 900,
];
/** FRR: libfrr's event loop, millisecond timers. */
const FRR: Table = [
  60, 130, 190, 250, 310, 370, 430, 490, 550, 610, 670, 730, 790, 850, 920, 1010, 1600,
];

export const LATENESS: Readonly<Record<ProfileName, Table>> = {
  rfc9568: HALABD,
  rfc5798: HALABD,
  rfc3768: HALABD,
  keepalived: KEEPALIVED,
  frr: FRR,
};

/** The quantile `uniform` (0..1) of the profile's table, linear between its points, in whole microseconds. */
export function calibratedLateness(profile: ProfileName, uniform: number): number {
  const table = LATENESS[profile];
  const place = uniform * (table.length - 1);
  const below = Math.floor(place);
  const low = table[below] ?? 0;
  const high = table[below + 1] ?? low;
  return Math.floor(low + (high - low) * (place - below));
}
