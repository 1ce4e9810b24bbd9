import { describe, expect, it } from 'vitest';
import { type ClaimedRole, claimedRole } from '../../src/observe/claimed-role.ts';

describe('the state that an engine reports', () => {
  it.each<[string, string, ClaimedRole]>([
    // The notify FIFO of keepalived 2.0.20 to 2.4.3.
    ['keepalived', 'MASTER', 'MASTER'],
    ['keepalived', 'BACKUP', 'BACKUP'],
    ['keepalived', 'FAULT', 'FAULT'],
    ['keepalived', 'STOP', 'DOWN'],
    ['keepalived', 'DELETED', 'DOWN'],
    ['keepalived', 'MASTER_RX_LOWER_PRI', 'same'],
    ['keepalived', 'MASTER_PRIORITY', 'same'],
    ['keepalived', 'BACKUP_PRIORITY', 'same'],
    ['keepalived', '{UNKNOWN}', 'unknown'],
    // Its dumps, D-Bus, and version 1.x.
    ['keepalived', 'Init', 'DOWN'],
    ['keepalived', 'Unknown', 'unknown'],
    ['keepalived', 'GOTO_MASTER', 'BACKUP'],
    ['keepalived', 'GOTO_FAULT', 'FAULT'],
    ['halab', 'INIT', 'DOWN'],
    ['frr', 'Initialize', 'DOWN'],
    ['frr', 'Backup', 'BACKUP'],
    ['frr', 'Master', 'MASTER'],
    ['a later one', 'STANDBY', 'unknown'],
    ['a name that every object has', 'constructor', 'unknown'],
    ['nothing', '', 'unknown'],
  ])('%s: %s', (_, word, meaning) => {
    expect(claimedRole(word)).toBe(meaning);
  });
});
