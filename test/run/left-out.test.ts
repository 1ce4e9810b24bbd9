import { describe, expect, it } from 'vitest';
import { cannotRun, leftOut } from '../../src/lab/plan.ts';
import { withoutRouters } from '../../src/run/left-out.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { loadScenario, NO_OVERRIDES } from '../../src/scenario/scenario-file.ts';

function cell(name: string, matrix: Record<string, string> = {}): Scenario {
  const [scenario] = loadScenario(`scenarios/${name}.yaml`, { ...NO_OVERRIDES, matrix }).scenarios;
  if (scenario === undefined) throw new Error('no such cell');
  return scenario;
}

const expectations = (scenario: Scenario): number =>
  scenario.invariants.length +
  scenario.expect.length +
  scenario.steps.flatMap(({ expect: all }) => all).length;

describe('virtual routers that an engine of the cell cannot run', () => {
  it('are left out with the reason if the topology allows it', () => {
    const whole = cell('interop', { master: 'frr', backup: 'halab' });
    const left = leftOut(whole.topology, { ipvs: false });
    expect(left.map(({ router }) => router)).toEqual(['pass', 'ah']);
    for (const { reason } of left) expect(reason).toContain('lb1: frr cannot authenticate');
    const { scenario, skipped, reasons } = withoutRouters(whole, left);
    expect(reasons).toEqual([]);
    expect(cannotRun(scenario.topology, { ipvs: false })).toEqual([]);
    expect(scenario.topology.virtualRouters.map(({ name }) => name)).toEqual([
      'two',
      'three',
      'six',
    ]);
    expect(scenario.topology.probes.map(({ name }) => name)).toEqual([
      'two-udp',
      'three-udp',
      'six-udp',
      'noise',
    ]);
    // Each expectation is either judged or reported.
    expect(expectations(scenario) + skipped.length).toBe(expectations(whole));
    expect(skipped.filter(({ step }) => step === 'The master crashes').length).toBe(6);
    for (const { text } of skipped) expect(text).toMatch(/(pass|ah)(-udp)?[ ,]/);
  });

  it('leave every other pair complete', () => {
    const whole = cell('interop', { master: 'keepalived', backup: 'halab' });
    expect(leftOut(whole.topology, { ipvs: false })).toEqual([]);
    expect(withoutRouters(whole, [])).toEqual({ scenario: whole, skipped: [], reasons: [] });
  });

  it('skip the whole cell unless the topology has `leave-out`', () => {
    const { topology } = cell('interop', { master: 'frr', backup: 'halab' });
    const strict = topology.virtualRouters.map((router) => ({
      ...router,
      unsupported: 'skip-cell' as const,
    }));
    expect(leftOut({ ...topology, virtualRouters: strict }, { ipvs: false })).toEqual([]);
    expect(cannotRun({ ...topology, virtualRouters: strict }, { ipvs: false })).not.toEqual([]);
  });

  it('skip the cell if no virtual router is left, or if a fault targets one of them', () => {
    const whole = cell('master-crash');
    const reason = 'gw1: it cannot';
    expect(withoutRouters(whole, [{ router: 'web', reason }]).reasons).toEqual([reason]);
    const [web] = whole.topology.virtualRouters;
    if (web === undefined) throw new Error('no virtual router');
    const topology = { ...whole.topology, virtualRouters: [web, { ...web, name: 'other' }] };
    expect(withoutRouters({ ...whole, topology }, [{ router: 'web', reason }]).reasons).toEqual([
      `node.kill strikes at "web": ${reason}`,
    ]);
  });

  it('also drop expectations that default to the first virtual router', () => {
    const whole = cell('master-crash');
    const [web] = whole.topology.virtualRouters;
    if (web === undefined) throw new Error('no virtual router');
    const topology = { ...whole.topology, virtualRouters: [web, { ...web, name: 'other' }] };
    const { scenario } = withoutRouters({ ...whole, topology }, [{ router: 'web', reason: 'no' }]);
    expect(scenario.expect).toEqual([]);
    // Expectations about all virtual routers stay.
    expect(
      scenario.steps.flatMap(({ expect: all }) =>
        all.map((expectation) => expectation.assertion.kind),
      ),
    ).toEqual(['steady-state']);
  });
});
