/** Packet filters of a simulated node: a fault that becomes a rule. */
import { cutsPath } from '../../fault/path.ts';
import type { FilterFault } from '../filters.ts';
import { type Actions, OFF } from './actions.ts';

export function filterActions<F extends FilterFault>(evidence: (fault: F) => string): Actions<F> {
  return {
    apply: ({ id, fault }, { kernel }) => {
      if (!kernel.up && !cutsPath(fault)) return OFF;
      kernel.filters.add(id, fault);
      return { evidence: evidence(fault) };
    },
    met:
      ({ id }, { kernel }) =>
      () =>
        kernel.filters.count(id),
    undo: ({ id }, { kernel }) => kernel.filters.remove(id),
  };
}
