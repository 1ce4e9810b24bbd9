/**
 * Each change of a virtual router's owner, by its milestones (lab terms t0..t6), and what caused it: the fault, the
 * old owner's last advert, the new owner's first, the addresses, the announcements, the client.
 */
import type { Instant } from '../time.ts';
import { hasAddress, mainProbe, type Topology, type VirtualRouter } from '../topology/topology.ts';
import { advertsOf } from './adverts.ts';
import { announcementsOf } from './announcements.ts';
import type { EventOf } from './event.ts';
import { causeOf, type Move } from './failover-cause.ts';
import type { Holding, Window } from './ownership.ts';
import type { Timeline } from './timeline.ts';

export interface Failover {
  readonly router: VirtualRouter;
  /** What moved the owner. */
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
  /** From the fault to the next fault or heal after the move, or the end. */
  readonly window: Window;
}

/** The first change of owner that each fault caused. A change after a heal, or without a known cause, is no failover. */
export function failoversIn(
  timeline: Timeline,
  topology: Topology,
  router: VirtualRouter,
  window: Window,
): Failover[] {
  const found = new Map<string, Failover>();
  for (const gained of timeline.ownership.transitions(router, window)) {
    // A moment before: a node that is killed loses its addresses at the very stamp of its fault.
    const before = ownerBefore(timeline, router, gained);
    if (before === undefined || before === gained.node) continue;
    const move = { oldOwner: before, newOwner: gained.node, at: gained.from };
    const fault = causeOf(timeline, move, window);
    if (fault === undefined || found.has(fault.id)) continue;
    found.set(fault.id, failover(timeline, topology, router, { ...move, fault, window }));
  }
  return [...found.values()];
}

/** The last holder of the first address. */
function ownerBefore(
  timeline: Timeline,
  router: VirtualRouter,
  { address, from }: Holding,
): string | undefined {
  const held = timeline.ownership.holdingsOf(router);
  return held
    .filter((holding) => holding.address === address && holding.from < from)
    .sort((a, b) => endOf(a) - endOf(b) || 0)
    .at(-1)?.node;
}

function endOf({ to }: Holding): number {
  return to ?? Number.POSITIVE_INFINITY;
}

interface Caused extends Move {
  readonly fault: EventOf<'fault'>;
  readonly window: Window;
}

function failover(
  timeline: Timeline,
  topology: Topology,
  router: VirtualRouter,
  { oldOwner, newOwner, at, fault, window }: Caused,
): Failover {
  const later = [...timeline.of('fault'), ...timeline.of('heal')].filter((event) => event.at > at);
  const end = later.reduce((least, event) => (event.at < least ? event.at : least), window.to);
  const adverts = advertsOf(timeline, router);
  const firstAdvert = adverts.find(
    (advert) => advert.node === newOwner && advert.at >= fault.at && advert.at <= end,
  );
  const before = firstAdvert?.at ?? at;
  const garps = announcementsOf(timeline, newOwner, fault.at).filter(
    (garp) => garp.at <= end && hasAddress(router, garp.address),
  );
  const held = timeline.ownership
    .holdingsOf(router)
    .filter(({ node, from }) => node === newOwner && from >= fault.at);
  const own = { from: fault.at, to: end };
  const probe = mainProbe(topology, router);
  return {
    router,
    fault,
    oldOwner,
    newOwner,
    faultAt: fault.at,
    lastAdvert: adverts.findLast((advert) => advert.node === oldOwner && advert.at < before),
    firstAdvert,
    addressesAt: latest(
      router.addresses.map(({ address }) => held.find((own) => own.address === address)?.from),
    ),
    announcedAt: latest(
      router.addresses.map(({ address }) => garps.find((garp) => garp.address === address)?.at),
    ),
    announcements: garps.length,
    servedAt: probe && timeline.probes.get(probe.name)?.settledOn(newOwner, own),
    window: own,
  };
}

/** The latest of all; undefined if one is missing. */
function latest(times: readonly (Instant | undefined)[]): Instant | undefined {
  const known = times.filter((at) => at !== undefined);
  return known.length < times.length ? undefined : known.toSorted((a, b) => a - b).at(-1);
}
