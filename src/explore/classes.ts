/** Which "sometimes" classes a campaign must have reached before it may be called a pass. */
import { CLASSES, type CoverageClass } from '../assert/protocol/coverage.ts';
import { RULES } from '../sim/election/profile.ts';
import type { Progress } from './campaign.ts';
import type { CampaignSpec } from './shard.ts';

/** After so many cases every possible class has occurred many times. */
export const NEEDED_CASES = 10_000;

/** Classes that never occurred although there were enough cases; empty for a short campaign. */
export function unreached(spec: CampaignSpec, { cases, counts }: Progress): CoverageClass[] {
  if (cases < NEEDED_CASES) return [];
  const never = impossible(spec);
  return CLASSES.filter((name) => counts[name] === 0 && !never.has(name));
}

function impossible({ profile, limits }: CampaignSpec): ReadonlySet<CoverageClass> {
  const { nopreempt, mostFaults } = limits;
  const never = new Set<CoverageClass>();
  const add = (when: boolean, names: readonly CoverageClass[]): void => {
    if (when) for (const name of names) never.add(name);
  };
  // Version 3 learns another interval; nothing else in a draft can differ.
  add(RULES[profile].version === 3, ['dual-mismatch']);
  add(!RULES[profile].anyPacketRestartsAdvert, ['silenced']);
  add(RULES[profile].version === 2, ['dual-shorter-interval']);
  add(nopreempt === 'never', ['merge-nopreempt', 'nopreempt-stays']);
  add(nopreempt === 'always', ['dual-preemption', 'preempt-delay', 'weight-crossing']);
  add(mostFaults === 0, CLASSES);
  return never;
}
