/**
 * Each change of a virtual router's owner, by its milestones (lab terms t0..t6), and what caused it: the fault, the
 * old owner's last advert, the new owner's first, the addresses, the announcements, the client.
 */
import { between, type Instant } from '../time.ts';
import { hasAddress, mainProbe, type Topology, type VirtualRouter } from '../topology/topology.ts';
import { advertsOf } from './adverts.ts';
import { announcementsOf } from './announcements.ts';
import type { EventOf } from './event.ts';
import { causeOf } from './failover-cause.ts';
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
  return timeline.ownership
    .holdingsOf(router)
    .filter((holding) => holding.address === address && holding.from < from)
    .reduce<Holding | undefined>(
      (last, holding) => (last === undefined || endOf(holding) >= endOf(last) ? holding : last),
      undefined,
    )?.node;
}

function endOf({ to }: Holding): number {
  return to ?? Number.POSITIVE_INFINITY;
}

interface Move {
  readonly oldOwner: string;
  readonly newOwner: string;
  readonly at: Instant;
  readonly fault: EventOf<'fault'>;
  readonly window: Window;
}

function failover(
  timeline: Timeline,
  topology: Topology,
  router: VirtualRouter,
  { oldOwner, newOwner, at, fault, window }: Move,
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
  const held = timeline.ownership.holdingsOf(router).filter((holding) => holding.node === newOwner);
  const own = { from: fault.at, to: end };
  return {
    router,
    fault,
    oldOwner,
    newOwner,
    faultAt: fault.at,
    lastAdvert: adverts.findLast((advert) => advert.node === oldOwner && advert.at < before),
    firstAdvert,
    addressesAt: latest(
      router.addresses.map(
        ({ address }) =>
          held.find(
            (holding) => holding.address === address && between(fault.at, holding.from) >= 0,
          )?.from,
      ),
    ),
    announcedAt: latest(
      router.addresses.map(({ address }) => garps.find((garp) => garp.address === address)?.at),
    ),
    announcements: garps.length,
    servedAt: servedAt(timeline, topology, router, newOwner, own),
    window: own,
  };
}

function servedAt(
  timeline: Timeline,
  topology: Topology,
  router: VirtualRouter,
  node: string,
  window: Window,
): Instant | undefined {
  const probe = mainProbe(topology, router);
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
