/**
 * The mutation score measures how many wrong engines the lab finds: `npm run mutants` builds each
 * and searches it with `halab explore` and `halab check`; unit tests must fail where no election reaches the line.
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
