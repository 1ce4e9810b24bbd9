/** The result of a search as JSON, for CI and for `npm run mutants`. */
import type { Violation } from '../assert/protocol/monitor.ts';
import type { CampaignResult } from '../explore/campaign.ts';
import { printableJson } from '../printable.ts';

export interface FoundViolation extends Violation {
  /** The story; undefined: the case was not shrunk. */
  readonly file: string | undefined;
  /** Index of the case in the campaign. */
  readonly case: number;
}

export const EXPLORE_JSON_SCHEMA = 1;

export function exploreJson({
  seed,
  result,
  missing,
  violations,
}: {
  readonly seed: number;
  readonly result: CampaignResult;
  readonly missing: readonly string[];
  readonly violations: readonly FoundViolation[];
}): string {
  const { cases, events, elections, seconds, counts, failure } = result;
  const whole = {
    schema: EXPLORE_JSON_SCHEMA,
    ok: failure === undefined && missing.length === 0,
    seed,
    cases,
    events,
    elections,
    seconds: Number(seconds.toFixed(3)),
    violations,
    bug: failure?.bug,
    coverage: counts,
    missing,
  };
  return `${printableJson(whole, 2)}\n`;
}
