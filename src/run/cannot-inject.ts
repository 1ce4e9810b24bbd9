/** Faults of a scenario that a backend, or an engine of its nodes, cannot have: the cell is skipped. */
import { FAULTS } from '../fault/fault.ts';
import { KINDS } from '../kind/kinds.ts';
import type { Backend } from '../lab/lab.ts';
import type { FaultStep, Scenario } from '../scenario/scenario.ts';
import type { Topology } from '../topology/topology.ts';

export function cannotInject({ steps, topology }: Scenario, backend: Backend): string[] {
  const faults = steps.flatMap(({ fault }) => fault ?? []);
  const simulated = faults.flatMap(({ kind }) => {
    const why = FAULTS[kind].simulatedOnly;
    return backend === 'sim' || why === undefined
      ? []
      : [`${kind} exists in the simulator only: ${why}`];
  });
  const engines = faults.flatMap((fault) =>
    fault.reload === undefined ? [] : deaf(fault, topology),
  );
  return [...new Set([...simulated, ...engines])];
}

/** Whom the target may name and who reads its file but once. */
function deaf({ target }: FaultStep, { nodes }: Topology): string[] {
  return nodes
    .filter(
      ({ role, name }) => role === 'router' && (target.kind !== 'node' || target.name === name),
    )
    .filter(({ engine }) => !KINDS[engine].rereads)
    .map(({ name, engine }) => `${name}: ${engine} cannot read another priority at SIGHUP`);
}
