/**
 * One failover of one virtual router, told by its milestones (lab terms t0..t6): the fault, the old
 * owner's last advert, the new owner's first, the addresses, the announcements, the client.
 */
import type { Instant } from '../time.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';
import type { EventOf } from './event.ts';
import type { Window } from './ownership.ts';
import type { Timeline } from './timeline.ts';

export interface Failover {
  readonly router: VirtualRouter;
  readonly fault: EventOf<'fault'>;
  readonly oldOwner: string;
  readonly newOwner: string;
  /** t0: the fault took effect. */
  readonly faultAt: Instant;
  /** t1: the old owner's last advert before t2. */
  readonly lastAdvert: EventOf<'advert'> | undefined;
  /** t2: the new owner's first advert. */
  readonly firstAdvert: EventOf<'advert'> | undefined;
  /** t3: the new owner holds every address. */
  readonly addressesAt: Instant | undefined;
  /** t4: every address has been announced by the new owner. */
  readonly announcedAt: Instant | undefined;
  readonly announcements: number;
  /** t6: the new owner's first reply to a client after which no probe was lost. */
  readonly servedAt: Instant | undefined;
  /** Until the next fault or heal, or the end. */
  readonly window: Window;
}

/** The first fault in the window after which another node took the router's addresses. */
export function findFailover(
  timeline: Timeline,
  topology: Topology,
  router: VirtualRouter,
  window: Window,
): Failover | undefined {
  const faults = timeline.of('fault').filter(({ at }) => at >= window.from && at <= window.to);
  for (const fault of faults) {
    const found = failoverAfter(timeline, topology, router, fault, endOf(timeline, fault, window));
    if (found !== undefined) return found;
  }
  return undefined;
}

function endOf(timeline: Timeline, fault: EventOf<'fault'>, window: Window): Instant {
  const later = [...timeline.of('fault'), ...timeline.of('heal')]
    .filter(({ at }) => at > fault.at)
    .map(({ at }) => at);
  return later.reduce((least, at) => (at < least ? at : least), window.to);
}

function failoverAfter(
  timeline: Timeline,
  topology: Topology,
  router: VirtualRouter,
  fault: EventOf<'fault'>,
  end: Instant,
): Failover | undefined {
  const window = { from: fault.at, to: end };
  // A moment before the fault: a node that is killed loses its addresses at the very same stamp.
  const [oldOwner] = timeline.ownership.ownersAt(router, (fault.at - 1) as Instant);
  const gained = timeline.ownership
    .transitions(router, window)
    .find(({ node }) => node !== oldOwner);
  if (oldOwner === undefined || gained === undefined) return undefined;
  const newOwner = gained.node;
  const adverts = timeline
    .of('advert')
    .filter(
      ({ vrid, family, segment }) =>
        vrid === router.vrid && family === router.family && segment === router.network,
    );
  const firstAdvert = adverts.find(
    ({ node, at }) => node === newOwner && at >= fault.at && at <= end,
  );
  const before = firstAdvert?.at ?? gained.from;
  const lastAdvert = adverts.findLast(({ node, at }) => node === oldOwner && at < before);
  const garps = timeline
    .since('garp', fault.at)
    .filter(
      (garp) =>
        timeline.announcedBy(garp, newOwner) &&
        garp.at <= end &&
        router.addresses.some(({ address }) => address === garp.address),
    );
  return {
    router,
    fault,
    oldOwner,
    newOwner,
    faultAt: fault.at,
    lastAdvert,
    firstAdvert,
    addressesAt: latest(
      router.addresses.map(
        ({ address }) =>
          timeline.ownership
            .holdingsOf(router)
            .find((one) => one.address === address && one.node === newOwner && one.from >= fault.at)
            ?.from,
      ),
    ),
    announcedAt: latest(
      router.addresses.map(({ address }) => garps.find((garp) => garp.address === address)?.at),
    ),
    announcements: garps.length,
    servedAt: servedAt(timeline, topology, router, newOwner, window),
    window,
  };
}

function servedAt(
  timeline: Timeline,
  topology: Topology,
  router: VirtualRouter,
  node: string,
  window: Window,
): Instant | undefined {
  const probe = topology.probes.find(
    ({ to, control }) => !control && router.addresses.some(({ address }) => address === to),
  );
  return probe === undefined ? undefined : timeline.probes.get(probe.name)?.settledOn(node, window);
}

/** The latest of all; undefined if one is missing. */
function latest(times: readonly (Instant | undefined)[]): Instant | undefined {
  let last: Instant | undefined;
  for (const at of times) {
    if (at === undefined) return undefined;
    if (last === undefined || at > last) last = at;
  }
  return last;
}
