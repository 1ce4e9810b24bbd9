/** The choices behind the numbers of a draft. Their order is part of a draft's meaning. */

/** The plainest first; elections go wrong at equal, adjacent and extreme priorities. */
export const PRIORITIES = [100, 101, 200, 150, 254, 253, 1, 2, 99, 50, 255] as const;
/** Of a case; 10 ms to 40.95 s. */
export const INTERVALS = [
  1_000_000, 100_000, 1_000_000, 10_000, 2_000_000, 20_000, 40_950_000,
] as const;
/** Of one router, as a multiple of the case's interval. */
export const SLOWER = [1, 2, 3, 10, 40] as const;
export const MOST_INTERVAL = 40_950_000;
export const MOST_INTERVAL_2 = 255_000_000;
/** keepalived's most. */
export const MOST_PREEMPT_DELAY = 1_000_000_000;
/** rfc3768 counts in seconds. */
export const VERSION_2_INTERVALS = [1, 2, 1, 3, 10, 1, 255] as const;
export const PREEMPT_DELAYS = [0, 2, 5] as const;
export const STARTS = [0, 0, 0.1, 1, 3.2, 5] as const;
export const CLOCKS = [0, 0, 100, -100, 1_000, -1_000] as const;
/** Least and most delay in thousandths of the interval. */
export const DELAYS = [
  [1, 1],
  [1, 3],
  [0, 5],
  [0, 10],
  [5, 25],
] as const;
export const LATENESS = [0, 0.5, 2, 5] as const;
export const LOSSES = [0, 0, 10, 100, 300] as const;
export const BURSTS = [1, 1, 2, 4] as const;
export const COPIES = [0, 0, 50, 300] as const;
/** Start after the previous fault, and duration, in intervals: near one, near the down interval and its edges. */
export const AFTER = [0, 0.1, 0.5, 1, 2, 3, 3.3, 4, 5, 8, 12] as const;
export const LASTS = [0.3, 1, 2, 2.5, 2.9, 3, 3.2, 3.5, 4, 5, 8, 12] as const;
/** Distances from an edge, in units of the network's slowest delivery. */
export const OFFSETS = [0, 1, -1, 2, -2, 0.5, -0.5] as const;
/** Of the announcements, in intervals. */
export const REFRESHES = [1, 2.5, 7] as const;
export const WEIGHTS = [0, -60, 60, -2, 2] as const;

export const LIMITS = {
  priorities: PRIORITIES.length - 1,
  intervals: INTERVALS.length - 1,
  slower: SLOWER.length - 1,
  preemptDelays: PREEMPT_DELAYS.length - 1,
  starts: STARTS.length - 1,
  clocks: CLOCKS.length - 1,
  delays: DELAYS.length - 1,
  lateness: LATENESS.length - 1,
  losses: LOSSES.length - 1,
  bursts: BURSTS.length - 1,
  copies: COPIES.length - 1,
  after: AFTER.length - 1,
  lasts: LASTS.length - 1,
  offsets: OFFSETS.length - 1,
  checks: WEIGHTS.length,
  refreshes: REFRESHES.length,
} as const;
