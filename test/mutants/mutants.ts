/**
 * What the lab is worth shows in how many wrong engines it tells from a right one: `npm run mutants` builds each
 * and lets `halab explore` and `halab check` look for a violation, and unit tests fail where no election comes to it.
 */
import { ACTIVE_MUTANTS } from './active-mutants.ts';
import { ANNOUNCEMENT_MUTANTS } from './announcement-mutants.ts';
import { BACKUP_MUTANTS } from './backup-mutants.ts';
import type { Mutant } from './mutant.ts';
import { AUTHENTICATION_MUTANTS, IPV6_MUTANTS, UNICAST_MUTANTS } from './packet-mutants.ts';
import { RELOAD_MUTANTS, RESIGNATION_MUTANTS } from './reload-mutants.ts';
import { SERVER_MUTANTS } from './server-mutants.ts';
import { HEALTH_MUTANTS, STATE_MUTANTS } from './state-mutants.ts';
import { HOSTILE_MUTANTS, TIMER_MUTANTS } from './timer-mutants.ts';

export const MUTANTS: readonly Mutant[] = [
  ...BACKUP_MUTANTS,
  ...TIMER_MUTANTS,
  ...ACTIVE_MUTANTS,
  ...STATE_MUTANTS,
  ...HEALTH_MUTANTS,
  ...HOSTILE_MUTANTS,
  ...ANNOUNCEMENT_MUTANTS,
  ...RELOAD_MUTANTS,
  ...RESIGNATION_MUTANTS,
  ...IPV6_MUTANTS,
  ...UNICAST_MUTANTS,
  ...AUTHENTICATION_MUTANTS,
  ...SERVER_MUTANTS,
];
