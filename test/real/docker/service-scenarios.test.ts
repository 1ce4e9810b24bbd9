/** The shipped scenarios of health checks and of faults at exact times: the same verdict on real containers and in the simulator. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'halab-services-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCENARIOS = readdirSync('scenarios').filter((name) =>
  /^tags: .*\b(health|timed)\b/m.test(readFileSync(join('scenarios', name), 'utf8')),
);

/** Exit code 3 means that the machine was too busy to measure: then it is asked again. */
function verdicts(scenario: string, backend: string): string[] {
  const args = ['dist/bundle/main.cjs', 'run', join('scenarios', scenario), '--backend', backend];
  for (let tries = 1; ; tries++) {
    const run = spawnSync(process.execPath, [...args, '--output-dir', folder], {
      encoding: 'utf8',
      env: { ...process.env, CI: '1' },
    });
    const told = run.stdout.match(/^(PASS|FAIL|INCONCLUSIVE|SKIPPED) \S+( \S+=\S+)*/gm) ?? [];
    if (run.status === 0) return told;
    if (run.status !== 3 || tries === 3) throw new Error(run.stdout + run.stderr);
  }
}

it('there are all that the README names', () => {
  expect(SCENARIOS.length).toBeGreaterThanOrEqual(12);
});

it.each(SCENARIOS)(
  '%s',
  (scenario) => {
    const real = verdicts(scenario, 'docker');
    expect(real.length).toBeGreaterThan(0);
    expect(real).toEqual(verdicts(scenario, 'sim'));
  },
  240_000,
);
