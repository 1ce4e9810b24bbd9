/** Which adverts are a virtual router's: its VRID, of its family, on its network. */
import type { VirtualRouter } from '../topology/topology.ts';
import type { EventOf } from './event.ts';
import type { Timeline } from './timeline.ts';

type Identity = Pick<VirtualRouter, 'vrid' | 'family' | 'network'>;

/** The same VRID may be another virtual router on another network or of the other family (RFC 9568 5.2.3). */
export function isAdvertOf(
  { vrid, family, network }: Identity,
  advert: Pick<EventOf<'advert'>, 'vrid' | 'family' | 'segment'>,
): boolean {
  return advert.vrid === vrid && advert.family === family && advert.segment === network;
}

/** As they were reported. */
export function advertsOf(timeline: Timeline, router: Identity): EventOf<'advert'>[] {
  return timeline.of('advert').filter((advert) => isAdvertOf(router, advert));
}
