import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/lab/plan.ts';
import { SimLab } from '../../src/lab/sim/sim-lab.ts';
import { jsonReport } from '../../src/report/json.ts';
import { junitReport } from '../../src/report/junit.ts';
import { evidencePlace } from '../../src/run/evidence-folder.ts';
import type { LeftOut } from '../../src/run/left-out.ts';
import { all } from '../../src/run/listener.ts';
import type { RunResult, ScenarioResult } from '../../src/run/result.ts';
import { runScenario } from '../../src/run/run.ts';
import { loadScenario, NO_OVERRIDES, type Overrides } from '../../src/scenario/scenario-file.ts';
import { micros } from '../../src/time.ts';

/** A separate folder: test files that run concurrently would remove each other's folder. */
const EVIDENCE = join(tmpdir(), `halab-scenarios-${process.pid}`);

/** Runs every cell of a shipped scenario in the simulator. */
async function run(
  name: string,
  overrides: Partial<Overrides> = {},
  seed = 1,
  left: readonly LeftOut[] = [],
): Promise<ScenarioResult[]> {
  const { scenarios, warnings } = loadScenario(`scenarios/${name}.yaml`, {
    ...NO_OVERRIDES,
    ...overrides,
  });
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const { result } = await runScenario(scenario, warnings, {
      seed,
      keep: false,
      evidence: evidencePlace(EVIDENCE, new Date(0)),
      leftOut: () => left,
      cannotRun: ({ topology }) =>
        topology.nodes.some(({ engine }) => engine !== 'halab') ? ['not simulated'] : [],
      makeLab: () => new SimLab(),
      makePlan: (scenario, sinks) => planOf(scenario.topology, { runId: 'test', ...sinks }),
      reproduce: () => 'halab run',
      wallClock: () => ({ elapsed: micros(0), epoch: 0 }),
      listener: all([]),
      interrupted: new Promise<never>(() => {}),
    });
    results.push(result);
  }
  return results;
}

function whole(scenarios: ScenarioResult[]): RunResult {
  return {
    backend: 'sim',
    backendReason: 'test',
    engine: 'halab',
    seed: 1,
    environment: {},
    scenarios,
  };
}

/** Engines that only real labs run. */
const PEERS: ReadonlySet<unknown> = new Set(['keepalived', 'frr']);

describe('the shipped scenarios in the simulator', () => {
  it.each([
    'master-crash',
    'graceful-stop',
    'master-pause',
    'link-cut',
    'vrrp-filtered',
    'preempt-return',
    'nopreempt-return',
    'master-crash-v6',
    'interop',
    'mismatch',
    'losing-advert',
    'invalid-adverts',
    'balancer-crash',
    'port-80-blocked',
    'icmp-dropped',
    'http-500',
    'slow-service',
    'flapping-service',
    'all-servers-down',
    'backend-returns',
    'reload-keeps-failed-server',
    'service-moves-the-vip',
    'check-script-hangs',
    'overlapping-faults',
    'firewall-reload',
  ])('%s passes', async (name) => {
    const results = await run(name);
    expect(
      results
        .flatMap((result) => [
          ...result.verdicts,
          ...result.repeats.flatMap(({ verdicts }) => verdicts),
        ])
        .filter(({ ok }) => !ok),
    ).toEqual([]);
    const ours = results.filter(({ cell }) =>
      Object.values(cell).every((value) => !PEERS.has(value)),
    );
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.map(({ status }) => status)).toEqual(ours.map(() => 'passed'));
    const others = results.filter((result) => !ours.includes(result));
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 'skipped'));
  });

  it('detect each of 40 stratified crashes within [MDI - advert, MDI + 5 ms]', async () => {
    const [cell] = await run('master-crash', { matrix: { advert: '100ms' }, repeat: 40 });
    const detections = cell?.repeats.map(({ metrics }) => metrics.detection ?? 0) ?? [];
    expect(detections).toHaveLength(40);
    for (const detection of detections) {
      expect(detection).toBeGreaterThanOrEqual(360_938 - 100_000);
      expect(detection).toBeLessThanOrEqual(360_938 + 5_000);
    }
    // Stratified: every tenth of the interval is struck four times.
    const tenths = detections.map((detection) =>
      Math.min(9, Math.floor((365_000 - detection) / 10_000)),
    );
    expect(new Set(tenths).size).toBe(10);
  });

  it('also run on three routers with two virtual routers', async () => {
    const results = await run('master-crash', {
      topology: 'topologies/three-node.yaml',
      repeat: 2,
    });
    expect(results.map(({ status }) => status)).toEqual(['passed', 'passed']);
  });

  it('give the same report for the same seed', async () => {
    const [first, second, other] = [
      await run('master-crash', {}, 5),
      await run('master-crash', {}, 5),
      await run('master-crash', {}, 6),
    ];
    expect(jsonReport(whole(second))).toBe(jsonReport(whole(first)));
    expect(jsonReport(whole(other))).not.toBe(jsonReport(whole(first)));
  });

  it('fail with the line, the measurement and the proof if the cluster is too slow', async () => {
    const [cell] = await run('master-crash', {
      matrix: { advert: '1s' },
      repeat: 1,
      set: { 'virtual_routers.web.members.gw2.priority': '1' },
    });
    expect(cell?.status).toBe('passed');
    const slow = await run('graceful-stop', {
      repeat: 1,
      set: { 'virtual_routers.web.advert_interval': '2s' },
    });
    expect(slow[0]?.status).toBe('failed');
    const verdict = slow[0]?.repeats[0]?.verdicts.find(({ ok }) => !ok);
    expect(verdict).toMatchObject({
      assertion: 'owner',
      step: 'Backup takes over after its skew',
      measured: { value: 'nobody' },
    });
    expect(verdict?.where).toMatchObject({ file: 'scenarios/graceful-stop.yaml' });
    expect(verdict?.evidence.map(({ kind }) => kind)).toContain('fault');
  });

  it('report as JSON of schema halab.run/1, with null for missing observations', async () => {
    const report = JSON.parse(jsonReport(whole(await run('nopreempt-return', { repeat: 1 }))));
    expect(report).toMatchObject({
      schema: 'halab.run/1',
      ok: true,
      backend: 'sim',
      engine: 'halab',
      seed: 1,
    });
    const [scenario] = report.scenarios;
    expect(Object.keys(scenario.repeats[0].metrics).sort()).toEqual([
      'announcement_us',
      'convergence_us',
      'detection_us',
      'dual_master_us',
      'garp_count',
      'outage_us',
      'overhead_us',
      'takeover_us',
    ]);
    expect(scenario.repeats[0].verdicts[0]).toMatchObject({
      assertion: 'owner',
      ok: true,
      measured: 'gw1',
      bound: 'gw1',
    });
    expect(scenario.verdicts.map(({ assertion }: { assertion: string }) => assertion)).toEqual([
      'detection',
      'dual-master',
    ]);
  });

  it('continue without a virtual router that an engine cannot run, and every report names it', async () => {
    const left = [{ router: 'ah', reason: 'lb1: frr cannot authenticate' }];
    const cells = { matrix: { master: 'halab', backup: 'halab' } };
    const [cell] = await run('interop', cells, 1, left);
    expect(cell?.status).toBe('passed');
    expect(cell?.skipped.length).toBeGreaterThan(0);
    const judged = [...(cell?.verdicts ?? []), ...(cell?.repeats[0]?.verdicts ?? [])];
    expect(judged.filter(({ text }) => /\bah\b|ah-udp/.test(text))).toEqual([]);
    expect(judged.filter(({ text }) => /\bpass\b/.test(text)).length).toBeGreaterThan(0);
    const report = whole(cell === undefined ? [] : [cell]);
    const [scenario] = JSON.parse(jsonReport(report)).scenarios;
    expect(scenario.skipped[0]).toMatchObject({
      text: 'single-owner: { vip: ah, tolerate: 20ms }',
      step: null,
      file: 'scenarios/interop.yaml',
      reason: 'lb1: frr cannot authenticate',
    });
    expect(junitReport(report).match(/<property name="skipped"/g)).toHaveLength(
      cell?.skipped.length ?? 0,
    );
  });

  it('report as JUnit with one case per cell and a failure that names the assertion', async () => {
    const passed = junitReport(whole(await run('master-crash', { repeat: 1 })));
    expect(passed.match(/<testcase /g)).toHaveLength(2);
    expect(passed).toContain('failures="0"');
    const failed = junitReport(
      whole(
        await run('graceful-stop', {
          repeat: 1,
          set: { 'virtual_routers.web.advert_interval': '2s' },
        }),
      ),
    );
    expect(failed).toContain('<failure type="owner"');
    expect(failed).toContain('failures="1"');
  });
});
