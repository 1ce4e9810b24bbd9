/**
 * Random search over many cases. Shards are handed out in order; the result is that of the shards up to the first
 * failure, merged by number, so it is the same however many threads there are.
 */
import { addCounts, type Counts, noCounts } from '../assert/protocol/coverage.ts';
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

/** `stopped`: whether the user wants the campaign to end; called before every shard. */
export async function runCampaign(
  spec: CampaignSpec,
  limits: CampaignLimits,
  { progress, stopped }: { progress: (now: Progress) => void; stopped: () => boolean },
): Promise<CampaignResult> {
  const began = performance.now();
  const merged = new Merge();
  let next = 0;
  const { runs = Number.POSITIVE_INFINITY } = limits;
  let end = Math.ceil(runs / SHARD_SIZE);
  const overdue = (): boolean =>
    limits.time !== undefined && performance.now() - began >= limits.time;
  const now = (): Progress => ({ ...merged.total, seconds: (performance.now() - began) / 1000 });
  const newLane = limits.workers === 1 ? ownThread : workerThread;
  const lanes = Array.from({ length: limits.workers }, () => newLane(spec));
  const work = async (lane: Lane): Promise<void> => {
    while (next < end && !overdue() && !stopped()) {
      const shard = next++;
      const result = await lane.run(shard, Math.min(SHARD_SIZE, runs - shard * SHARD_SIZE));
      if (result.failure !== undefined) end = Math.min(end, shard + 1);
      merged.add(result);
      progress(now());
    }
  };
  try {
    await Promise.all(lanes.map(work));
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  return { ...now(), failure: merged.failure, interrupted: stopped() };
}

/** Adds shards up in the order of their numbers, and nothing behind the first failure. */
class Merge {
  readonly total = { cases: 0, events: 0, elections: 0, simulated: 0, counts: noCounts() };
  failure: Failure | undefined;
  private readonly early = new Map<number, ShardResult>();
  private next = 0;

  add(result: ShardResult): void {
    this.early.set(result.shard, result);
    while (this.failure === undefined) {
      const shard = this.early.get(this.next);
      if (shard === undefined) return;
      this.early.delete(this.next++);
      this.total.cases += shard.cases;
      this.total.events += shard.events;
      this.total.elections += shard.elections;
      this.total.simulated += shard.simulated;
      addCounts(this.total.counts, shard.counts);
      this.failure = shard.failure;
    }
  }
}
