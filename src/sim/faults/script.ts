/** Faults of the lab's check scripts on a simulated node. */
import type { ScriptFault } from '../../fault/script.ts';
import { type Actions, OFF } from './actions.ts';

const commanded: Actions<ScriptFault> = {
  apply: ({ id, fault }, { kernel, scripts }) => {
    if (!kernel.up) return OFF;
    const because = scripts.strike(id, fault);
    return because === undefined ? { evidence: `script ${fault.script} was changed` } : { because };
  },
  met:
    ({ id }, { scripts }) =>
    () =>
      scripts.count(id),
  undo: ({ id }, { scripts }) => scripts.heal(id),
};

export const SCRIPT_FAULTS = {
  'check-script.fail': commanded,
  'check-script.hang': commanded,
  'check-script.slow': commanded,
};
