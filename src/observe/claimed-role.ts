/**
 * What the word of an engine for its state means. keepalived has six words for states and three for events in its notify
 * FIFO (2.0.20 to 2.4.3), and `{UNKNOWN}` for the rest; 1.x had two more; halab has its INIT; FRR has its own three.
 */
import type { Role } from './election.ts';

/**
 * DOWN: it takes part no longer, by its own decision. `same`: told of an event that changes no state. `unknown`: the
 * word says nothing, so nothing that the router said before holds any more: its addresses count.
 */
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
  // A router in FAULT says so, too.
  BACKUP_PRIORITY: 'same',
  // On the way there.
  GOTO_MASTER: 'BACKUP',
  GOTO_FAULT: 'FAULT',
  INITIALIZE: 'DOWN',
};

export function claimedRole(word: string): ClaimedRole {
  const key = word.toUpperCase();
  return Object.hasOwn(MEANING, key) ? (MEANING[key] ?? 'unknown') : 'unknown';
}
