/** The place where shards run: in this thread, or in a worker. */
import { Worker } from 'node:worker_threads';
import { builtProgram } from '../package-root.ts';
import { type CampaignSpec, runShard, type ShardResult } from './shard.ts';

export interface Lane {
  run(shard: number, most: number): Promise<ShardResult>;
  close(): Promise<unknown>;
}

export interface Order {
  readonly shard: number;
  readonly most: number;
}

/** Between two shards the thread handles signals. */
export function ownThread(spec: CampaignSpec): Lane {
  return {
    run: (shard, most) =>
      new Promise((resolve) => setImmediate(() => resolve(runShard(spec, shard, most)))),
    close: () => Promise.resolve(),
  };
}

export function workerThread(spec: CampaignSpec): Lane {
  const worker = new Worker(builtProgram('explore/worker.js'), { workerData: spec });
  return {
    run: (shard, most) =>
      new Promise((resolve, reject) => {
        worker.once('message', (result: ShardResult) => {
          worker.removeAllListeners('error');
          resolve(result);
        });
        worker.once('error', reject);
        worker.postMessage({ shard, most } satisfies Order);
      }),
    close: () => worker.terminate(),
  };
}
