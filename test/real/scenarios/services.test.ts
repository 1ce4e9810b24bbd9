/** The shipped scenarios of health checks and of faults at exact times: the same verdict on real containers and in the simulator. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { halab } from '../../support/ask.ts';

const folder = mkdtempSync(join(tmpdir(), 'halab-services-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCENARIOS = readdirSync('scenarios').filter((name) =>
  /^tags: .*\b(health|timed)\b/m.test(readFileSync(join('scenarios', name), 'utf8')),
);

/** `PASS NAME CELL` for each cell. */
function verdicts(backend: string, scenarios: readonly string[]): string[] {
  const files = scenarios.map((scenario) => join('scenarios', scenario));
  const run = ['run', ...files, '--backend', backend, '--output-dir', folder];
  const { status, stdout, output } = halab(run);
  if (status !== 0) throw new Error(output);
  return stdout.match(/^(PASS|FAIL|INCONCLUSIVE|SKIPPED) \S+( \S+=\S+)*/gm) ?? [];
}

it('all scenarios that topologies/README.md names exist', () => {
  expect(SCENARIOS.length).toBeGreaterThanOrEqual(12);
});

let simulated: readonly string[];
beforeAll(() => {
  simulated = verdicts('sim', SCENARIOS);
});

it.each(SCENARIOS)(
  '%s',
  (scenario) => {
    const name = scenario.replace('.yaml', '');
    const expected = simulated.filter((verdict) => verdict.split(' ')[1] === name);
    expect(expected.length).toBeGreaterThan(0);
    expect(verdicts('docker', [scenario])).toEqual(expected);
  },
  240_000,
);
