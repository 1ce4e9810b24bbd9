/** Runs a scenario that is written in a test, on a small topology, as the command line would. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../src/lab/lab.ts';
import { planOf } from '../../src/lab/plan.ts';
import { SimLab } from '../../src/lab/sim/sim-lab.ts';
import { evidencePlace } from '../../src/run/evidence-folder.ts';
import { all, type RunListener } from '../../src/run/listener.ts';
import type { ScenarioResult } from '../../src/run/result.ts';
import { type PlanSinks, runScenario, type ScenarioRun } from '../../src/run/run.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { loadScenario } from '../../src/scenario/scenario-file.ts';
import { micros } from '../../src/time.ts';

/** `rest`: the file without its head and its topology, as YAML. */
export function cellOf(folder: string, topology: string, rest: string): Scenario {
  const file = join(folder, 's.yaml');
  const text = topology.replace(/^/gm, '  ');
  writeFileSync(file, `version: 1\nname: written-here\ntopology:\n${text}\n${rest}`);
  const [scenario] = loadScenario(file).scenarios;
  if (scenario === undefined) throw new Error('no scenario');
  return scenario;
}

export interface CellRun {
  readonly folder: string;
  /** [the simulator] */
  readonly makeLab?: () => Lab;
  readonly runId?: string;
  readonly listener?: RunListener;
  /** Wraps the lab for the runner. */
  readonly onEvent?: (pass: PlanSinks['onEvent']) => PlanSinks['onEvent'];
}

export async function runCell(scenario: Scenario, cell: CellRun): Promise<ScenarioResult> {
  return (await outcomeOf(scenario, cell)).result;
}

/** The same, with all other results. */
export function outcomeOf(scenario: Scenario, cell: CellRun): Promise<ScenarioRun> {
  const { folder, makeLab = () => new SimLab(), runId = 'test', listener = {} } = cell;
  const { onEvent = (pass) => pass } = cell;
  return runScenario(scenario, [], {
    seed: 1,
    keep: false,
    evidence: evidencePlace(folder, new Date(0)),
    leftOut: () => [],
    cannotRun: () => [],
    makeLab,
    makePlan: (scenario, sinks) =>
      planOf(scenario.topology, { runId, ...sinks, onEvent: onEvent(sinks.onEvent) }),
    reproduce: () => 'halab run',
    wallClock: () => ({ elapsed: micros(0), epoch: 0 }),
    listener: all([listener]),
    interrupted: new Promise<never>(() => {}),
  });
}
