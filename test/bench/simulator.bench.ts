import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { median, report } from './row.ts';

const RUNS = 15;

function wallOf(...args: string[]): number {
  const start = performance.now();
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(run.status, run.stdout + run.stderr).toBe(0);
  return performance.now() - start;
}

it('master-crash in the simulator', () => {
  const node: number[] = [];
  const whole: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    node.push(wallOf('-e', '0'));
    whole.push(
      wallOf('dist/bundle/main.cjs', 'run', 'scenarios/master-crash.yaml', '--backend', 'sim'),
    );
  }
  report({ name: "node's own start", value: median(node), unit: 'ms' });
  report({
    name: "master-crash in the simulator, beyond node's start",
    value: median(whole) - median(node),
    unit: 'ms',
    bound: '<= 150',
  });
});
