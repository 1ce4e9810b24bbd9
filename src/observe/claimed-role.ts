/**
 * The role for an engine's name of its state. keepalived writes six names of states and three of events
 * to its notify FIFO (2.0.20 to 2.4.3), `{UNKNOWN}` for the rest, and 1.x two more; halab has INIT, FRR three names.
 */
import type { Role } from './election.ts';

/** DOWN: it left by its own decision. `same`: no change. `unknown`: earlier claims are void, only its addresses count. */
export type ClaimedRole = Exclude<Role, 'INIT'> | 'same' | 'unknown';

const MEANING: Readonly<Record<string, ClaimedRole>> = {
  MASTER: 'MASTER',
  BACKUP: 'BACKUP',
  FAULT: 'FAULT',
  INIT: 'DOWN',
  STOP: 'DOWN',
  DELETED: 'DOWN',
  MASTER_RX_LOWER_PRI: 'same',
  MASTER_PRIORITY: 'same',
  // Also written in FAULT.
  BACKUP_PRIORITY: 'same',
  // Transitional states of 1.x.
  GOTO_MASTER: 'BACKUP',
  GOTO_FAULT: 'FAULT',
  INITIALIZE: 'DOWN',
};

export function claimedRole(word: string): ClaimedRole {
  const key = word.toUpperCase();
  return Object.hasOwn(MEANING, key) ? (MEANING[key] ?? 'unknown') : 'unknown';
}
