/** Runs a topology in the simulator the way the runner does, for tests of the world itself. */
import type { Fault } from '../../src/fault/fault.ts';
import { planOf } from '../../src/lab/plan.ts';
import { SimLab } from '../../src/lab/sim-lab.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { type Instant, plus, seconds } from '../../src/time.ts';
import type { Topology } from '../../src/topology/topology.ts';

export interface SimRun {
  readonly lab: SimLab;
  readonly timeline: Timeline;
  readonly events: readonly LabEvent[];
  /** Lets virtual time pass. */
  pass(secondsToPass: number): Promise<void>;
  /** Injects at once; throws if there was no effect. */
  strike(id: string, fault: Fault): Promise<Instant>;
  /** Who holds the first virtual router's address. */
  owners(): string[];
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
    timeline,
    events,
    pass: async (secondsToPass) => {
      await lab.clock.runUntil(plus(lab.clock.now(), seconds(secondsToPass)));
    },
    strike: async (id, fault) => {
      const result = await lab.inject({ id, fault }, lab.clock.now());
      if (!result.ok) throw new Error(result.because);
      return result.at as Instant;
    },
    owners: () =>
      topology.virtualRouters.slice(0, 1).flatMap((router) => timeline.ownership.holders(router)),
  };
}
