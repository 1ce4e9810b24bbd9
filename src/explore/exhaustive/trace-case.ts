/**
 * A trace as a case of the simulator, which replays it to the microsecond. The order of events at one router in one tick
 * becomes an order of microseconds: near the deadline of its timer, each delivery gets an instant of its own. The engine
 * runs along, because a timer that is set a microsecond late fires a microsecond late.
 */
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
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
import { ENGINE, stimulate } from './engine-run.ts';
import type { Step, Trace } from './trace.ts';
import type { Deed } from './ways.ts';

/** Faults come this much before the tick they belong to, before anything else that happens in it. */
const EARLY = 1_000;
/** A cycle is repeated so often: three repetitions count as a livelock. */
const ROUNDS = 4;

export function caseOf(cluster: Cluster, trace: Trace): Case {
  const { tick, delay, profile, budgets } = cluster.spec;
  const steps = unrolled(trace);
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
      ...deliveriesOf(cluster, steps),
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

/** The adverts of the trace that get lost, and how long each of the others takes. */
function deliveriesOf(
  cluster: Cluster,
  steps: readonly Step[],
): { drops: Drop[]; delays: Delay[] } {
  const { members, spec } = cluster;
  const states = members.map((member) => member.fresh());
  const counts = members.map(() => 0);
  const drops: Drop[] = [];
  const delays: Delay[] = [];
  /** By tick and router. */
  const sent: { readonly nth: number; readonly at: Instant }[][][] = [];
  const turn = (tick: number, to: number, deed: Deed, at: Instant): void => {
    if (deed.kind === 'crash' || deed.kind === 'late') return;
    if (deed.kind === 'hears' || deed.kind === 'misses')
      for (const advert of sent[tick - deed.age - 1]?.[deed.from] ?? []) {
        const named = { from: deed.from, to, virtual: 0, nth: advert.nth };
        if (deed.kind === 'misses') drops.push(named);
        else delays.push({ ...named, takes: between(advert.at, at) });
      }
    if (deed.kind === 'misses') return;
    if (deed.kind === 'start') states[to] = (members[to] as Member).fresh();
    stimulate(ENGINE, states[to] as InstanceState, deed, cluster, at, ({ kind }) => {
      if (kind !== 'send') return true;
      const nth = counts[to] ?? 0;
      counts[to] = nth + 1;
      sent[tick]?.[to]?.push({ nth, at });
      return true;
    });
  };
  for (const { tick, routers } of steps) {
    sent[tick] = members.map(() => []);
    const base = tick * spec.tick;
    for (const { router, deeds } of routers) {
      const inOrder = deeds.filter(({ kind }) => kind === 'timer' || kind === 'hears');
      for (const deed of deeds)
        if (!inOrder.includes(deed)) turn(tick, router, deed, instant(Math.max(0, base - EARLY)));
      const timer = inOrder.findIndex(({ kind }) => kind === 'timer');
      const { down, advert } = (states[router] as InstanceState).deadlines;
      const due = (timer === -1 ? undefined : (down ?? advert)) ?? base;
      for (const [i, deed] of inOrder.entries())
        turn(tick, router, deed, instant(due + i - Math.max(0, timer)));
    }
  }
  return { drops, delays };
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
