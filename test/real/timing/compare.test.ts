import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { halab, MOST_ASKED, reportAskedAgain } from '../../support/ask.ts';
import { leftByUs, leftovers } from '../../support/docker.ts';

const HALAB = 'dist/bundle/main.cjs';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-compare-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const crash = (...more: string[]): string[] => [
  ...['compare', 'scenarios/master-crash.yaml', '--matrix', 'advert=100ms'],
  ...['--output-dir', folder, ...more],
];

describe('halab compare with a real lab', () => {
  it('finds the simulator close: detection within 1 % of the down interval, equal roles', () => {
    const json = join(folder, 'compared.json');
    const compared = () => {
      const run = halab(crash('--repeat', '5', '--json', json));
      const [scenario] = JSON.parse(readFileSync(json, 'utf8')).scenarios;
      return { run, scenario };
    };
    let { run, scenario } = compared();
    // A rejected repeat means that this machine was too busy, and then the others were not exact.
    for (let asked = 1; scenario.real.rejected.length > 0 && asked < MOST_ASKED; asked++) {
      reportAskedAgain(
        crash(),
        `INCONCLUSIVE \n  ${scenario.real.rejected.length} rejected repeats`,
      );
      ({ run, scenario } = compared());
    }
    expect(run.status, run.output).toBe(0);
    expect(run.stdout).toMatch(/^master-crash advert=100ms · halab · mdi 360\.9 ms\n/);
    expect(scenario.real).toMatchObject({ backend: 'docker', failed: false });
    expect(scenario.real.environment.world).toBe('docker');
    const [detection] = scenario.metrics;
    expect(detection.metric).toBe('detection');
    expect(detection.real.count + scenario.real.rejected.length).toBe(5);
    const apart = Math.abs(detection.difference_us);
    expect(apart, run.stdout).toBeLessThan(0.01 * scenario.down_interval_us);
    expect(scenario.agreement, run.stdout).toBe(1);
  });

  it('removes the lab on SIGINT and exits with 130', async () => {
    const child = spawn(process.execPath, [HALAB, ...crash('--repeat', '50')], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for (let i = 0; i < 300 && (await leftovers()).length <= 5; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(await leftByUs()).toEqual([]);
  });
});
