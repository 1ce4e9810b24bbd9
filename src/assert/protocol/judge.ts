/** Judges one simulated election by the invariants while it is played. */
import type { ElectionFacts, ElectionListener } from '../../observe/election.ts';
import { type Counts, coverage, noCounts } from './coverage.ts';
import type { Violation } from './monitor.ts';
import { watchElection } from './watch.ts';

export interface JudgedElection {
  /** In the order of their times, at most 20. */
  readonly violations: readonly Violation[];
  /** Known weaknesses of the protocol itself, at most 20; the scenarios named in them show each. */
  readonly known: readonly Violation[];
  readonly coverage: Counts;
}

/** Enough to see the error; a broken engine may violate an invariant at every event. */
const MOST_VIOLATIONS = 20;

/** `invariants`: their ids [all that apply]. `play` runs the election before the listener. */
export function judgeElection(
  facts: ElectionFacts,
  invariants: readonly string[] | undefined,
  play: (listener: ElectionListener) => void,
): JudgedElection {
  const violations: Violation[] = [];
  const known: Violation[] = [];
  const counts = noCounts();
  const found = (violation: Violation): void => {
    const list = violation.known === undefined ? violations : known;
    if (list.length < MOST_VIOLATIONS) list.push(violation);
  };
  play(watchElection(facts, invariants, found, [coverage(counts)]));
  return { violations, known, coverage: counts };
}
