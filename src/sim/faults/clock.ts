/** Faults of the clock of a simulated node. */
import type { ClockFault } from '../../fault/clock.ts';
import { type Actions, OFF } from './actions.ts';

export const CLOCK_FAULTS = {
  'clock.step': {
    apply: (_, { kernel }) =>
      kernel.up ? { evidence: 'the wall clock was set; no timer of the router counts by it' } : OFF,
  } satisfies Actions<ClockFault>,
};
