/**
 * How late the timers of each implementation fire, as measured on an idle machine: quantiles of what is seen on
 * the wire. Tables of integers, never a formula. `npm run bench -- lateness` measures them again.
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

/** halabd: a grain of a millisecond for adverts; takeovers are waited for turn by turn of the event loop. */
const HALABD: Lateness = {
  advert: [40, 60, 75, 90, 105, 120, 140, 160, 185, 215, 250, 290, 340, 400, 480, 620, 1100],
  takeover: [40, 60, 75, 90, 105, 120, 140, 160, 185, 215, 250, 290, 340, 400, 480, 620, 1100],
};
/** keepalived: a select loop at real-time priority or not. */
const KEEPALIVED: Lateness = {
  advert: [50, 70, 80, 90, 100, 110, 120, 130, 140, 155, 170, 190, 215, 245, 290, 370, 900],
  takeover: [50, 70, 80, 90, 100, 110, 120, 130, 140, 155, 170, 190, 215, 245, 290, 370, 900],
};
/** FRR: libfrr's event loop, millisecond timers. */
const FRR: Lateness = {
  advert: [60, 130, 190, 250, 310, 370, 430, 490, 550, 610, 670, 730, 790, 850, 920, 1010, 1600],
  takeover: [60, 130, 190, 250, 310, 370, 430, 490, 550, 610, 670, 730, 790, 850, 920, 1010, 1600],
};

export const LATENESS: Readonly<Record<ProfileName, Lateness>> = {
  rfc9568: HALABD,
  rfc5798: HALABD,
  rfc3768: HALABD,
  keepalived: KEEPALIVED,
  frr: FRR,
};

/** How late the wake-up for this deadline of one of a router's instances comes, in whole microseconds. */
export function calibratedLateness(
  profile: ProfileName,
  instances: readonly InstanceState[],
  deadline: Instant,
  uniform: number,
): number {
  const { advert, takeover } = LATENESS[profile];
  const takesOver = instances.some(({ downAt }) => downAt === deadline);
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
