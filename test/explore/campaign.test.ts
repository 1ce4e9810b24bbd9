import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type CampaignLimits,
  type CampaignResult,
  runCampaign,
} from '../../src/explore/campaign.ts';
import { NEEDED_CASES, unreached } from '../../src/explore/classes.ts';
import { DRAFT_LIMITS, draftArbitrary } from '../../src/explore/draft.ts';
import * as judge from '../../src/explore/judge.ts';
import {
  type CampaignSpec,
  draftsOf,
  runShard,
  SHARD_SIZE,
  shardSeed,
} from '../../src/explore/shard.ts';
import { instant } from '../../src/time.ts';

const SPEC: CampaignSpec = {
  seed: 4,
  profile: 'rfc9568',
  limits: DRAFT_LIMITS,
  invariants: undefined,
};
const WATCH = { progress: () => undefined, stopped: () => false };

function campaign(limits: Partial<CampaignLimits>, spec = SPEC): Promise<CampaignResult> {
  return runCampaign(spec, { runs: 200, time: undefined, workers: 1, ...limits }, WATCH);
}

/** The result without its duration. */
function facts({ seconds, ...rest }: CampaignResult): unknown {
  expect(seconds).toBeGreaterThan(0);
  return rest;
}

describe('a shard', () => {
  it('finds the same in any worker', () => {
    expect(runShard(SPEC, 3)).toEqual(runShard({ ...SPEC }, 3));
    expect(runShard(SPEC, 3)).not.toEqual(runShard(SPEC, 4));
  });

  it('has the cases from which fast-check shrinks: sample and check draw equally', () => {
    const drafts = draftsOf(SPEC, 2);
    for (const index of [0, 17, SHARD_SIZE - 1]) {
      const seed = shardSeed(SPEC.seed, 2);
      const property = fc.property(draftArbitrary(SPEC.limits), () => false);
      const path = String(index);
      const details = fc.check(property, { seed, path, numRuns: 1, endOnFailure: true });
      expect(details.counterexample).toEqual([drafts[index]]);
    }
  });

  it('reports a throw of the simulator as a bug with its case, not as a violation', () => {
    const thrown = vi.spyOn(judge, 'judgeCase').mockImplementationOnce(() => {
      throw new Error('the simulator is broken');
    });
    const { failure } = runShard(SPEC, 0);
    thrown.mockRestore();
    expect(failure?.violation).toBeUndefined();
    expect(failure?.bug).toContain('the simulator is broken');
    expect(failure?.index).toBe(0);
    expect(failure?.case.routers.length).toBeGreaterThan(1);
  });
});

describe('a campaign', () => {
  it('has the same result with one thread and with two', async () => {
    expect(facts(await campaign({ workers: 2 }))).toEqual(facts(await campaign({ workers: 1 })));
  });

  it('runs exactly the requested number of cases', async () => {
    expect((await campaign({ runs: 70 })).cases).toBe(70);
  });

  it('stops on request, with its results so far', async () => {
    let asked = 0;
    const limits = { runs: 100_000, time: undefined, workers: 1 };
    const stopped = (): boolean => ++asked > 3;
    const result = await runCampaign(SPEC, limits, { ...WATCH, stopped });
    expect(result.interrupted).toBe(true);
    expect(result.cases).toBe(3 * SHARD_SIZE);
  });

  it('ends with the lowest failing case, and counts none after it', async () => {
    const real = judge.judgeCase;
    let cases = 0;
    const planted = vi.spyOn(judge, 'judgeCase').mockImplementation((whole, ids) => {
      const judged = real(whole, ids);
      const violation = {
        invariant: 'S4',
        at: instant(1),
        routers: [],
        virtual: 0,
        because: 'planted',
      };
      return ++cases === 100 ? { ...judged, violations: [violation] } : judged;
    });
    const result = await campaign({ runs: 400 });
    planted.mockRestore();
    expect(result.failure?.index).toBe(99);
    expect(result.cases).toBe(100);
  });
});

describe('the classes of events', () => {
  const counted = async (cases: number) => {
    const result = await campaign({ runs: 300 });
    return { ...result, cases, counts: { ...result.counts, merge: 0 } };
  };

  it('fail a campaign that had time to reach them and did not', async () => {
    expect(unreached(SPEC, await counted(NEEDED_CASES))).toContain('merge');
    expect(unreached(SPEC, await counted(NEEDED_CASES - 1))).toEqual([]);
  });

  it('are not required if the options exclude them', async () => {
    const limits = { ...DRAFT_LIMITS, mostFaults: 0 };
    expect(unreached({ ...SPEC, limits }, await counted(NEEDED_CASES))).toEqual([]);
  });
});
