/** From the failure of a campaign to the smallest case that shows it. */
import fc from 'fast-check';
import type { Violation } from '../assert/protocol/monitor.ts';
import type { Case } from '../sim/election/case.ts';
import { caseOf, type Draft, draftArbitrary } from './draft.ts';
import { judgeCase, violates } from './judge.ts';
import { type CampaignSpec, type Failure, SHARD_SIZE, shardSeed } from './shard.ts';
import { simplify } from './simplify.ts';

/** Shrinks towards the same invariant. First by structure, with fast-check; then fault by fault and packet by packet. */
export function shrinkFailure(spec: CampaignSpec, failure: Failure, violation: Violation) {
  const { invariant } = violation;
  /** A smaller case on which the simulator throws is another bug, not this one. */
  const fails = (whole: Case): boolean => {
    try {
      return violates(whole, [invariant]);
    } catch {
      return false;
    }
  };
  const property = fc.property(
    draftArbitrary(spec.limits),
    (draft) => !fails(caseOf(spec.profile, draft)),
  );
  const shard = Math.floor(failure.index / SHARD_SIZE);
  const details = fc.check(property, {
    seed: shardSeed(spec.seed, shard),
    path: String(failure.index % SHARD_SIZE),
    numRuns: 1,
  });
  const [smallest] = (details.counterexample ?? []) as [Draft?];
  const whole = smallest === undefined ? failure.case : caseOf(spec.profile, smallest);
  const simplest = simplify(whole, fails);
  const [first] = judgeCase(simplest, [invariant]).violations;
  return { case: simplest, violation: first ?? violation };
}
