/** Faults of a scenario that a backend, or an engine of its nodes, cannot have: the cell is skipped. */
import type { Refusals } from '../fault/capability.ts';
import { definitionOf } from '../fault/faults.ts';
import type { Backend } from '../lab/lab.ts';
import type { Scenario } from '../scenario/scenario.ts';

export function cannotInject(
  { steps, topology }: Scenario,
  backend: Backend,
  refusals: Refusals,
): string[] {
  const where =
    backend === 'sim' ? 'does not exist in the simulator' : 'exists in the simulator only';
  const reasons = steps.flatMap(({ fault }) => {
    if (fault === undefined) return [];
    const why = refusals(fault.kind);
    const engines = definitionOf(fault.kind).unsupported?.(fault, topology) ?? [];
    return why === undefined ? engines : [`${fault.kind} ${where}: ${why}`, ...engines];
  });
  return [...new Set(reasons)];
}
