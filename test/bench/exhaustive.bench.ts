/** CPU time of exhaustive exploration: wall time would include other processes. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { ClusterSpec } from '../../src/explore/exhaustive/cluster.ts';
import type { CheckReport } from '../../src/explore/exhaustive/exhaustive.ts';
import { milliseconds } from '../../src/time.ts';
import { report } from './row.ts';

const EXPLORE = new URL('explore.mjs', import.meta.url).pathname;

interface Explored extends CheckReport {
  /** Seconds of a core until all states were known, and until all were judged. */
  readonly searched: number;
  readonly all: number;
}

/** Runs the build in its own process: code transformed for tests is half as fast. */
function explored(spec: ClusterSpec, remember = true): Explored {
  const text = execFileSync(process.execPath, [EXPLORE, JSON.stringify({ spec, remember })], {
    encoding: 'utf8',
  });
  const found = JSON.parse(text) as Explored;
  expect(found).toMatchObject({ complete: true, violations: [] });
  return found;
}

const router = (priority: number, interval: number) => ({ priority, interval, preempt: true });
const budgets = { losses: 2, crashes: 2, stops: 0, restarts: 2, jitter: 0 };
const FOUR: ClusterSpec = {
  profile: 'rfc9568',
  routers: [router(224, 8), router(192, 8), router(160, 8), router(128, 8)],
  tick: milliseconds(125),
  delay: { least: 1, most: 1 },
  budgets,
};
const THREE: ClusterSpec = {
  ...FOUR,
  routers: [router(192, 4), router(128, 4), router(64, 4)],
  tick: milliseconds(250),
};

it.each([1, 2, 3])(
  'three routers, 2 losses, 2 crashes, 2 restarts, adverts take 1..%i ticks',
  (most) => {
    const { states, all, coverage } = explored({ ...THREE, delay: { least: 1, most } });
    const name = `3 routers, 2 losses, 2 crashes, 1..${most} ticks`;
    report({ name: `${name}: until all is judged`, value: all, unit: 's', bound: '<= 60' });
    report({ name: `${name}: states`, value: states, unit: '' });
    report({ name: `${name}: transitions`, value: coverage.transitions / 1e6, unit: 'M' });
  },
);

it.each([
  ['each tick of a router put to the engine once', true],
  ['the engine run for every state anew', false],
])('four routers: %s', (name, remember) => {
  const { states, searched, coverage } = explored(FOUR, remember);
  report({
    name: `distinct states, ${name}`,
    value: states / searched / 1e3,
    unit: 'k/s',
    bound: '>= 150',
  });
  report({ name: '  ticks run by the engine', value: coverage.engineRuns, unit: '' });
  report({ name: '  memory of the states', value: coverage.megabytes, unit: 'MB' });
});
