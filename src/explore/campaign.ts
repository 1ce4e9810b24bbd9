/**
 * Random search over many cases. Shards are handed out in order; the result is that of the shards up to the first
 * failure, merged by number, so it is the same however many threads there are.
 */
import { addCounts, type Counts, noCounts } from '../assert/invariants/coverage.ts';
import { type Lane, ownThread, workerThread } from './lane.ts';
import { type CampaignSpec, type Failure, SHARD_SIZE, type ShardResult } from './shard.ts';

export interface CampaignLimits {
  /** Cases at most [no limit]. */
  readonly runs: number | undefined;
  /** Milliseconds at most [no limit]. */
  readonly time: number | undefined;
  readonly workers: number;
}

export interface Progress {
  readonly cases: number;
  readonly events: number;
  readonly elections: number;
  /** Virtual microseconds. */
  readonly simulated: number;
  /** Wall clock. */
  readonly seconds: number;
  readonly counts: Counts;
}

export interface CampaignResult extends Progress {
  readonly failure: Failure | undefined;
  readonly interrupted: boolean;
}

/** `stopped` is asked before every shard: a reason of the user's to come to an end. */
export async function runCampaign(
  spec: CampaignSpec,
  limits: CampaignLimits,
  { progress, stopped }: { progress: (now: Progress) => void; stopped: () => boolean },
): Promise<CampaignResult> {
  const began = performance.now();
  const results: ShardResult[] = [];
  let next = 0;
  let end = limits.runs === undefined ? Number.POSITIVE_INFINITY : shardsFor(limits.runs);
  const overdue = (): boolean =>
    limits.time !== undefined && performance.now() - began >= limits.time;
  const lanes = lanesFor(spec, limits.workers);
  const work = async (lane: Lane): Promise<void> => {
    while (next < end && !overdue() && !stopped()) {
      const shard = next++;
      const result = await lane.run(shard, casesIn(shard, limits.runs));
      results[shard] = result;
      if (result.failure !== undefined) end = Math.min(end, shard + 1);
      progress(sum(results, began));
    }
  };
  try {
    await Promise.all(lanes.map(work));
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  const failed = results.findIndex((one) => one?.failure !== undefined);
  const counted = failed < 0 ? results : results.slice(0, failed + 1);
  return {
    ...sum(counted, began),
    failure: counted.at(-1)?.failure,
    interrupted: stopped(),
  };
}

function lanesFor(spec: CampaignSpec, workers: number): readonly Lane[] {
  if (workers === 1) return [ownThread(spec)];
  return Array.from({ length: workers }, () => workerThread(spec));
}

function shardsFor(runs: number): number {
  return Math.ceil(runs / SHARD_SIZE);
}

function casesIn(shard: number, runs: number | undefined): number {
  return runs === undefined ? SHARD_SIZE : Math.min(SHARD_SIZE, runs - shard * SHARD_SIZE);
}

function sum(results: readonly (ShardResult | undefined)[], began: number): Progress {
  const counts = noCounts();
  const total = { cases: 0, events: 0, elections: 0, simulated: 0 };
  for (const one of results) {
    if (one === undefined) continue;
    total.cases += one.cases;
    total.events += one.events;
    total.elections += one.elections;
    total.simulated += one.simulated;
    addCounts(counts, one.counts);
  }
  return { ...total, counts, seconds: (performance.now() - began) / 1000 };
}
