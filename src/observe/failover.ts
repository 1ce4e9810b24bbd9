/**
 * Each change of a virtual router's owner, by its milestones (lab terms t0..t6), and what caused it: the fault, the
 * old owner's last advert, the new owner's first, the addresses, the announcements, the client.
 */
import type { IpAddress } from '../net/address.ts';
import type { Instant } from '../time.ts';
import { hasAddress, mainProbe, type Topology, type VirtualRouter } from '../topology/topology.ts';
import { advertsOf } from './adverts.ts';
import { announcementsOf } from './announcements.ts';
import type { EventOf } from './event.ts';
import { causeOf, type Move } from './failover-cause.ts';
import type { Holding, Window } from './ownership.ts';
import type { Timeline } from './timeline.ts';

export interface Failover extends Move {
  /** What moved the owner; t0: when it took effect. */
  readonly fault: EventOf<'fault'>;
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
    const own = { from: fault.at, to: nextEdge(timeline, move.at, window.to) };
    const seen = milestones(timeline, topology, router, move.newOwner, own);
    found.set(fault.id, { ...move, fault, ...seen, window: own });
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
    .sort((a, b) => lostAt(a) - lostAt(b) || 0)
    .at(-1)?.node;
}

function lostAt({ to }: Holding): number {
  return to ?? Number.POSITIVE_INFINITY;
}

/** The next fault or heal after `at`, at most `most`. */
function nextEdge(timeline: Timeline, at: Instant, most: Instant): Instant {
  const later = [...timeline.of('fault'), ...timeline.of('heal')].filter((event) => event.at > at);
  return later.reduce((least, event) => (event.at < least ? event.at : least), most);
}

function milestones(
  timeline: Timeline,
  topology: Topology,
  router: VirtualRouter,
  newOwner: string,
  window: Window,
) {
  const { from, to } = window;
  const garps = announcementsOf(timeline, newOwner, from).filter(
    (garp) => garp.at <= to && hasAddress(router, garp.address),
  );
  const held = timeline.ownership
    .holdingsOf(router)
    .filter((holding) => holding.node === newOwner && holding.from >= from);
  const ofEach = (first: (address: IpAddress) => Instant | undefined): Instant | undefined =>
    latest(router.addresses.map(({ address }) => first(address)));
  const probe = mainProbe(topology, router);
  return {
    firstAdvert: advertsOf(timeline, router).find(
      ({ node, at }) => node === newOwner && at >= from && at <= to,
    ),
    addressesAt: ofEach((address) => held.find((own) => own.address === address)?.from),
    announcedAt: ofEach((address) => garps.find((garp) => garp.address === address)?.at),
    announcements: garps.length,
    servedAt: probe && timeline.probes.get(probe.name)?.settledOn(newOwner, window),
  };
}

/** The latest of all; undefined if one is missing. */
function latest(times: readonly (Instant | undefined)[]): Instant | undefined {
  const known = times.filter((at) => at !== undefined);
  return known.length < times.length ? undefined : known.toSorted((a, b) => a - b).at(-1);
}
