/** Judges one case by the invariants. */
import { type JudgedElection, judgeElection } from '../assert/protocol/judge.ts';
import { watchElection } from '../assert/protocol/watch.ts';
import type { Case } from '../sim/election/case.ts';
import {
  type ElectionOptions,
  type ElectionResult,
  runElection,
} from '../sim/election/election.ts';
import { factsOf } from '../sim/election/facts.ts';

export interface Judged extends JudgedElection {
  readonly result: ElectionResult;
}

/** `invariants`: their ids [all that apply]. */
export function judgeCase(
  whole: Case,
  invariants?: readonly string[],
  options?: ElectionOptions,
): Judged {
  let result: ElectionResult | undefined;
  const judged = judgeElection(factsOf(whole), invariants, (listener) => {
    result = runElection(whole, listener, options);
  });
  return { ...judged, result: result as ElectionResult };
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
