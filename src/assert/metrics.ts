/**
 * The numbers of one repeat. All come from evidence; one that was not observed is undefined, never 0.
 */
import { type Failover, findFailover } from '../observe/failover.ts';
import { lengthOf, longest, type Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import { between, type Instant, type Micros, micros } from '../time.ts';
import type { Probe, Topology, VirtualRouter } from '../topology/topology.ts';
import { downIntervalOf, skewOf } from './protocol-times.ts';

export interface Metrics {
  /** t2 - t0: the fault to the new owner's first advert. */
  readonly detection: Micros | undefined;
  /** t3 - t0: the fault to the last virtual address on the new owner. */
  readonly takeover: Micros | undefined;
  /** t4 - t2: the first advert until every address has been announced. */
  readonly announcement: Micros | undefined;
  /** The longest hole in the replies to the client; 0 if none was lost. */
  readonly outage: Micros | undefined;
  /** t6 - t0: the fault to the first reply of the new owner after which nothing is lost. */
  readonly convergence: Micros | undefined;
  /** t2 minus the moment the timers required, counted from the old owner's last advert. */
  readonly overhead: Micros | undefined;
  /** The longest time two nodes held the same virtual address. */
  readonly dualMaster: Micros | undefined;
  /** Gratuitous ARPs and unsolicited NAs of the new owner. */
  readonly garp: number | undefined;
}

export interface RepeatRecord {
  readonly timeline: Timeline;
  readonly topology: Topology;
  readonly window: Window;
}

/** Metrics of one virtual router in one repeat. */
export function measure(record: RepeatRecord, router: VirtualRouter): Metrics {
  const { timeline, topology, window } = record;
  const failover = findFailover(timeline, topology, router, window);
  const dual = longest(timeline.ownership.overlaps(router, window));
  return {
    ...(failover === undefined ? NO_FAILOVER : failoverMetrics(failover)),
    outage: outageOf(record, mainProbe(topology, router)),
    dualMaster: dual === undefined ? micros(0) : lengthOf(dual),
  };
}

const NO_FAILOVER = {
  detection: undefined,
  takeover: undefined,
  announcement: undefined,
  convergence: undefined,
  overhead: undefined,
  garp: undefined,
};

function failoverMetrics(failover: Failover): Omit<Metrics, 'outage' | 'dualMaster'> {
  const { faultAt, firstAdvert, addressesAt, announcedAt, servedAt } = failover;
  const since = (at: Instant | undefined): Micros | undefined =>
    at === undefined ? undefined : between(faultAt, at);
  return {
    detection: since(firstAdvert?.at),
    takeover: since(addressesAt),
    announcement:
      firstAdvert === undefined || announcedAt === undefined
        ? undefined
        : between(firstAdvert.at, announcedAt),
    convergence: since(servedAt),
    overhead: overheadOf(failover),
    garp: failover.announcements,
  };
}

/**
 * The backup's timer was last set by the old owner's last advert: to the whole down interval, or to
 * the skew if that advert was a resignation (priority 0). What remains is the implementation's own.
 */
function overheadOf({ router, newOwner, lastAdvert, firstAdvert }: Failover): Micros | undefined {
  const member = router.members.find(({ node }) => node === newOwner);
  if (lastAdvert === undefined || firstAdvert === undefined || member === undefined)
    return undefined;
  const interval =
    router.version === 3 && lastAdvert.interval > 0 ? lastAdvert.interval : router.advertInterval;
  const required =
    lastAdvert.priority === 0
      ? skewOf(router, member.priority, interval)
      : downIntervalOf(router, member.priority, interval);
  return micros(between(lastAdvert.at, firstAdvert.at) - required);
}

/** The longest hole of a probe within a repeat; undefined without a probe, or if the hole never ended. */
export function outageOf(
  { timeline, window }: RepeatRecord,
  probe: Probe | undefined,
): Micros | undefined {
  const log = probe === undefined ? undefined : timeline.probes.get(probe.name);
  const firstFault = timeline.of('fault').find(({ at }) => at >= window.from && at <= window.to);
  if (log === undefined || log.count(window).asked === 0) return undefined;
  const hole = log.longestHole({
    from: firstFault === undefined ? window.from : ((firstFault.at - 500_000) as Instant),
    to: window.to,
  });
  if (hole === undefined) return micros(0);
  return hole.to === undefined ? undefined : between(hole.from, hole.to);
}

/** The first probe that is no control and goes to an address of the router. */
export function mainProbe(topology: Topology, router: VirtualRouter): Probe | undefined {
  return topology.probes.find(
    ({ to, control }) => !control && router.addresses.some(({ address }) => address === to),
  );
}

/** How far the idle nodes' probe strayed from its rhythm; undefined without a control probe. */
export function noiseFloor({ timeline, topology, window }: RepeatRecord): Micros | undefined {
  const probe = topology.probes.find(({ control }) => control);
  return probe === undefined ? undefined : timeline.probes.get(probe.name)?.worstDelay(window);
}
