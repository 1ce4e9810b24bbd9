/** The program of a worker thread: shards in, results out. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Order } from './lane.ts';
import { type CampaignSpec, runShard } from './shard.ts';

const spec = workerData as CampaignSpec;
parentPort?.on('message', ({ shard, most }: Order) => {
  parentPort?.postMessage(runShard(spec, shard, most));
});
