/** Which "sometimes" classes a campaign must have reached before it may be called a pass. */
import { CLASSES, type CoverageClass } from '../assert/protocol/coverage.ts';
import { RULES } from '../sim/election/profile.ts';
import type { Progress } from './campaign.ts';
import type { CampaignSpec } from './shard.ts';

/** After so many cases every possible class has occurred many times. */
export const NEEDED_CASES = 10_000;

/** Classes that never occurred although there were enough cases; empty for a short campaign. */
export function unreached(spec: CampaignSpec, { cases, counts }: Progress): CoverageClass[] {
  const { nopreempt, mostFaults } = spec.limits;
  if (cases < NEEDED_CASES || mostFaults === 0) return [];
  const { version, anyPacketRestartsAdvert } = RULES[spec.profile];
  const impossible: Partial<Record<CoverageClass, boolean>> = {
    // Version 3 learns another interval; nothing else in a draft can differ.
    'dual-mismatch': version === 3,
    'dual-shorter-interval': version === 2,
    silenced: !anyPacketRestartsAdvert,
    'merge-nopreempt': nopreempt === 'never',
    'nopreempt-stays': nopreempt === 'never',
    'dual-preemption': nopreempt === 'always',
    'preempt-delay': nopreempt === 'always',
    'weight-crossing': nopreempt === 'always',
  };
  return CLASSES.filter((name) => counts[name] === 0 && impossible[name] !== true);
}
