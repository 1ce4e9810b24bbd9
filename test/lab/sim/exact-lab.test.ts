import { describe, expect, it } from 'vitest';
import { cellOptions } from '../../../src/cli/cell-options.ts';
import { simulator } from '../../../src/cli/simulator.ts';
import { FAULT_KINDS } from '../../../src/fault/faults.ts';
import { evidencePlace } from '../../../src/run/evidence-folder.ts';
import { all } from '../../../src/run/listener.ts';
import { runScenario, type ScenarioRun } from '../../../src/run/run.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { loadScenario } from '../../../src/scenario/scenario-file.ts';
import { EXACT_FAULTS, exactRefusals, isExact } from '../../../src/sim/election/faults.ts';

function shipped(name: string): Scenario {
  const [scenario] = loadScenario(`scenarios/${name}.yaml`).scenarios;
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}

function run(scenario: Scenario): Promise<ScenarioRun> {
  return runScenario(
    scenario,
    [],
    cellOptions(simulator('test'), {
      seed: 1,
      keep: true,
      evidence: evidencePlace('halab-results/test', new Date(0)),
      reproduce: () => '',
      listener: all([]),
      interrupted: new Promise<never>(() => {}),
    }),
  );
}

describe('the exact simulator as a lab', () => {
  it('runs a scenario with `simulation:` as a whole and judges its invariants', async () => {
    const { result, environment } = await run(shipped('duelling-backups'));
    expect(result).toMatchObject({ status: 'passed', evidence: undefined });
    expect(result.verdicts.length).toBeGreaterThan(0);
    expect(result.verdicts.every(({ text }) => text.startsWith('simulation: '))).toBe(true);
    expect(result.repeats).toHaveLength(1);
    expect(result.elapsed).toBeGreaterThan(0);
    expect(environment.world).toBe('exact simulator');
  });

  it('skips every expectation of a measuring lab with the reason', async () => {
    const whole = shipped('duelling-backups');
    const expectation = shipped('master-crash').steps.flatMap((step) => step.expect)[0];
    if (expectation === undefined) throw new Error('the scenario expects something');
    const { result } = await run({ ...whole, expect: [expectation] });
    const expected =
      [...whole.invariants, ...whole.steps.flatMap((step) => step.expect)].length + 1;
    expect(result.skipped).toHaveLength(expected);
    for (const { reason } of result.skipped)
      expect(reason).toBe('the exact simulator judges its own invariants');
  });

  it('skips a scenario with a fault that it cannot simulate, and names it', async () => {
    const whole = shipped('duelling-backups');
    const steps = shipped('http-500').steps.filter(({ fault }) => fault !== undefined);
    const router = whole.topology.nodes.find(({ role }) => role === 'router')?.name ?? '';
    const foreign = steps.map((step) => ({
      ...step,
      fault: step.fault && { ...step.fault, target: { kind: 'node' as const, name: router } },
    }));
    const { result } = await run({ ...whole, steps: [...whole.steps, ...foreign] as never });
    expect(result.status).toBe('skipped');
    expect(result.reason).toMatch(
      /^the exact simulator cannot replay it: step ".*": it does not simulate service\.status/,
    );
  });

  it('has actions or a reason for every kind of fault', () => {
    for (const kind of FAULT_KINDS) {
      const reason = exactRefusals(kind);
      expect(isExact(kind) ? 'apply' in EXACT_FAULTS[kind] : (reason ?? '') !== '', kind).toBe(
        true,
      );
    }
  });
});
