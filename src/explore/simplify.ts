/**
 * Simplifies a failing case for its story: absolute times instead of edges, fewer faults, a plainer cluster and
 * network, and lost packets by name instead of by chance. A step is kept only if the case still fails.
 */

import {
  type Case,
  type FaultSpec,
  faultsAt,
  type NetworkSpec,
  type RouterSpec,
  routerOn,
} from '../sim/election/case.ts';
import { runElection } from '../sim/election/election.ts';
import { type Micros, micros } from '../time.ts';
import { ddmin } from './ddmin.ts';
import { droppedByFaults } from './drops-as-faults.ts';
import { NO_LISTENER } from './no-listener.ts';

export type StillFails = (whole: Case) => boolean;

const MOST_ROUNDS = 3;

/** `whole` must fail. */
export function simplify(whole: Case, fails: StillFails): Case {
  let current = atFixedTimes(whole, fails);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = JSON.stringify(current);
    current = fewerFaults(current, fails);
    current = calmer(current, fails);
    current = fewerRouters(current, fails);
    current = duller(current, fails);
    if (JSON.stringify(current) === before) break;
  }
  current = lossesByName(current, fails);
  return fewerFaults(atFixedTimes(current, fails), fails);
}

function atFixedTimes(whole: Case, fails: StillFails): Case {
  return either(withFixedTimes(whole), whole, fails);
}

function fewerFaults(whole: Case, fails: StillFails): Case {
  const without = (subset: readonly FaultSpec[]): Case => ({
    ...whole,
    faults: kept(whole, subset),
  });
  return without(ddmin(whole.faults, (subset) => fails(without(subset))));
}

/** The other faults keep their times: `after` of a removed fault is added to the next. */
function kept(whole: Case, subset: readonly FaultSpec[]): FaultSpec[] {
  const result: FaultSpec[] = [];
  let waited = 0;
  for (const fault of whole.faults) {
    if (fault !== subset[result.length]) {
      waited += fault.after;
      continue;
    }
    result.push({ ...fault, after: micros(fault.after + waited) });
    waited = 0;
  }
  return result;
}

/** Makes each change that the failure survives, in order. */
function changed(
  whole: Case,
  changes: readonly ((current: Case) => Case)[],
  fails: StillFails,
): Case {
  return changes.reduce((current, change) => {
    const next = change(current);
    return next !== current && fails(next) ? next : current;
  }, whole);
}

function calmer(whole: Case, fails: StillFails): Case {
  const tries: readonly Partial<NetworkSpec>[] = [
    { loss: 0, duplicate: 0, reorder: 0, announcementLoss: 0 },
    { announcementLoss: 0 },
    { duplicate: 0 },
    { reorder: 0 },
    { burst: 1 },
    { loss: 0 },
    { lateness: micros(0) },
    { delayMost: whole.network.delayLeast },
    { hosts: 0 },
  ];
  const changes = tries.map((change) => (current: Case): Case => {
    return { ...current, network: { ...current.network, ...change } };
  });
  return changed(whole, changes, fails);
}

/** From the end, so that the indexes of the others stay. */
function fewerRouters(whole: Case, fails: StillFails): Case {
  let current = whole;
  while (current.routers.length > 2) {
    const routers = current.routers.slice(0, -1);
    const stays = (node: string): boolean => routerOn({ routers }, node) >= 0;
    const faults = current.faults.filter((spec) => spec.faults.every(({ node }) => stays(node)));
    const next = { ...current, routers, faults: kept(current, faults) };
    if (!fails(next)) break;
    current = next;
  }
  return current;
}

function duller(whole: Case, fails: StillFails): Case {
  const cluster: readonly Partial<Case>[] = [
    { check: undefined },
    { refresh: undefined },
    { virtuals: 1 },
    { seed: 0 },
  ];
  const router: readonly Partial<RouterSpec>[] = [
    { ppm: 0 },
    { start: micros(0) },
    { preemptDelay: micros(0) },
    { preempt: true },
  ];
  // Faults that last a whole number of seconds, or as short as they may.
  const unit = Math.max(...whole.routers.map(({ interval }) => interval));
  const lasts: readonly Micros[] = [micros(unit), micros(4 * unit)];
  const changes = [
    ...cluster.map(
      (change) =>
        (current: Case): Case => ({ ...current, ...change }),
    ),
    ...whole.routers.flatMap((_, index) =>
      router.map((change) => (current: Case): Case => {
        const spec = { ...(current.routers[index] as RouterSpec), ...change };
        return { ...current, routers: current.routers.with(index, spec) };
      }),
    ),
    ...whole.faults.flatMap((_, index) =>
      lasts.map((length) => (current: Case): Case => {
        const spec = current.faults[index] as FaultSpec;
        if (spec.for <= length) return current;
        return { ...current, faults: current.faults.with(index, { ...spec, for: length }) };
      }),
    ),
  ];
  return changed(whole, changes, fails);
}

/** Packets lost by chance are lost by name instead, and as few as needed. */
function lossesByName(whole: Case, fails: StillFails): Case {
  const { network } = whole;
  if (network.loss === 0) return whole;
  const { losses } = runElection(whole, NO_LISTENER, { recordLosses: true });
  const named = (drops: NetworkSpec['drops']): Case => ({
    ...whole,
    network: { ...network, loss: 0, burst: 1, drops },
  });
  if (!fails(named(losses))) return whole;
  const fewest = named(ddmin(losses, (drops) => fails(named(drops))));
  return either(droppedByFaults(fewest), fewest, fails);
}

function either(next: Case, otherwise: Case, fails: StillFails): Case {
  return fails(next) ? next : otherwise;
}

/**
 * As a scenario can say it: every fault alone and at a fixed time. Edges are looked up by running the case once. Faults
 * without an effect are left out.
 */
export function withFixedTimes(whole: Case): Case {
  const { applied } = runElection(whole, NO_LISTENER);
  const inOrder = [...applied].sort((a, b) => a.index - b.index);
  const timed = inOrder.flatMap(({ index, from: at, faults }) => {
    const lasts = whole.faults[index]?.for ?? micros(0);
    return faults.map((fault) => ({ at, for: lasts, faults: [fault] }));
  });
  return { ...whole, faults: faultsAt(timed) };
}
