/**
 * What the lab is worth shows in how many wrong engines it tells from a right one: `npm run mutants` builds each
 * and lets `halab explore` and `halab check` look for a violation.
 */
import { ACTIVE_MUTANTS } from './active-mutants.ts';
import { BACKUP_MUTANTS } from './backup-mutants.ts';
import type { Mutant } from './mutant.ts';
import { HEALTH_MUTANTS, STATE_MUTANTS } from './state-mutants.ts';
import { HOSTILE_MUTANTS, TIMER_MUTANTS } from './timer-mutants.ts';

export const MUTANTS: readonly Mutant[] = [
  ...BACKUP_MUTANTS,
  ...TIMER_MUTANTS,
  ...ACTIVE_MUTANTS,
  ...STATE_MUTANTS,
  ...HEALTH_MUTANTS,
  ...HOSTILE_MUTANTS,
];
