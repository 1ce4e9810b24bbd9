import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cellOptions, standInOptions } from '../../src/cli/cell-options.ts';
import { simulator } from '../../src/cli/simulator.ts';
import { SimLab } from '../../src/lab/sim/sim-lab.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { comparisonJson, comparisonTable } from '../../src/report/comparison.ts';
import { compareScenario, exitCodeOf, type ScenarioComparison } from '../../src/run/compare.ts';
import { evidencePlace } from '../../src/run/evidence-folder.ts';
import { all } from '../../src/run/listener.ts';
import { type RunOptions, runScenario } from '../../src/run/run.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { loadScenario, NO_OVERRIDES, type Overrides } from '../../src/scenario/scenario-file.ts';
import { instant, type Micros } from '../../src/time.ts';

/** A separate folder: test files that run concurrently would remove each other's folder. */
const EVIDENCE = join(tmpdir(), `halab-compare-${process.pid}`);

const SIM = simulator('test');

function flags(seed: number) {
  return {
    seed,
    keep: false,
    evidence: evidencePlace(EVIDENCE, new Date(0)),
    reproduce: () => '',
    listener: all([]),
    interrupted: new Promise<never>(() => {}),
  };
}

function cell(name: string, overrides: Partial<Overrides> = {}): Scenario {
  const [first] = loadScenario(`scenarios/${name}.yaml`, {
    ...NO_OVERRIDES,
    ...overrides,
  }).scenarios;
  if (first === undefined) throw new Error(`no cell of ${name}`);
  return first;
}

const crash = (repeat: number, engine?: 'keepalived' | 'frr'): Scenario =>
  cell('master-crash', { repeat, engine, matrix: { advert: '100ms' } });

/** Compares the simulator with itself; `real` may be disturbed. */
function compare(
  scenario: Scenario,
  { seeds = [1, 1], spoil = (options: RunOptions) => options } = {},
): Promise<ScenarioComparison> {
  const [first = 1, second = 1] = seeds;
  return compareScenario(scenario, {
    simulated: standInOptions(SIM, flags(first)),
    real: spoil(standInOptions(SIM, flags(second))),
  });
}

/** Adds or removes events of the second backend. */
function seeing(change: (event: LabEvent) => LabEvent[]): (options: RunOptions) => RunOptions {
  return (options) => ({
    ...options,
    makePlan: (scenario, sinks) =>
      options.makePlan(scenario, {
        ...sinks,
        onEvent: (event) => {
          for (const changed of change(event)) sinks.onEvent(changed);
        },
      }),
  });
}

const drops = (at: LabEvent['at']): LabEvent => ({
  kind: 'evidence-dropped',
  at,
  source: 'tap',
  node: undefined,
  witness: 'tap lan',
  count: 2,
  why: 'a full buffer',
});

describe('a scenario on two backends', () => {
  it('has distance 0 if both are the same', async () => {
    const comparison = await compare(crash(6));
    expect(comparison.metrics.map(({ metric }) => metric)).toContain('detection');
    for (const metric of comparison.metrics)
      expect(metric).toMatchObject({ difference: 0, ks: 0, wasserstein: 0, inside: 1 });
    expect(comparison.agreement).toBe(1);
    expect(comparison.downInterval).toBe(360_938);
    expect(exitCodeOf([comparison])).toBe(0);
  });

  it('with other random draws stays within chance', async () => {
    const comparison = await compare(crash(40), { seeds: [1, 2] });
    for (const { metric, ks, ksCritical } of comparison.metrics)
      expect(ks, metric).toBeLessThanOrEqual(ksCritical);
    expect(comparison.agreement).toBe(1);
  });

  it('shows the delay of the other backend', async () => {
    const late = (event: LabEvent): LabEvent[] =>
      (event.kind === 'advert' || event.kind === 'garp') && event.node === 'gw2'
        ? [{ ...event, at: instant(event.at + 7_000) }]
        : [event];
    const comparison = await compare(crash(10), { spoil: seeing(late) });
    const detection = comparison.metrics.find(({ metric }) => metric === 'detection');
    expect(detection).toMatchObject({ difference: 7_000, wasserstein: 7_000 });
  });

  it('rejects repeats with late timers, reports them, and has nothing left to compare', async () => {
    let adverts = 0;
    const stumble = (event: LabEvent): LabEvent[] =>
      event.kind === 'advert' && ++adverts % 5 === 0
        ? [{ ...event, at: instant(event.at + 25_000) }]
        : [event];
    const comparison = await compare(crash(3), { spoil: seeing(stumble) });
    expect(comparison.real.rejected.map(({ repeat }) => repeat)).toEqual([1, 2, 3]);
    expect(comparison.real.rejected[0]?.reason).toMatch(
      /^the timers of web were late: p99 25(\.\d)? ms, more than 20 % of the interval$/,
    );
    expect(comparison.metrics).toEqual([]);
    expect(comparisonTable(comparison).join('\n')).toContain(
      'not compared: docker: every repeat was rejected',
    );
    expect(comparisonTable(comparison).join('\n')).toContain('docker: 3 of 3 repeats rejected');
    expect(exitCodeOf([comparison])).toBe(3);
  });

  it('rejects a repeat with a lossy capture, and its twin: each has its own phase', async () => {
    let down = 0;
    const lossy = (event: LabEvent): LabEvent[] =>
      event.kind === 'node-down' && ++down === 1 ? [event, drops(event.at)] : [event];
    const comparison = await compare(crash(5), { spoil: seeing(lossy) });
    expect(comparison.real.rejected).toEqual([
      { repeat: 1, reason: 'the tap lan lost 2 events (a full buffer)' },
    ]);
    const detection = comparison.metrics.find(({ metric }) => metric === 'detection');
    // The remaining repeats run in a new lab with other random network delays.
    expect(detection?.wasserstein).toBeLessThan(1_000);
    expect([detection?.simulated.count, detection?.real.count]).toEqual([4, 4]);
  });

  it('is not compared if one backend cannot run it, and the real one is not started', async () => {
    let made = 0;
    const refusing = {
      ...standInOptions(SIM, flags(1)),
      cannotRun: () => ['it is not for this world'],
    };
    const counting = {
      ...standInOptions(SIM, flags(1)),
      makeLab: () => {
        made++;
        return new SimLab();
      },
    };
    const comparison = await compareScenario(crash(1), {
      simulated: refusing,
      real: counting,
    });
    expect(comparison.skipped).toBe('it is not for this world');
    expect(made).toBe(0);
    expect(exitCodeOf([comparison])).toBe(5);
  });

  it('reports a table, and every sample as JSON', async () => {
    const comparison = await compare(crash(2));
    const table = comparisonTable(comparison).join('\n');
    expect(table).toMatch(/^master-crash advert=100ms · halab · mdi 360\.9 ms\n/);
    expect(table).toMatch(/\n {2}detection +2\/2 +\S+ ms +\S+ ms +0 us +0\.00 % +0\.00 \(1\.00\)/);
    expect(table).toContain('roles: 100 % of the real repeats went as simulated ones did');
    const json = JSON.parse(comparisonJson([comparison], { seed: 1, machine: { cpus: 2 } }));
    expect(json).toMatchObject({ schema: 'halab.compare/1', seed: 1, machine: { cpus: 2 } });
    expect(json.scenarios[0].real.samples.detection_us).toHaveLength(2);
    expect(json.scenarios[0].simulated.traces[0][0]).toMatchObject({
      router: 'gw2 web',
      to: 'MASTER',
    });
  });
});

describe('the simulator as a model of another engine', () => {
  const standIn = async (scenario: Scenario) => {
    const { result, environment } = await runScenario(scenario, [], standInOptions(SIM, flags(1)));
    return { result, environment };
  };

  it('does not apply to a run: a run still reports that it cannot', async () => {
    const { result } = await runScenario(crash(1, 'keepalived'), [], cellOptions(SIM, flags(1)));
    expect(result).toMatchObject({
      status: 'skipped',
      reason: 'gw1: the simulator cannot run keepalived; gw2: the simulator cannot run keepalived',
    });
  });

  it.each(['keepalived', 'frr'] as const)(
    'follows the rules of %s, and reports them',
    async (engine) => {
      const { result, environment } = await standIn(crash(2, engine));
      expect(result.status).toBe('passed');
      expect(environment.profile).toBe(engine);
    },
  );

  it('passes a scenario for one engine: FRR does not answer a losing advert', async () => {
    const { result } = await standIn(cell('losing-advert-frr', { engine: 'frr' }));
    expect(result.status).toBe('passed');
    const ours = await standIn(cell('losing-advert-frr', { engine: 'halab' }));
    expect(ours.result.status).toBe('failed');
  });

  it('computes the skew of FRR in whole centiseconds', async () => {
    const overheads = async (engine?: 'frr'): Promise<Micros[]> => {
      const { result } = await standIn(crash(5, engine));
      return result.repeats.flatMap(({ metrics }) => metrics.overhead ?? []);
    };
    // Priority 100 at 100 ms: a skew of 60.9 ms, and FRR waits 60.
    for (const overhead of await overheads('frr')) expect(overhead).toBeLessThan(1_000);
    for (const overhead of await overheads()) expect(overhead).toBeGreaterThan(0);
    expect(Math.min(...(await overheads('frr')))).toBeLessThan(0);
  });
});
