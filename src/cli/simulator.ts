/** The simulator as a backend: the choice between its two labs, and its limits. */
import { type CaseReading, caseOfScenario } from '../explore/case-of-scenario.ts';
import { refusalsOf } from '../fault/capability.ts';
import type { NodeKernel } from '../kind/kind.ts';
import { cannotRun, leftOut } from '../lab/plan.ts';
import { exactLab } from '../lab/sim/exact-lab.ts';
import { SimLab } from '../lab/sim/sim-lab.ts';
import { cannotInject } from '../run/cannot-inject.ts';
import type { LeftOut } from '../run/left-out.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { SIM_FAULTS } from '../sim/faults/faults.ts';
import { micros } from '../time.ts';
import type { Topology } from '../topology/topology.ts';
import type { BackendChoice } from './backend-choice.ts';

const refusals = refusalsOf(SIM_FAULTS);

const NO_VMAC = 'the simulator has no virtual interfaces (use_vmac)';

/** Virtual time: no wall clock, and a run id that is the same every time. `kernel`: what it stands in for [its own]. */
export function simulator(reason: string, kernel: NodeKernel = { ipvs: false }): BackendChoice {
  return {
    name: 'sim',
    reason,
    refusals,
    kernel,
    makeLab: (scenario) => {
      const whole = exactCase(scenario)?.case;
      return whole === undefined ? new SimLab() : exactLab(whole);
    },
    leftOut: ({ topology, simulation }) =>
      simulation === undefined ? [...withoutVmacs(topology), ...leftOut(topology, kernel)] : [],
    cannotRun: (scenario) => {
      const exact = exactCase(scenario);
      if (exact?.problems !== undefined)
        return [`the exact simulator cannot replay it: ${exact.problems.join('; ')}`];
      if (exact !== undefined) return [];
      return [
        ...notSimulated(scenario.topology),
        ...cannotRun(scenario.topology, kernel),
        ...cannotInject(scenario, 'sim', refusals),
      ];
    },
    runId: () => '0000000sim',
    wallClock: () => ({ elapsed: micros(0), epoch: 0 }),
  };
}

/** The case of a scenario with `simulation:`, or why the exact simulator cannot play it. */
function exactCase(scenario: Scenario): CaseReading | undefined {
  const { simulation } = scenario;
  return simulation === undefined ? undefined : caseOfScenario(scenario, simulation);
}

/** The simulator hosts halab's engine and does not pretend to be another. */
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

export function ownConfigs({ nodes }: Topology): string[] {
  return nodes
    .filter(({ role, config }) => role === 'router' && config !== undefined)
    .map(({ name }) => `${name}: the simulator does not read a keepalived.conf of your own`);
}
