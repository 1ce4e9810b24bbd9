import { describe, expect, it } from 'vitest';
import { protocolTimes } from '../../src/assert/protocol-times.ts';
import { percentile, summarize } from '../../src/assert/statistics.ts';
import { count, formatQuantity, text, time } from '../../src/assert/verdict.ts';
import { micros } from '../../src/time.ts';
import type { VirtualRouter } from '../../src/topology/topology.ts';
import { membersByPriority } from '../../src/topology/topology.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const only = (yaml: string): VirtualRouter => {
  const [router] = topologyOf(yaml).virtualRouters;
  if (router === undefined) throw new Error('a virtual router');
  return router;
};

it('percentiles use the nearest rank of the sorted values', () => {
  const values = [40, 10, 30, 20].map(micros);
  expect([0, 25, 26, 50, 95, 100].map((rank) => percentile(values, rank))).toEqual([
    10, 10, 20, 20, 40, 40,
  ]);
  expect(summarize(values)).toEqual({ count: 4, min: 10, p50: 20, p95: 40, max: 40 });
  expect(summarize([])).toBeUndefined();
});

it('quantities are printed with their unit', () => {
  expect(
    [undefined, time(micros(2_500)), count(2_500), text('nobody')].map(formatQuantity),
  ).toEqual(['nothing', '2.5 ms', '2500', 'nobody']);
});

describe('the times of the protocol', () => {
  it('come from the best backup, in any order of the file', () => {
    expect(protocolTimes(only(PAIR_YAML))).toEqual({
      advert: 100_000,
      skew: 60_938,
      mdi: 360_938,
    });
    const turned = PAIR_YAML.replace('{ priority: 150 }', '{ priority: 90 }');
    expect(membersByPriority(only(turned)).map(({ node }) => node)).toEqual(['gw2', 'gw1']);
    expect(protocolTimes(only(turned)).skew).toBe(64_844);
  });

  it('use a skew of one second in version 2, and of the only member if there is one', () => {
    const two = PAIR_YAML.replace('vrid: 51', 'vrid: 51\n    protocol: vrrp2').replace(
      '100ms',
      '2s',
    );
    expect(protocolTimes(only(two))).toEqual({ advert: 2e6, skew: 609_375, mdi: 6_609_375 });
    const alone = PAIR_YAML.replace('      gw2: { priority: 100 }\n', '');
    expect(protocolTimes(only(alone)).skew).toBe(41_406);
  });
});
