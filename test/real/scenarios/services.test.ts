/** The shipped scenarios of health checks and of faults at exact times: the same verdict on real containers and in the simulator. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { halab } from '../../support/ask.ts';

const folder = mkdtempSync(join(tmpdir(), 'halab-services-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCENARIOS = readdirSync('scenarios').filter((name) =>
  /^tags: .*\b(health|timed)\b/m.test(readFileSync(join('scenarios', name), 'utf8')),
);

function verdicts(scenario: string, backend: string): string[] {
  const { status, stdout, output } = halab([
    ...['run', join('scenarios', scenario), '--backend', backend],
    ...['--output-dir', folder],
  ]);
  if (status !== 0) throw new Error(output);
  return stdout.match(/^(PASS|FAIL|INCONCLUSIVE|SKIPPED) \S+( \S+=\S+)*/gm) ?? [];
}

it('all scenarios that topologies/README.md names exist', () => {
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
