import { expect, it } from 'vitest';
import { advertLateness } from '../../src/assert/timer-lateness.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, milliseconds } from '../../src/time.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const [router] = topology.virtualRouters;

function advert(at: number, node = 'gw1', { priority = 150, vrid = 51 } = {}): LabEvent {
  return {
    kind: 'advert',
    at: instant(at),
    source: 'tap',
    node,
    segment: 'lan',
    sender: '10.0.0.1' as IpAddress,
    mac: '02:00:00:00:00:01' as Mac,
    version: 3,
    family: 4,
    vrid,
    priority,
    interval: milliseconds(100),
    addresses: [],
  };
}

const fault: LabEvent = {
  kind: 'fault',
  at: instant(450_000),
  source: 'lab',
  node: 'gw1',
  id: 'f',
  fault: 'process.pause',
  effects: ['silences', 'promotes', 'deafens'],
  evidence: 'stopped',
};

function latenessOf(events: readonly LabEvent[]): number[] {
  const timeline = new Timeline(topology);
  for (const event of events) timeline.add(event);
  if (router === undefined) throw new Error('there is one');
  return advertLateness(timeline, router, { from: instant(0), to: instant(2_000_000) });
}

it('timer lateness is the gap between two adverts beyond their interval', () => {
  expect(latenessOf([advert(0), advert(100_300), advert(200_100), advert(300_100)])).toEqual([
    300, -200, 0,
  ]);
});

it('timer lateness is not measured across a fault, a change of sender, a resignation or another virtual router', () => {
  expect(latenessOf([advert(400_000), fault, advert(900_000)])).toEqual([]);
  expect(latenessOf([advert(0), advert(50_000, 'gw2'), advert(100_000)])).toEqual([]);
  expect(latenessOf([advert(0), advert(30_000, 'gw1', { priority: 0 })])).toEqual([]);
  expect(latenessOf([advert(0), advert(50_000, 'gw1', { vrid: 9 }), advert(100_200)])).toEqual([
    200,
  ]);
});
