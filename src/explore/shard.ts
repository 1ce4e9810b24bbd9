/**
 * The unit of a campaign: 256 consecutive cases from a seed of their own. The result of a shard depends only on the
 * campaign's seed and its number, so any thread may run it at any time.
 */
import fc from 'fast-check';
import { addCounts, type Counts, noCounts } from '../assert/protocol/coverage.ts';
import type { Violation } from '../assert/protocol/monitor.ts';
import type { ProfileName } from '../observe/election.ts';
import type { Case } from '../sim/election/case.ts';
import { caseOf, type Draft, type DraftLimits, draftArbitrary } from './draft.ts';
import { judgeCase } from './judge.ts';

export const SHARD_SIZE = 256;

/** The parameters of a search; plain data for the workers. */
export interface CampaignSpec {
  readonly seed: number;
  readonly profile: ProfileName;
  readonly limits: DraftLimits;
  /** Their ids [all that apply]. */
  readonly invariants: readonly string[] | undefined;
}

export interface Failure {
  /** Of the case in the campaign, from 0. */
  readonly index: number;
  readonly case: Case;
  /** Undefined: the simulator or an invariant threw, which is a bug of halab. */
  readonly violation: Violation | undefined;
  readonly bug: string | undefined;
}

/** How much was searched. */
export interface Totals {
  cases: number;
  events: number;
  elections: number;
  /** Virtual microseconds. */
  simulated: number;
  readonly counts: Counts;
}

export interface ShardResult extends Readonly<Totals> {
  readonly shard: number;
  readonly failure: Failure | undefined;
}

export function noTotals(): Totals {
  return { cases: 0, events: 0, elections: 0, simulated: 0, counts: noCounts() };
}

export function addTotals(total: Totals, more: Readonly<Totals>): void {
  total.cases += more.cases;
  total.events += more.events;
  total.elections += more.elections;
  total.simulated += more.simulated;
  addCounts(total.counts, more.counts);
}

/** Stops at its first failure; `most` cases at most. */
export function runShard(spec: CampaignSpec, shard: number, most = SHARD_SIZE): ShardResult {
  const total = noTotals();
  let failure: Failure | undefined;
  for (const draft of draftsOf(spec, shard)) {
    if (total.cases >= most || failure !== undefined) break;
    const index = shard * SHARD_SIZE + total.cases++;
    const whole = caseOf(spec.profile, draft);
    try {
      const { violations, result, coverage } = judgeCase(whole, spec.invariants);
      addTotals(total, { ...result, cases: 0, counts: coverage });
      const [violation] = violations;
      if (violation !== undefined) failure = { index, case: whole, violation, bug: undefined };
    } catch (error) {
      const bug = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failure = { index, case: whole, violation: undefined, bug };
    }
  }
  return { shard, ...total, failure };
}

/** The drafts of a shard, in order. */
export function draftsOf({ seed, limits }: CampaignSpec, shard: number): readonly Draft[] {
  return fc.sample(draftArbitrary(limits), { seed: shardSeed(seed, shard), numRuns: SHARD_SIZE });
}

/** 32 bits out of two numbers, by the murmur3 finaliser. */
export function shardSeed(seed: number, shard: number): number {
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(shard + 1, 0xc2b2ae35);
  for (let round = 0; round < 2; round++) {
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x ^= x >>> 16;
  }
  return x | 0;
}
