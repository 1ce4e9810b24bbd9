/** The faults that may still occur, as one number: five fields of four bits, each with a guard bit above it. */

export interface Budgets {
  /** Adverts that one receiver may miss. */
  readonly losses: number;
  /** SIGKILLs. */
  readonly crashes: number;
  /** SIGTERMs: priority 0 is sent. */
  readonly stops: number;
  /** Starts of a router that is down. */
  readonly restarts: number;
  /** Timers that fire one tick late. */
  readonly jitter: number;
}

export const MOST_BUDGET = 15;

const FIELDS = ['losses', 'crashes', 'stops', 'restarts', 'jitter'] as const;
const BITS = 5;
/** The guard bits. */
const GUARDS = FIELDS.reduce((sum, _, i) => sum | (16 << (i * BITS)), 0);

export function packBudgets(budgets: Partial<Budgets>): number {
  return FIELDS.reduce((sum, field, i) => sum | ((budgets[field] ?? 0) << (i * BITS)), 0);
}

const RESTARTS = FIELDS.indexOf('restarts');

export function restartsIn(packed: number): number {
  return (packed >> (RESTARTS * BITS)) & MOST_BUDGET;
}

/** The budgets after `cost`; -1: one of the fields does not suffice. */
export function spend(packed: number, cost: number): number {
  // A field that borrows takes it from its own guard, not from its neighbour.
  const left = (packed | GUARDS) - cost;
  return (left & GUARDS) === GUARDS ? left ^ GUARDS : -1;
}
