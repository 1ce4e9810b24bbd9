/** The same case as a scenario can say it: every fault alone and at a fixed time. */
import type { Case } from '../sim/election/case.ts';
import { runElection } from '../sim/election/election.ts';
import { micros } from '../time.ts';
import { NO_LISTENER } from './no-listener.ts';

/** Edges are looked up by running it once. Faults without an effect are left out. */
export function withFixedTimes(whole: Case): Case {
  const { applied } = runElection(whole, NO_LISTENER);
  const inOrder = [...applied].sort((a, b) => a.index - b.index);
  let last = 0;
  const faults = inOrder.flatMap(({ index, from, faults: struck }) => {
    const spec = whole.faults[index];
    if (spec === undefined) return [];
    const after = micros(from - last);
    last = from;
    return struck.map((fault, i) => ({
      ...spec,
      faults: [fault],
      after: i === 0 ? after : micros(0),
      edge: undefined,
    }));
  });
  return { ...whole, faults };
}
