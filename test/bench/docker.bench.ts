import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDocker } from '../../src/lab/docker/connection.ts';
import { leftovers } from '../support/docker.ts';
import { median, percentile, report } from './row.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-bench-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Report {
  readonly scenarios: readonly {
    readonly status: string;
    readonly elapsed_us: number;
    readonly repeats: readonly { readonly metrics: Readonly<Record<string, number>> }[];
  }[];
}

/** Runs master-crash in Docker; its report and its wall time in seconds. */
function run(...args: string[]): { report: Report; seconds: number } {
  const json = join(folder, 'result.json');
  const start = performance.now();
  const done = spawnSync(
    process.execPath,
    [
      'dist/bundle/main.cjs',
      'run',
      'scenarios/master-crash.yaml',
      '--backend',
      'docker',
      '--output-dir',
      folder,
      '--reporter',
      `list,json=${json}`,
      ...args,
    ],
    { encoding: 'utf8' },
  );
  const seconds = (performance.now() - start) / 1_000;
  expect(done.status, done.stdout + done.stderr).toBe(0);
  return { report: JSON.parse(readFileSync(json, 'utf8')), seconds };
}

it('build of the first image without a registry', async () => {
  const { docker } = await connectDocker();
  for (const name of ['halab-engine', 'halab-base']) {
    for (const { RepoTags } of await docker.listImages({ filters: { reference: [name] } })) {
      for (const tag of RepoTags ?? []) await docker.getImage(tag).remove({ force: true });
    }
  }
  const cold = run('--repeat', '1', '--matrix', 'advert=100ms');
  const warm = run('--repeat', '1', '--matrix', 'advert=100ms');
  report({
    name: 'first image build',
    value: cold.seconds - warm.seconds,
    unit: 's',
    bound: '<= 60',
  });
});

it('master-crash at 100 ms adverts, 30 stratified repeats', () => {
  const { report: result } = run('--repeat', '30', '--matrix', 'advert=100ms');
  const repeats = result.scenarios[0]?.repeats ?? [];
  const of = (metric: string): number[] =>
    repeats.map(({ metrics }) => metrics[metric] ?? Number.NaN);
  const [detections, overheads] = [of('detection_us'), of('overhead_us')];
  const outside = detections.filter(
    (value) => !(value >= 360_938 - 100_000 && value <= 360_938 + 5_000),
  );
  report({
    name: 'detections outside [MDI - advert, MDI + 5 ms], of 30',
    value: outside.length + (30 - detections.length),
    unit: '',
    bound: '<= 0',
  });
  report({ name: 'detection, least', value: Math.min(...detections) / 1_000, unit: 'ms' });
  report({ name: 'detection, most', value: Math.max(...detections) / 1_000, unit: 'ms' });
  report({
    name: 'overhead, median',
    value: median(overheads) / 1_000,
    unit: 'ms',
    bound: '<= 1.5',
  });
  report({
    name: 'overhead, p95',
    value: percentile(overheads, 95) / 1_000,
    unit: 'ms',
    bound: '<= 4',
  });
  report({ name: 'outage, median', value: median(of('outage_us')) / 1_000, unit: 'ms' });
  expect(outside).toEqual([]);
});

it('master-crash once: time of the lab without the time of the protocol', () => {
  const own = Array.from({ length: 3 }, () => {
    const { report: result, seconds } = run('--repeat', '1');
    const protocol =
      result.scenarios.reduce((sum, { elapsed_us }) => sum + elapsed_us, 0) / 1_000_000;
    return (seconds - protocol) / result.scenarios.length;
  });
  report({
    name: "wall time minus the protocol's own, per cell",
    value: median(own),
    unit: 's',
    bound: '<= 4',
  });
});

it('master-crash as shipped', () => {
  report({ name: 'the whole file in Docker', value: run().seconds, unit: 's', bound: '<= 60' });
});

it('SIGKILL of the runner at 20 random moments, each followed by halab clean', async () => {
  let left = 0;
  for (let i = 0; i < 20; i++) {
    const child = spawn(
      process.execPath,
      [
        'dist/bundle/main.cjs',
        'run',
        'scenarios/preempt-return.yaml',
        '--backend',
        'docker',
        '--repeat',
        '1',
        '--output-dir',
        folder,
      ],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5_000));
    child.kill('SIGKILL');
    await ended;
    const clean = spawnSync(process.execPath, ['dist/bundle/main.cjs', 'clean'], {
      encoding: 'utf8',
    });
    expect(clean.status, clean.stderr).toBe(0);
    // The kernel may need a moment to reap the last process of a container.
    for (let wait = 0; wait < 50 && (await leftovers()).length > 0; wait++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    left += (await leftovers()).length;
  }
  report({
    name: 'containers, networks, bridges and processes left after 20 kills',
    value: left,
    unit: '',
    bound: '<= 0',
  });
  expect(left).toBe(0);
});
