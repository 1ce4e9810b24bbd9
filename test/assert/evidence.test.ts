import { describe, expect, it } from 'vitest';
import { storyOf } from '../../src/assert/evidence.ts';
import { ip, type Mac } from '../../src/net/address.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, micros } from '../../src/time.ts';
import type { VirtualRouter } from '../../src/topology/topology.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

describe('the evidence of a failure', () => {
  const topology = topologyOf(PAIR_YAML);
  const router = topology.virtualRouters[0] as VirtualRouter;
  const base = (at: number, node = 'gw1') =>
    ({ at: instant(at), source: 'tap' as const, node }) as const;
  const advert = (at: number, node: 'gw1' | 'gw2', priority = 100, vrid = 51, segment = 'lan') =>
    ({
      ...base(at, node),
      kind: 'advert',
      segment,
      sender: ip(node === 'gw1' ? '10.0.0.1' : '10.0.0.2'),
      mac: '02:00:00:00:00:01' as Mac,
      version: 3,
      family: 4,
      vrid,
      priority,
      interval: micros(100_000),
      addresses: [],
    }) satisfies LabEvent;
  const state = (at: number, instance: string) =>
    ({
      ...base(at),
      kind: 'state',
      instance,
      state: 'MASTER',
      reason: '',
      detail: '',
    }) satisfies LabEvent;
  const address = (at: number, kind: 'address-added' | 'address-removed', which: string) =>
    ({ ...base(at), kind, interface: 'lan', address: ip(which), length: 24 }) satisfies LabEvent;

  function evidenceTimes(...events: LabEvent[]): number[] {
    const timeline = new Timeline(topology);
    for (const event of events) timeline.add(event);
    const window = { from: instant(10), to: instant(1_000) };
    return storyOf(timeline, router, window).map(({ at }) => at);
  }

  it('contains the adverts at which the sender changes, and every resignation', () => {
    const others = [advert(22, 'gw2', 100, 52), advert(23, 'gw2', 100, 51, 'dmz')];
    expect(
      evidenceTimes(
        advert(9, 'gw2'),
        advert(20, 'gw1'),
        advert(21, 'gw1'),
        ...others,
        advert(24, 'gw1'),
        advert(25, 'gw1', 0),
        advert(30, 'gw2'),
      ),
    ).toEqual([20, 25, 30]);
  });

  it('contains only claims and addresses of this virtual router', () => {
    expect(
      evidenceTimes(
        state(20, 'web'),
        state(21, 'other'),
        address(22, 'address-added', '10.0.0.100'),
        address(23, 'address-added', '10.0.0.101'),
        address(24, 'address-removed', '10.0.0.100'),
        address(25, 'address-removed', '10.0.0.101'),
        { ...base(26), kind: 'log', process: 'router', text: '' },
        { ...base(27), kind: 'node-down' },
        { ...base(1_001), kind: 'node-down' },
      ),
    ).toEqual([20, 22, 24, 27]);
  });

  it('contains the first eight and the last eight of many events', () => {
    const many = (length: number) =>
      Array.from({ length }, (_, i): LabEvent => ({ ...base(20 + i), kind: 'node-down' }));
    expect(evidenceTimes(...many(16))).toHaveLength(16);
    expect(evidenceTimes(...many(20))).toEqual([
      20, 21, 22, 23, 24, 25, 26, 27, 32, 33, 34, 35, 36, 37, 38, 39,
    ]);
  });
});
