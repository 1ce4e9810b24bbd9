/** Faults of the lab's check scripts. */
import type { ScriptFault } from '../../fault/script.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { until } from '../wait.ts';
import { type Actions, MET_MS } from './actions.ts';

const commanded: Actions<ScriptFault> = {
  apply: async ({ fault, at }, { scripts }) => {
    const { script } = fault;
    if (!scripts.has(script)) return { ok: false, error: `no check script ${script} runs here` };
    await until(at);
    scripts.apply(fault);
    return { ok: true, at: monotonicNow() };
  },
  met: ({ fault: { script } }, { scripts }) => ({
    count: () => (scripts.met(script) ? 1 : 0),
    evidence: () => `a run of ${script} obeyed`,
    missing: `${script} did not run within ${MET_MS / 1_000} s`,
    everyMs: 20,
  }),
  undo: ({ fault }, { scripts }) => {
    scripts.lift(fault.script);
    return { ok: true };
  },
};

export const SCRIPT_FAULTS = {
  'check-script.fail': commanded,
  'check-script.hang': commanded,
  'check-script.slow': commanded,
};
