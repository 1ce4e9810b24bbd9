/** Faults of a node's clock. */
export const CLOCK_FAULTS = {
  'clock.step': { cannot: 'its nodes share the wall clock of their host' },
};
