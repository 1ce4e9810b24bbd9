/** Runs a topology in the simulator the way the runner does, for tests of the world itself. */
import { planOf } from '../../src/lab/plan.ts';
import { SimLab } from '../../src/lab/sim/sim-lab.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { type Instant, plus, seconds } from '../../src/time.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { type ContractRun, inject } from './contract.ts';

export interface SimRun extends ContractRun {
  readonly lab: SimLab;
  readonly events: readonly LabEvent[];
  /** Lets virtual time pass. */
  pass(secondsToPass: number): Promise<void>;
}

export async function simulate(topology: Topology, seed = 1): Promise<SimRun> {
  const lab = new SimLab();
  const timeline = new Timeline(topology);
  const events: LabEvent[] = [];
  const onEvent = (event: LabEvent): void => {
    events.push(event);
    timeline.add(event);
  };
  const plan = planOf(topology, {
    runId: 'simulation',
    seed,
    progress: () => {},
    onEvent,
    onFrame: () => {},
    onFrameSource: () => {},
  });
  await lab.up(plan);
  return {
    lab,
    topology,
    timeline,
    events,
    pass: async (secondsToPass) => {
      await lab.clock.runUntil(plus(lab.clock.now(), seconds(secondsToPass)));
    },
    until: async (what, condition, within = 15) => {
      if (await lab.clock.runUntil(plus(lab.clock.now(), seconds(within)), condition)) return;
      throw new Error(`${what}: not within ${within} s of virtual time`);
    },
    strike: async (id, fault) => {
      const result = await inject(lab, { id, fault });
      if (!result.ok) throw new Error(result.because);
      return result.at as Instant;
    },
    owners: () =>
      topology.virtualRouters.slice(0, 1).flatMap((router) => timeline.ownership.holders(router)),
  };
}
