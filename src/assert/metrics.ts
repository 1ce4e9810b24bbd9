/**
 * The numbers of one repeat. All come from evidence; one that was not observed is undefined, never 0.
 */
import { advertsOf } from '../observe/adverts.ts';
import { type Failover, failoversIn } from '../observe/failover.ts';
import { isDeaf } from '../observe/failover-cause.ts';
import { lengthOf, longest, type Stretch, type Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import { between, type Instant, type Micros, micros, milliseconds, minus } from '../time.ts';
import { mainProbe, type Probe, type Topology, type VirtualRouter } from '../topology/topology.ts';
import { downIntervalOf, skewOf } from './protocol-times.ts';

export interface Metrics {
  /** t2 - t0: the fault to the new owner's first advert. */
  readonly detection: Micros | undefined;
  /** t3 - t0: the fault to the last virtual address on the new owner. */
  readonly takeover: Micros | undefined;
  /** t4 - t2: the first advert until every address has been announced. */
  readonly announcement: Micros | undefined;
  /** The longest gap in the replies to the client; 0 if none was lost, undefined if nothing was sent. */
  readonly outage: Micros | undefined;
  /** t6 - t0: from the fault to the first reply of the new owner without later losses. */
  readonly convergence: Micros | undefined;
  /** t2 minus the moment the new owner's timer required; undefined where its last restart was not seen. */
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

/** The effect of one fault on one virtual router. */
export interface FaultMetrics {
  readonly failover: Failover;
  readonly metrics: Metrics;
}

/** A client that asks every 50 ms was still answered in this time before the fault. */
const BEFORE_FAULT = milliseconds(500);

/** Metrics of one virtual router in one repeat: of the first fault that moved its owner. */
export function measure(record: RepeatRecord, router: VirtualRouter): Metrics {
  const { timeline, topology, window } = record;
  const [first] = failoversIn(timeline, topology, router, window);
  return {
    ...failoverMetrics(timeline, router, first),
    outage: outageOf(record, mainProbe(topology, router)),
    dualMaster: longestOf(timeline.ownership.overlaps(router, window)),
  };
}

/** Of each fault that moved the owner, in the order of the moves. */
export function measureFaults(
  { timeline, topology, window }: RepeatRecord,
  router: VirtualRouter,
): FaultMetrics[] {
  const probe = mainProbe(topology, router);
  return failoversIn(timeline, topology, router, window).map((failover) => {
    const { from, to } = failover.window;
    const metrics = {
      ...failoverMetrics(timeline, router, failover),
      outage: outageIn(timeline, probe, { from: minus(from, BEFORE_FAULT), to }),
      dualMaster: longestOf(timeline.ownership.overlaps(router, failover.window)),
    };
    return { failover, metrics };
  });
}

function failoverMetrics(
  timeline: Timeline,
  router: VirtualRouter,
  failover: Failover | undefined,
): Omit<Metrics, 'outage' | 'dualMaster'> {
  const { fault, firstAdvert, addressesAt, announcedAt, servedAt } = failover ?? {};
  const length = (from: Instant | undefined, to: Instant | undefined): Micros | undefined =>
    from === undefined || to === undefined ? undefined : between(from, to);
  return {
    detection: length(fault?.at, firstAdvert?.at),
    takeover: length(fault?.at, addressesAt),
    announcement: length(firstAdvert?.at, announcedAt),
    convergence: length(fault?.at, servedAt),
    overhead: failover && overheadOf(timeline, router, failover),
    garp: failover?.announcements,
  };
}

/**
 * A Backup's timer runs from the last advert that restarts it: for the whole down interval, or for the skew if that was
 * a resignation (priority 0). Adverts of a lower priority than its own restart nothing where it preempts (RFC 9568
 * 6.4.2). The rest is the overhead of the implementation.
 */
function overheadOf(
  timeline: Timeline,
  router: VirtualRouter,
  { newOwner, firstAdvert }: Failover,
): Micros | undefined {
  const member = router.members.find(({ node }) => node === newOwner);
  if (firstAdvert === undefined || member === undefined) return undefined;
  const own = firstAdvert.priority;
  const restart = advertsOf(timeline, router).findLast(
    ({ node, at, priority }) =>
      node !== newOwner &&
      at < firstAdvert.at &&
      (priority === 0 || priority >= own || !member.preempt),
  );
  if (restart === undefined || own === 255) return undefined;
  const waited = { from: restart.at, to: firstAdvert.at };
  if (hasBegun(timeline, newOwner, waited) || isDeaf(timeline, newOwner, waited)) return undefined;
  if (member.preemptDelay > 0 && restart.priority > 0) return undefined;
  const interval =
    router.version === 3 && restart.interval > 0 ? restart.interval : router.advertInterval;
  const required =
    restart.priority === 0 ? skewOf(router, own, interval) : downIntervalOf(router, own, interval);
  return micros(between(restart.at, firstAdvert.at) - required);
}

/** The timer of a router that starts meanwhile began at a time that was not seen. */
function hasBegun(timeline: Timeline, node: string, { from, to }: Window): boolean {
  return [...timeline.of('process-started'), ...timeline.of('node-up')].some(
    (event) => event.node === node && event.at >= from && event.at <= to,
  );
}

/** The longest gap of a probe; undefined without a probe, if it sent nothing, or if the gap never ended. */
function outageIn(
  timeline: Timeline,
  probe: Probe | undefined,
  window: Window,
): Micros | undefined {
  const log = probe === undefined ? undefined : timeline.probes.get(probe.name);
  if (log === undefined || log.count(window).asked === 0) return undefined;
  const hole = log.longestHole(window);
  if (hole === undefined) return micros(0);
  return hole.to === undefined ? undefined : between(hole.from, hole.to);
}

/** The same, from just before the first fault of the repeat to its end. */
export function outageOf(
  { timeline, window: { from, to } }: RepeatRecord,
  probe: Probe | undefined,
): Micros | undefined {
  const first = timeline.of('fault').find(({ at }) => at >= from && at <= to);
  const since = first === undefined ? from : minus(first.at, BEFORE_FAULT);
  return outageIn(timeline, probe, { from: since, to });
}

/** 0 without any. */
export function longestOf(stretches: readonly Stretch[]): Micros {
  const worst = longest(stretches);
  return worst === undefined ? micros(0) : lengthOf(worst);
}

/** How late the control probe between idle nodes was at worst; undefined without a control probe. */
export function noiseFloor({ timeline, topology, window }: RepeatRecord): Micros | undefined {
  const probe = topology.probes.find(({ control }) => control);
  return probe === undefined ? undefined : timeline.probes.get(probe.name)?.worstDelay(window);
}
