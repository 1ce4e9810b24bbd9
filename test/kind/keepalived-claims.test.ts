import { expect, it } from 'vitest';
import { claimOf } from '../../src/kind/keepalived-claims.ts';

const STAMP = 'Wed Nov 25 01:39:20 2026: ';

it.each([
  [
    'notify',
    'INSTANCE "web" MASTER 100',
    { kind: 'state', instance: 'web', state: 'MASTER', reason: 'notify', detail: 'priority 100' },
  ],
  ...['STOP', 'DELETED', 'FAULT', 'BACKUP', 'MASTER_RX_LOWER_PRI', '{UNKNOWN}', 'a-later-word'].map(
    (state): [string, string, object] => [
      'notify',
      `INSTANCE "web" ${state} 0`,
      { kind: 'state', instance: 'web', state, reason: 'notify', detail: 'priority 0' },
    ],
  ),
  [
    'notify',
    'INSTANCE "web" MASTER_PRIORITY 90',
    { kind: 'priority', instance: 'web', priority: 90 },
  ],
  [
    'notify',
    'INSTANCE "web" BACKUP_PRIORITY 80',
    { kind: 'priority', instance: 'web', priority: 80 },
  ],
  ['notify', 'GROUP "pair" STOP 0', undefined],
  [
    'notify',
    'RS [10.0.0.21]:tcp:80 [10.0.0.1]:tcp:80 DOWN',
    {
      kind: 'server',
      virtualServer: '[10.0.0.1]:tcp:80',
      address: '10.0.0.21',
      port: 80,
      up: false,
      detail: 'notify',
    },
  ],
  [
    'notify',
    'VS [10.0.0.1]:tcp:80 UP',
    { kind: 'quorum', virtualServer: '[10.0.0.1]:tcp:80', up: true },
  ],
  ['notify', 'GROUP "pair" MASTER 0', undefined],
  ['router', `${STAMP}VRRP_Script(s) succeeded`, { kind: 'script', script: 's', up: true }],
  [
    'router',
    `${STAMP}VRRP_Script(s) failed (exited with status 1)`,
    { kind: 'script', script: 's', up: false },
  ],
  ['router', `${STAMP}VRRP_Script(s) timed_out`, { kind: 'script', script: 's', up: false }],
  ['router', `${STAMP}Script \`s\` now returning 1`, undefined],
  [
    'router',
    `${STAMP}(web) Changing effective priority from 150 to 90`,
    { kind: 'priority', instance: 'web', priority: 90 },
  ],
])('%s: %s', (process, text, claim) => {
  expect(claimOf(process, text)).toEqual(claim);
});
