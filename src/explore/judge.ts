/** Runs one case before the invariants. */
import { type Counts, coverage, noCounts } from '../assert/protocol/coverage.ts';
import type { Violation } from '../assert/protocol/monitor.ts';
import { watchElection } from '../assert/protocol/watch.ts';
import type { Case } from '../sim/election/case.ts';
import {
  type ElectionOptions,
  type ElectionResult,
  runElection,
} from '../sim/election/election.ts';
import { factsOf } from '../sim/election/facts.ts';

export interface Judged {
  /** In the order of their times. */
  readonly violations: readonly Violation[];
  /** Weaknesses of the protocol itself, by the scenario that shows them. */
  readonly known: readonly Violation[];
  readonly result: ElectionResult;
  readonly coverage: Counts;
}

/** Enough to see what is wrong; a broken engine may violate something at every event. */
const MOST_VIOLATIONS = 20;

/** `invariants`: their ids [all that apply]. */
export function judgeCase(
  whole: Case,
  invariants?: readonly string[],
  options?: ElectionOptions,
): Judged {
  const violations: Violation[] = [];
  const known: Violation[] = [];
  const counts = noCounts();
  const listener = watchElection(
    factsOf(whole),
    invariants,
    (violation) => {
      const list = violation.known === undefined ? violations : known;
      if (list.length < MOST_VIOLATIONS) list.push(violation);
    },
    [coverage(counts)],
  );
  const result = runElection(whole, listener, options);
  return { violations, known, result, coverage: counts };
}

/** Whether one of the invariants is violated; without coverage, for shrinking. */
export function violates(whole: Case, invariants: readonly string[] | undefined): boolean {
  let found = false;
  const listener = watchElection(factsOf(whole), invariants, ({ known }) => {
    found ||= known === undefined;
  });
  runElection(whole, listener);
  return found;
}
