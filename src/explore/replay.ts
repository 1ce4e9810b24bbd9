/** Replays a counterexample of the past, without a whole run around it. */
import { exactLab } from '../lab/sim/exact-lab.ts';
import { playScenario } from '../run/play.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Simulation } from '../scenario/simulation.ts';
import { caseOfScenario } from './case-of-scenario.ts';

/** Why the scenario does not pass; undefined: it passes. */
export function replayFailure(scenario: Scenario, simulation: Simulation): string | undefined {
  const reading = caseOfScenario(scenario, simulation);
  if (reading.problems !== undefined) return reading.problems.join('; ');
  const { play } = exactLab(reading.case);
  const { status, verdicts } = playScenario(scenario, simulation, play);
  return status === 'passed' ? undefined : (verdicts.find(({ ok }) => !ok)?.because ?? '');
}
