import { expect, it } from 'vitest';
import { judgeStep } from '../../src/assert/assertions.ts';
import type { StepView } from '../../src/assert/step-view.ts';
import { ip, type Mac } from '../../src/net/address.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, micros, seconds } from '../../src/time.ts';

import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const MAC = '02:00:00:00:00:01' as Mac;

/** gw1 sends an advert every 100 ms from 0 on; both hold the address. */
function view(now: number, since = 0): StepView {
  const timeline = new Timeline(topology);
  for (const node of ['gw1', 'gw2']) {
    const base = { at: instant(0), source: 'kernel', node } as const;
    timeline.add({
      ...base,
      kind: 'node-up',
      interfaces: [{ name: 'lan', network: 'lan', mac: MAC, addresses: [] }],
    });
    timeline.add({ ...base, kind: 'link', interface: 'lan', mac: MAC, up: true });
    timeline.add({
      ...base,
      kind: 'address-added',
      interface: 'lan',
      address: ip('10.0.0.100'),
      length: 24,
    });
  }
  for (let at = 0; at <= now; at += 100_000)
    timeline.add({
      kind: 'advert',
      at: instant(at),
      source: 'tap',
      node: 'gw1',
      segment: 'lan',
      sender: ip('10.0.0.1'),
      mac: MAC,
      version: 3,
      family: 4,
      vrid: 51,
      priority: 150,
      interval: micros(100_000),
      addresses: [ip('10.0.0.100')],
    });
  return {
    timeline,
    topology,
    now: instant(now),
    stepFrom: instant(since),
    barrierFrom: instant(since),
    since: instant(since),
  };
}

const adverts = (at_least: number | undefined, at_most: number | undefined, from = 'gw1') =>
  ({ kind: 'adverts', of: 'web', from, for: seconds(1), at_least, at_most }) as const;

it.each([
  [adverts(11, undefined), true],
  [adverts(12, undefined), false],
  [adverts(undefined, 11), true],
  [adverts(undefined, 10), false],
  [adverts(1, undefined, 'gw2'), false],
  [adverts(undefined, 0, 'gw2'), true],
])('adverts are counted for the given time: %o', (assertion, ok) => {
  expect(judgeStep(assertion, view(3_000_000)).ok).toBe(ok);
});

it('adverts are judged after the time is over and the tap has reported', () => {
  const early = judgeStep(adverts(undefined, 100), view(1_100_000));
  expect([early.ok, early.retryAt]).toEqual([false, 1_550_000]);
});

it.each([
  [['gw1', 'gw2'], true],
  ['gw1', false],
  ['none', false],
  [['gw1', 'client'], false],
])('owner is %o if both nodes hold the address: %s', (is, ok) => {
  expect(judgeStep({ kind: 'owner', of: 'web', is }, view(1_000_000)).ok).toBe(ok);
});

it.each([
  [['BACKUP', 'MASTER'], 'MASTER', true],
  [['MASTER', 'MASTER_RX_LOWER_PRI'], 'MASTER', true],
  [['MASTER', 'Backup'], 'MASTER', false],
  [['{UNKNOWN}'], 'FAULT', false],
  [[], 'BACKUP', false],
] as const)('the role after the reports %o is %s: %s', (states, is, ok) => {
  const seen = view(1_000_000);
  for (const [i, state] of states.entries())
    seen.timeline.add({
      kind: 'state',
      at: instant(i),
      source: 'engine',
      node: 'gw2',
      instance: 'web',
      state,
      reason: 'notify',
      detail: '',
    });
  expect(judgeStep({ kind: 'role', of: 'web', on: 'gw2', is }, seen).ok).toBe(ok);
});

it.each([
  [0, 1, 1_400_000, 'fails'],
  [1, 1, 1_400_000, 'passes'],
  [2, 3, 1_400_000, 'fails'],
  [1, 0, 1_200_000, 'waits'],
] as const)('loss of at most %i: %i packets are lost, at %i us it %s', (most, lost, now, says) => {
  const seen = view(now);
  for (let sequence = 0; sequence < 20; sequence++) {
    const about = { source: 'agent', probe: 'vip', sequence } as const;
    const at = sequence * 100_000;
    seen.timeline.add({ ...about, kind: 'probe-request', at: instant(at), node: 'client' });
    if (sequence >= lost)
      seen.timeline.add({ ...about, kind: 'probe-reply', at: instant(at + 200), node: 'gw1' });
  }
  const length = { for: seconds(1), at_most: most };
  const { ok, retryAt } = judgeStep({ kind: 'loss', probe: 'vip', ...length }, seen);
  expect(ok ? 'passes' : retryAt === undefined ? 'fails' : 'waits').toBe(says);
});
