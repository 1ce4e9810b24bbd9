import { describe, expect, it } from 'vitest';
import { storyOf } from '../../src/assert/evidence.ts';
import { membersByPriority, protocolTimes } from '../../src/assert/protocol-times.ts';
import { percentile, summarize } from '../../src/assert/statistics.ts';
import { count, formatQuantity, time, words } from '../../src/assert/verdict.ts';
import { ip, type Mac } from '../../src/net/address.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, micros } from '../../src/time.ts';
import type { VirtualRouter } from '../../src/topology/topology.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const only = (yaml: string): VirtualRouter => {
  const [router] = topologyOf(yaml).virtualRouters;
  if (router === undefined) throw new Error('a virtual router');
  return router;
};

it('percentiles are nearest ranks of the sorted values', () => {
  const values = [40, 10, 30, 20].map(micros);
  expect([0, 25, 26, 50, 95, 100].map((rank) => percentile(values, rank))).toEqual([
    10, 10, 20, 20, 40, 40,
  ]);
  expect(summarize(values)).toEqual({ count: 4, min: 10, p50: 20, p95: 40, max: 40 });
  expect(summarize([])).toBeUndefined();
});

it('quantities are printed as what they are', () => {
  expect(
    [undefined, time(micros(2_500)), count(2_500), words('nobody')].map(formatQuantity),
  ).toEqual(['nothing', '2.5 ms', '2500', 'nobody']);
});

describe('the times of the protocol', () => {
  it('are those of the best backup, whatever the order of the file', () => {
    expect(protocolTimes(only(PAIR_YAML))).toEqual({
      advert: 100_000,
      skew: 60_938,
      mdi: 360_938,
    });
    const turned = PAIR_YAML.replace('{ priority: 150 }', '{ priority: 90 }');
    expect(membersByPriority(only(turned)).map(({ node }) => node)).toEqual(['gw2', 'gw1']);
    expect(protocolTimes(only(turned)).skew).toBe(64_844);
  });

  it('have the skew of a second in version 2, and that of the only member if there is one', () => {
    const two = PAIR_YAML.replace('vrid: 51', 'vrid: 51\n    protocol: vrrp2').replace(
      '100ms',
      '2s',
    );
    expect(protocolTimes(only(two))).toEqual({ advert: 2e6, skew: 609_375, mdi: 6_609_375 });
    const one = PAIR_YAML.replace('      gw2: { priority: 100 }\n', '');
    expect(protocolTimes(only(one)).skew).toBe(41_406);
  });
});

describe('the story of a failure', () => {
  const topology = topologyOf(PAIR_YAML);
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

  function told(...events: LabEvent[]): number[] {
    const timeline = new Timeline(topology);
    for (const event of events) timeline.add(event);
    const window = { from: instant(10), to: instant(1_000) };
    return storyOf(timeline, only(PAIR_YAML), window).map(({ at }) => at);
  }

  it('has the adverts at which the sender turns, and every resignation', () => {
    const others = [advert(22, 'gw2', 100, 52), advert(23, 'gw2', 100, 51, 'dmz')];
    expect(
      told(
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

  it('has claims and addresses of this virtual router only, and nothing else', () => {
    expect(
      told(
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

  it('has the first eight and the last eight of many', () => {
    const many = (length: number) =>
      Array.from({ length }, (_, i): LabEvent => ({ ...base(20 + i), kind: 'node-down' }));
    expect(told(...many(16))).toHaveLength(16);
    expect(told(...many(20))).toEqual([
      20, 21, 22, 23, 24, 25, 26, 27, 32, 33, 34, 35, 36, 37, 38, 39,
    ]);
  });
});
