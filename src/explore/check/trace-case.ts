/**
 * A trace as the record that the simulator replays: faults at absolute times, and each lost advert by its number. Delays are told by their
 * bounds alone, and what happens at one instant by the order of the simulator.
 */
import type { Case, Drop, FaultSpec, What } from '../../sim/election/case.ts';
import { type Micros, micros } from '../../time.ts';
import type { Cluster } from './cluster.ts';
import type { RouterStep, Step, Trace } from './trace.ts';
import type { Deed } from './ways.ts';

export function caseOf({ spec }: Cluster, { steps }: Trace): Case {
  const { tick, delay, budgets } = spec;
  const ticks = (count: number): Micros => micros(count * tick);
  return {
    profile: spec.profile,
    seed: 1,
    routers: spec.routers.map(({ priority, interval, preempt }) => ({
      priority,
      interval: ticks(interval),
      preempt,
      preemptDelay: ticks(0),
      start: ticks(0),
      ppm: 0,
    })),
    virtuals: 1,
    network: {
      delayLeast: ticks(delay.least),
      delayMost: ticks(delay.most),
      lateness: ticks(budgets.jitter > 0 ? 1 : 0),
      calibrated: false,
      loss: 0,
      burst: 1,
      duplicate: 0,
      reorder: 0,
      announcementLoss: 0,
      hosts: 0,
      drops: dropsOf(steps),
    },
    check: undefined,
    faults: faultsOf(steps, ticks),
    quiet: undefined,
  };
}

/** A router that is never started again stays away until the trace has ended. */
function faultsOf(steps: readonly Step[], ticks: (count: number) => Micros): FaultSpec[] {
  const faults: FaultSpec[] = [];
  let previous = 0;
  for (const { tick, routers } of steps)
    for (const { router, deeds } of routers) {
      const what = whatOf(router, deeds);
      if (what === undefined) continue;
      const again = steps.findIndex(
        (later) => later.tick > tick && has(later.routers[router], 'start'),
      );
      const until = again === -1 ? steps.length : again;
      const length = ticks(until - tick);
      faults.push({ after: ticks(tick - previous), edge: undefined, for: length, what });
      previous = tick;
    }
  return faults;
}

function whatOf(router: number, deeds: readonly Deed[]): What | undefined {
  if (deeds.some(({ kind }) => kind === 'crash')) return { kind: 'crash', router };
  if (deeds.some(({ kind }) => kind === 'stop')) return { kind: 'stop', router };
  return undefined;
}

function has(step: RouterStep | undefined, kind: Deed['kind']): boolean {
  return step?.deeds.some((deed) => deed.kind === kind) === true;
}

/** What a router sent in one tick was lost as one. */
function dropsOf(steps: readonly Step[]): Drop[] {
  const before = new Map<number, number[]>();
  return steps.flatMap(({ tick, routers }) => {
    const drops = routers.flatMap(({ router: to, deeds }) =>
      deeds.flatMap((deed) => {
        if (deed.kind !== 'misses') return [];
        const { from, age } = deed;
        const sentAt = steps[tick - age - 1];
        const first = before.get(tick - age - 1)?.[from] ?? 0;
        const count = sentAt?.routers[from]?.sent ?? 0;
        return Array.from({ length: count }, (_, i) => ({ from, to, virtual: 0, nth: first + i }));
      }),
    );
    const sent = before.get(tick) ?? routers.map(() => 0);
    before.set(tick, sent);
    before.set(
      tick + 1,
      sent.map((count, i) => count + (routers[i]?.sent ?? 0)),
    );
    return drops;
  });
}
