/** The same case as a scenario can say it: every fault at a fixed time, on routers that exist. */
import type { Case, What } from '../sim/election/case.ts';
import { runElection } from '../sim/election/election.ts';
import { pathsOf } from '../sim/election/schedule.ts';
import { micros } from '../time.ts';
import { SILENT } from './silent.ts';

/** Edges are looked up by running it once. Faults that did nothing are left out. */
export function withFixedTimes(whole: Case): Case {
  const { applied } = runElection(whole, SILENT);
  const inOrder = [...applied].sort((a, b) => a.index - b.index);
  let last = 0;
  const faults = inOrder.flatMap(({ index, from, what }) => {
    const fault = whole.faults[index];
    if (fault === undefined) return [];
    const after = micros(from - last);
    last = from;
    return pathsAlone(what, whole.routers.length).map((one, i) => ({
      ...fault,
      what: one,
      after: i === 0 ? after : micros(0),
      edge: undefined,
    }));
  });
  return { ...whole, faults };
}

/** A split is the cuts it consists of. */
function pathsAlone(what: What, size: number): readonly What[] {
  if (what.kind !== 'split') return [what];
  return pathsOf(what.side, what.oneWay, size).map(([from, to]) => ({ kind: 'cut', from, to }));
}
