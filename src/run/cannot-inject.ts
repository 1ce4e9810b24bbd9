/** Faults of a scenario that a backend, or an engine of its nodes, cannot have: the cell is skipped. */
import { definitionOf, type FaultKind } from '../fault/faults.ts';
import type { Backend } from '../lab/lab.ts';
import type { Scenario } from '../scenario/scenario.ts';

const SIMULATED_ONLY: Partial<Record<FaultKind, string>> = {
  'process.slow': 'a real process cannot be slowed by an exact time',
  'clock.step': 'its nodes share the wall clock of their host',
};

export function cannotInject({ steps, topology }: Scenario, backend: Backend): string[] {
  const faults = steps.flatMap(({ fault }) => fault ?? []);
  const simulated = faults.flatMap(({ kind }) => {
    const why = SIMULATED_ONLY[kind];
    return backend === 'sim' || why === undefined
      ? []
      : [`${kind} exists in the simulator only: ${why}`];
  });
  const engines = faults.flatMap(
    (fault) => definitionOf(fault.kind).unsupported?.(fault, topology) ?? [],
  );
  return [...new Set([...simulated, ...engines])];
}
