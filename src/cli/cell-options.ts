/** What the runner is told about a backend, for `run` and `compare`. */
import { cannotRun, leftOut, planOf, standInPlanOf } from '../lab/plan.ts';
import { cannotInject } from '../run/cannot-inject.ts';
import type { LeftOut } from '../run/left-out.ts';
import type { RunOptions } from '../run/run.ts';
import type { Topology } from '../topology/topology.ts';
import type { BackendChoice } from './backend.ts';

/** What the verb and its flags decide. */
export type CellFlags = Pick<
  RunOptions,
  'seed' | 'keep' | 'evidence' | 'reproduce' | 'listener' | 'interrupted'
>;

export function cellOptions(backend: BackendChoice, flags: CellFlags): RunOptions {
  return {
    ...flags,
    leftOut: ({ topology }) => [
      ...(backend.name === 'sim' ? withoutVmacs(topology) : []),
      ...leftOut(topology, backend.kernel),
    ],
    cannotRun: (scenario) => [
      ...(backend.name === 'sim' ? notSimulated(scenario.topology) : []),
      ...cannotRun(scenario.topology, backend.kernel),
      ...cannotInject(scenario, backend.name),
    ],
    makeLab: backend.makeLab,
    makePlan: (scenario, sinks) => planOf(scenario.topology, { runId: backend.runId(), ...sinks }),
    wallClock: backend.wallClock,
  };
}

/**
 * The simulator as a model of other engines: their rules and their lateness on halab's engine. Only where its
 * word is held against theirs; a run must not pretend. `real`: where that happens, what the model may do there.
 */
export function standInOptions(
  simulator: BackendChoice,
  real: BackendChoice,
  flags: CellFlags,
): RunOptions {
  return {
    ...cellOptions({ ...simulator, kernel: real.kernel }, flags),
    cannotRun: (scenario) => [
      ...(scenario.simulation === undefined ? [] : [EXACT]),
      ...ownConfigs(scenario.topology),
      ...cannotRun(scenario.topology, real.kernel),
      ...cannotInject(scenario, real.name),
    ],
    makePlan: (scenario, sinks) =>
      standInPlanOf(scenario.topology, { runId: simulator.runId(), ...sinks }),
  };
}

const EXACT =
  'it says what the network draws (simulation:), which a real one does not: replay it with halab run --backend sim';

const NO_VMAC = 'the simulator has no virtual interfaces (use_vmac)';

/** The simulator hosts halab's engine, and nothing pretends to be another. */
function notSimulated(topology: Topology): string[] {
  const others = topology.nodes.filter(
    ({ role, engine, config }) => role === 'router' && engine !== 'halab' && config === undefined,
  );
  return [
    ...others.map(({ name, engine }) => `${name}: the simulator cannot run ${engine}`),
    ...ownConfigs(topology),
    ...topology.virtualRouters
      .filter(({ useVmac }) => useVmac === true)
      .map(({ name }) => `${name}: ${NO_VMAC}`),
  ];
}

/** Those that may be left out; the others skip their cell. */
function withoutVmacs({ virtualRouters }: Topology): LeftOut[] {
  return virtualRouters
    .filter(({ useVmac, unsupported }) => useVmac === true && unsupported === 'leave-out')
    .map(({ name }) => ({ router: name, reason: `${name}: ${NO_VMAC}` }));
}

function ownConfigs({ nodes }: Topology): string[] {
  return nodes
    .filter(({ role, config }) => role === 'router' && config !== undefined)
    .map(({ name }) => `${name}: the simulator does not read a keepalived.conf of your own`);
}
