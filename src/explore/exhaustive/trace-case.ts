/**
 * A trace as a case of the simulator, which replays it to the microsecond. The order of events at one router in one tick
 * becomes an order of microseconds: near the deadline of its timer, each delivery gets an instant of its own. The engine
 * runs along, because a timer that is set a microsecond late fires a microsecond late.
 */
import { start, stop, wake } from '../../engine/vrrp/instance.ts';
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import type { VrrpEffect } from '../../engine/vrrp/io.ts';
import { receive } from '../../engine/vrrp/receive.ts';
import {
  type Case,
  type Delay,
  type Drop,
  type FaultSpec,
  faultsAt,
  nodeName,
  type TimedFault,
} from '../../sim/election/case.ts';
import { between, type Instant, instant, type Micros, micros } from '../../time.ts';
import type { Cluster, Member } from './cluster.ts';
import type { Step, Trace } from './trace.ts';
import type { Deed } from './ways.ts';

/** Faults come this much before the tick they belong to, before anything else that happens in it. */
const EARLY = 1_000;
/** A cycle is repeated so often: three repetitions count as a livelock. */
const ROUNDS = 4;

export function caseOf(cluster: Cluster, trace: Trace): Case {
  const { tick, delay, profile, budgets } = cluster.spec;
  const steps = unrolled(trace);
  const timing = new Timing(cluster);
  for (const step of steps) timing.take(step);
  const faults = faultsOf(steps, tick);
  const end = steps.length * tick;
  const over = faults.reduce((at, { after }) => at + after, 0) + (faults.at(-1)?.for ?? 0);
  return {
    profile,
    seed: 1,
    routers: cluster.members.map(({ spec, address }) => ({
      priority: spec.priority,
      interval: micros(spec.interval * tick),
      preempt: spec.preempt,
      preemptDelay: micros(0),
      start: micros(0),
      ppm: 0,
      address,
    })),
    virtuals: 1,
    network: {
      delayLeast: micros(delay.least * tick - 2 * EARLY),
      delayMost: micros(delay.most * tick + 2 * EARLY),
      lateness: micros(budgets.jitter > 0 ? tick : 0),
      calibrated: false,
      loss: 0,
      burst: 1,
      duplicate: 0,
      reorder: 0,
      announcementLoss: 0,
      hosts: 0,
      drops: timing.drops,
      delays: timing.delays,
    },
    check: undefined,
    faults,
    quiet: micros(Math.max(tick, end - over)),
  };
}

function unrolled({ steps, loopsTo }: Trace): Step[] {
  if (loopsTo === undefined) return [...steps];
  const round = steps.slice(loopsTo);
  const more = Array.from({ length: ROUNDS - 1 }, () => round).flat();
  return [...steps, ...more].map((step, tick) => ({ ...step, tick }));
}

interface Sent {
  readonly nth: number;
  readonly at: Instant;
}

class Timing {
  readonly drops: Drop[] = [];
  readonly delays: Delay[] = [];
  private readonly cluster: Cluster;
  private readonly states: InstanceState[];
  /** By tick and router. */
  private readonly sent: Sent[][][] = [];
  private readonly counts: number[];

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.states = cluster.members.map((member) => member.fresh());
    this.counts = cluster.members.map(() => 0);
  }

  take({ tick, routers }: Step): void {
    this.sent[tick] = this.cluster.members.map(() => []);
    for (const { router, deeds } of routers) this.turn(tick, router, deeds);
  }

  private turn(tick: number, router: number, deeds: readonly Deed[]): void {
    const base = tick * this.cluster.spec.tick;
    const inOrder = deeds.filter(({ kind }) => kind === 'timer' || kind === 'hears');
    for (const deed of deeds) if (!inOrder.includes(deed)) this.first(tick, router, deed);
    const timer = inOrder.findIndex(({ kind }) => kind === 'timer');
    const { down: downAt, advert: advertAt } = this.state(router).deadlines;
    const due = (timer === -1 ? undefined : (downAt ?? advertAt)) ?? base;
    for (const [i, deed] of inOrder.entries()) {
      const at = instant(due + i - Math.max(0, timer));
      if (deed.kind === 'hears') this.hear({ tick, router, at }, deed);
      else wake(this.state(router), at, this.sender(tick, router, at));
    }
  }

  /** Before all else in the tick. */
  private first(tick: number, router: number, deed: Deed): void {
    const at = instant(Math.max(0, tick * this.cluster.spec.tick - EARLY));
    const emit = this.sender(tick, router, at);
    if (deed.kind === 'start') {
      this.states[router] = (this.cluster.members[router] as Member).fresh();
      start(this.state(router), at, emit);
    } else if (deed.kind === 'stop') {
      stop(this.state(router), at, emit);
    } else if (deed.kind === 'misses') {
      for (const { nth } of this.sentBy(deed.from, tick - deed.age - 1))
        this.drops.push({ from: deed.from, to: router, virtual: 0, nth });
    }
  }

  private hear(
    { tick, router, at }: { tick: number; router: number; at: Instant },
    { from, age, zero }: Extract<Deed, { kind: 'hears' }>,
  ): void {
    for (const sent of this.sentBy(from, tick - age - 1)) {
      const takes = between(sent.at, at);
      this.delays.push({ from, to: router, virtual: 0, nth: sent.nth, takes });
    }
    const { advert, resignation, address } = this.cluster.members[from] as Member;
    const emit = this.sender(tick, router, at);
    receive(this.state(router), zero ? resignation : advert, address, at, emit);
  }

  private sentBy(from: number, tick: number): readonly Sent[] {
    return this.sent[tick]?.[from] ?? [];
  }

  private sender(tick: number, router: number, at: Instant): (effect: VrrpEffect) => boolean {
    return ({ kind }) => {
      if (kind !== 'send') return true;
      const nth = this.counts[router] ?? 0;
      this.counts[router] = nth + 1;
      this.sent[tick]?.[router]?.push({ nth, at });
      return true;
    };
  }

  private state(router: number): InstanceState {
    return this.states[router] as InstanceState;
  }
}

/** A router that is never started again stays away until the trace has ended. */
function faultsOf(steps: readonly Step[], tick: Micros): FaultSpec[] {
  const faults: TimedFault[] = [];
  for (const step of steps)
    for (const { router, deeds } of step.routers) {
      const kind = (['crash', 'stop'] as const).find((candidate) => has(deeds, candidate));
      if (kind === undefined) continue;
      const again = steps.findIndex(
        ({ tick, routers }) => tick > step.tick && has(routers[router]?.deeds, 'start'),
      );
      const ticks = (again === -1 ? steps.length : again) - step.tick;
      faults.push({
        at: micros(step.tick * tick - EARLY),
        for: micros(ticks * tick),
        faults: [{ kind: kind === 'crash' ? 'node.kill' : 'node.stop', node: nodeName(router) }],
      });
    }
  return faultsAt(faults);
}

function has(deeds: readonly Deed[] | undefined, kind: Deed['kind']): boolean {
  return deeds?.some((deed) => deed.kind === kind) === true;
}
