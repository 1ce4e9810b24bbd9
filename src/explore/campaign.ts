/**
 * Random search over many cases. Shards are handed out in order; the result is that of the shards up to the first
 * failure, merged by number, so it is the same however many threads there are.
 */
import { type Lane, ownThread, workerThread } from './lane.ts';
import {
  addTotals,
  type CampaignSpec,
  type Failure,
  noTotals,
  SHARD_SIZE,
  type ShardResult,
  type Totals,
} from './shard.ts';

export interface CampaignLimits {
  /** Cases at most [no limit]. */
  readonly runs: number | undefined;
  /** Milliseconds at most [no limit]. */
  readonly time: number | undefined;
  readonly workers: number;
}

export interface Progress extends Readonly<Totals> {
  /** Wall clock. */
  readonly seconds: number;
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
  const elapsed = (): number => performance.now() - began;
  const total = noTotals();
  let failure: Failure | undefined;
  /** Results whose turn to be added has not come. */
  const early = new Map<number, ShardResult>();
  let added = 0;
  let next = 0;
  const { runs = Number.POSITIVE_INFINITY } = limits;
  let end = Math.ceil(runs / SHARD_SIZE);
  const overdue = (): boolean => limits.time !== undefined && elapsed() >= limits.time;
  const now = (): Progress => ({ ...total, seconds: elapsed() / 1000 });
  /** In the order of their numbers, and nothing behind the first failure. */
  const add = (result: ShardResult): void => {
    early.set(result.shard, result);
    for (;;) {
      const shard = early.get(added);
      if (shard === undefined || failure !== undefined) return;
      early.delete(added++);
      addTotals(total, shard);
      failure = shard.failure;
    }
  };
  const newLane = limits.workers === 1 ? ownThread : workerThread;
  const lanes = Array.from({ length: limits.workers }, () => newLane(spec));
  const work = async (lane: Lane): Promise<void> => {
    while (next < end && !overdue() && !stopped()) {
      const shard = next++;
      const result = await lane.run(shard, Math.min(SHARD_SIZE, runs - shard * SHARD_SIZE));
      if (result.failure !== undefined) end = Math.min(end, shard + 1);
      add(result);
      progress(now());
    }
  };
  try {
    await Promise.all(lanes.map(work));
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  return { ...now(), failure, interrupted: stopped() };
}
