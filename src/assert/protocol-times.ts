/**
 * The times the timers of a virtual router require, computed from its topology alone. Written apart
 * from the engine on purpose: a judge must not share the arithmetic of the router.
 */

import type { ProfileName } from '../observe/election.ts';
import { type Micros, micros } from '../time.ts';
import { membersByPriority, type VirtualRouter } from '../topology/topology.ts';
import type { ProtocolTimes } from './bound.ts';
import { skew } from './protocol/arithmetic.ts';

function profileOf({ version }: VirtualRouter): ProfileName {
  return version === 2 ? 'rfc3768' : 'rfc9568';
}

/** Skew_Time of one member. */
export function skewOf(router: VirtualRouter, priority: number, interval: Micros): Micros {
  return micros(skew(profileOf(router), priority, interval, interval));
}

/** Active_Down_Interval: three intervals (or as many as a file says) and the skew. v2 uses the member's own interval. */
export function downIntervalOf(router: VirtualRouter, priority: number, interval: Micros): Micros {
  return micros(router.downAdverts * interval + skewOf(router, priority, interval));
}

/** `mdi`, `skew` and `advert` as bounds name them: those of the best backup. */
export function protocolTimes(router: VirtualRouter): ProtocolTimes {
  const [best, backup] = membersByPriority(router);
  const priority = (backup ?? best)?.priority ?? 100;
  const advert = router.advertInterval;
  return {
    advert,
    skew: skewOf(router, priority, advert),
    mdi: downIntervalOf(router, priority, advert),
  };
}
