/** The properties of a backend that the runner needs, for `run` and `compare`. */
import { cannotRun as lacking, planOf, standInPlanOf } from '../lab/plan.ts';
import { cannotInject } from '../run/cannot-inject.ts';
import type { BackendOptions, RunOptions } from '../run/run.ts';
import type { BackendChoice } from './backend-choice.ts';
import { ownConfigs, simulator } from './simulator.ts';

/** Settings from the command and its flags. */
export type CellFlags = Omit<RunOptions, keyof BackendOptions | 'makePlan'>;

export function cellOptions(backend: BackendChoice, flags: CellFlags): RunOptions {
  return {
    ...backend,
    ...flags,
    makePlan: (scenario, sinks) => planOf(scenario.topology, { runId: backend.runId(), ...sinks }),
  };
}

/**
 * The simulator as a model of other engines: their rules and their lateness on halab's engine. Only for a comparison
 * with them; a run must not pretend. `real`: the compared backend, which decides the limits of the model.
 */
export function standInOptions(real: BackendChoice, flags: CellFlags): RunOptions {
  const model = simulator('compared', real.kernel);
  return {
    ...cellOptions(model, flags),
    cannotRun: (scenario) => [
      ...(scenario.simulation === undefined ? [] : [EXACT]),
      ...ownConfigs(scenario.topology),
      ...lacking(scenario.topology, real.kernel),
      ...cannotInject(scenario, real.name, real.refusals),
    ],
    makePlan: (scenario, sinks) =>
      standInPlanOf(scenario.topology, { runId: model.runId(), ...sinks }),
  };
}

const EXACT =
  'it says what the network draws (simulation:), which a real one does not: replay it with halab run --backend sim';
