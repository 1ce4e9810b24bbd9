import { expect, it } from 'vitest';
import { ip, type Mac } from '../../src/net/address.ts';
import { announcements, announcementsOf } from '../../src/observe/announcements.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, micros } from '../../src/time.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const [router] = topology.virtualRouters;
const address = router?.addresses[0]?.address ?? ip('0.0.0.0');
const segment = router?.network ?? '';
const VIRTUAL = '00:00:5e:00:01:33' as Mac;
const OWN = '02:00:00:00:00:02' as Mac;
const MS = 1_000;

/** Events as [ms, what, node]; the tap always attributes an announcement to gw1, the old owner. */
function timeline(...rows: readonly (readonly [number, string, string])[]): Timeline {
  const line = new Timeline(topology);
  for (const [ms, what, node] of rows) line.add(event(ms, what, node));
  return line;
}

function event(ms: number, what: string, node: string): LabEvent {
  const about = { at: instant(ms * MS), node } as const;
  if (what === 'gains' || what === 'loses') {
    const kind = what === 'gains' ? 'address-added' : 'address-removed';
    return { kind, ...about, source: 'kernel', interface: segment, address, length: 24 };
  }
  const tap = { ...about, source: 'tap', segment } as const;
  if (what === 'announces from its own MAC') return { kind: 'garp', ...tap, address, mac: OWN };
  if (what === 'announces') return { kind: 'garp', ...tap, node: 'gw1', address, mac: VIRTUAL };
  return {
    kind: 'advert',
    ...tap,
    mac: VIRTUAL,
    sender: ip('10.0.0.1'),
    version: 3,
    family: 4,
    vrid: 51,
    priority: 100,
    interval: micros(1_000_000),
    addresses: [address],
  };
}

it.each([
  [
    'the sender of the adverts before and after',
    'gw1',
    [
      [0, 'advert', 'gw1'],
      [100, 'advert', 'gw1'],
    ],
  ],
  ['the first sender of adverts after it', 'gw2', [[60, 'advert', 'gw2']]],
  [
    'the new owner, before its first advert',
    'gw2',
    [
      [0, 'advert', 'gw1'],
      [1, 'loses', 'gw1'],
      [51, 'gains', 'gw2'],
      [52, 'advert', 'gw2'],
    ],
  ],
  [
    'the new owner, before its first advert',
    'gw2',
    [
      [0, 'gains', 'gw1'],
      [0, 'advert', 'gw1'],
      [1, 'loses', 'gw1'],
      [49, 'gains', 'gw2'],
    ],
  ],
  [
    'the old owner, that still has the address',
    'gw1',
    [
      [0, 'gains', 'gw1'],
      [0, 'advert', 'gw1'],
      [200, 'gains', 'gw2'],
      [201, 'advert', 'gw2'],
    ],
  ],
  [
    'the nearer one, if both have the address',
    'gw2',
    [
      [0, 'gains', 'gw1'],
      [0, 'advert', 'gw1'],
      [49, 'gains', 'gw2'],
      [51, 'advert', 'gw2'],
    ],
  ],
] as const)('an announcement from a virtual MAC belongs to %s', (_, node, others) => {
  const line = timeline(...others, [50, 'announces', '']);
  expect(announcements(line).map((event) => event.node)).toEqual([node]);
  expect(announcementsOf(line, node, instant(0))).toHaveLength(1);
  expect(announcementsOf(line, node === 'gw1' ? 'gw2' : 'gw1', instant(0))).toEqual([]);
});

it('an announcement from the MAC of an interface belongs to its node, whichever node has the address', () => {
  const line = timeline(
    [0, 'gains', 'gw1'],
    [0, 'advert', 'gw1'],
    [5, 'announces from its own MAC', 'gw2'],
  );
  expect(announcements(line).map((event) => event.node)).toEqual(['gw2']);
});
