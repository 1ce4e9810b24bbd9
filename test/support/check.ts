/** Small clusters for exploration, and their results. */

import { type Cluster, type ClusterSpec, clusterOf } from '../../src/explore/exhaustive/cluster.ts';
import {
  type CheckReport,
  newCheck,
  reportOf,
  runCheck,
} from '../../src/explore/exhaustive/exhaustive.ts';
import type { ModelOptions } from '../../src/explore/exhaustive/model.ts';
import { milliseconds } from '../../src/time.ts';

/** Two routers at 4 ticks a second, with one of each kind of fault. */
export const SMALL: ClusterSpec = {
  profile: 'rfc9568',
  routers: [
    { priority: 192, interval: 4, preempt: true },
    { priority: 128, interval: 4, preempt: true },
  ],
  tick: milliseconds(250),
  delay: { least: 1, most: 2 },
  budgets: { losses: 1, crashes: 1, stops: 1, restarts: 1, jitter: 0 },
};

export const THREE: ClusterSpec = {
  ...SMALL,
  routers: [...SMALL.routers, { priority: 64, interval: 4, preempt: true }],
};

/** The duelling backups: a slow winner above two fast routers, the better of which does not preempt. */
export const DUEL: ClusterSpec = {
  ...SMALL,
  routers: [
    { priority: 192, interval: 20, preempt: true },
    { priority: 128, interval: 4, preempt: false },
    { priority: 64, interval: 4, preempt: true },
  ],
  delay: { least: 2, most: 3 },
  budgets: { losses: 0, crashes: 0, stops: 0, restarts: 0, jitter: 0 },
};

export function explored(
  spec: ClusterSpec,
  options: ModelOptions = {},
  most = 2_000_000,
): CheckReport {
  return exploredCluster(clusterOf(spec), options, most);
}

export function exploredCluster(
  cluster: Cluster,
  options: ModelOptions,
  most: number,
): CheckReport {
  const check = newCheck(cluster, options);
  for (const _ of runCheck(check, most));
  return reportOf(check);
}

/** `S6: ...` and the like. */
export function broken({ violations }: CheckReport): string[] {
  return violations.map(({ invariant, because }) => `${invariant}: ${because}`);
}
