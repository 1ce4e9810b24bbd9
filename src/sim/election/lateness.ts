/**
 * How late the timers of each implementation fire: quantiles measured at the tap with 100 ms adverts. Tables of
 * integers, never a formula. Measured by `test/bench/lateness.bench.ts` in Docker 20.10 on an idle machine of 2 cores (kernel
 * 6.18, Node 20.20, keepalived 2.2.7, FRR 8.4.4): 1 990 to 1 999 adverts, 100 takeovers of each. The last advert quantile is the
 * 99th percentile: rarer values come from the machine.
 */
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import type { ProfileName } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';

/** Microseconds at the quantiles 0, 1/16, 2/16, ... 1. */
export type Table = readonly number[];

export interface Lateness {
  /** Of the Adver_Timer. */
  readonly advert: Table;
  /** Of the Active_Down_Timer: the way from the deadline to the advert on the wire. */
  readonly takeover: Table;
}

/** halabd: adverts to the grain of a millisecond; takeovers are polled once per turn of the event loop. */
const HALABD: Lateness = {
  advert: [
    225, 425, 546, 643, 709, 783, 860, 942, 1021, 1087, 1150, 1210, 1272, 1334, 1404, 1553, 1821,
  ],
  takeover: [
    225, 276, 292, 310, 325, 364, 516, 555, 603, 651, 706, 743, 882, 955, 1118, 1719, 4278,
  ],
};
/** keepalived: every advert is timed from the one before, so that its lateness adds up. */
const KEEPALIVED: Lateness = {
  advert: [82, 146, 178, 210, 240, 270, 308, 347, 397, 462, 522, 575, 633, 694, 782, 922, 1413],
  takeover: [170, 195, 200, 210, 214, 237, 249, 255, 265, 283, 301, 313, 340, 389, 471, 645, 1646],
};
/** FRR: libfrr's event loop with timers of a millisecond; its adverts, too, are timed from the one before. */
const FRR: Lateness = {
  advert: [56, 119, 169, 200, 221, 261, 334, 400, 446, 480, 517, 550, 593, 650, 719, 838, 1258],
  takeover: [
    562, 721, 816, 859, 878, 909, 932, 1016, 1086, 1149, 1220, 1278, 1364, 1495, 1528, 2181, 3043,
  ],
};

export const LATENESS: Readonly<Record<ProfileName, Lateness>> = {
  rfc9568: HALABD,
  rfc5798: HALABD,
  rfc3768: HALABD,
  keepalived: KEEPALIVED,
  frr: FRR,
};

/** The lateness of the wake-up for this deadline of an instance of a router (us, integer). */
export function calibratedLateness(
  profile: ProfileName,
  instances: readonly InstanceState[],
  deadline: Instant,
  uniform: number,
): number {
  const { advert, takeover } = LATENESS[profile];
  const takesOver = instances.some(({ deadlines }) => deadlines.down === deadline);
  return quantileOf(takesOver ? takeover : advert, uniform);
}

/** The quantile `uniform` (0..1) of a table, linear between its points, in whole microseconds. */
export function quantileOf(table: Table, uniform: number): number {
  const place = uniform * (table.length - 1);
  const below = Math.floor(place);
  const low = table[below] ?? 0;
  const high = table[below + 1] ?? low;
  return Math.floor(low + (high - low) * (place - below));
}
