import { describe, expect, it } from 'vitest';
import { type Assertion, judgeInvariant, judgeRun } from '../../src/assert/assertions.ts';
import { parseBound } from '../../src/assert/bound.ts';
import { measure, type RepeatRecord } from '../../src/assert/metrics.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, micros, milliseconds } from '../../src/time.ts';

import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const router = topology.virtualRouters[0] as NonNullable<(typeof topology.virtualRouters)[0]>;
const VIP = '10.0.0.100' as IpAddress;
const MACS: Record<string, Mac> = {
  gw1: '02:00:00:00:00:01' as Mac,
  gw2: '02:00:00:00:00:02' as Mac,
};

/** gw1 owns the address and dies at 1 s, 40 ms after its last advert; gw2 takes over 0.7 ms after its timer was due. */
function crash(extra: readonly LabEvent[] = [], lastPriority = 150): RepeatRecord {
  const timeline = new Timeline(topology);
  const advert = (node: string, at: number, priority: number): LabEvent => ({
    kind: 'advert',
    at: instant(at),
    source: 'tap',
    node,
    segment: 'lan',
    sender: (node === 'gw1' ? '10.0.0.1' : '10.0.0.2') as IpAddress,
    mac: MACS[node] as Mac,
    version: 3,
    family: 4,
    vrid: 51,
    priority,
    interval: milliseconds(100),
    addresses: [VIP],
  });
  const up = (node: string): LabEvent => ({
    kind: 'node-up',
    at: instant(0),
    source: 'agent',
    node,
    interfaces: [{ name: 'lan', network: 'lan', mac: MACS[node] as Mac, addresses: [] }],
  });
  const address = (
    kind: 'address-added' | 'address-removed',
    node: string,
    at: number,
  ): LabEvent => ({
    kind,
    at: instant(at),
    source: 'kernel',
    node,
    interface: 'lan',
    address: VIP,
    length: 24,
  });
  const takeover = 960_000 + 360_938 + 700;
  for (const event of [
    up('gw1'),
    up('gw2'),
    address('address-added', 'gw1', 100),
    advert('gw1', 860_000, 150),
    advert('gw1', 960_000, lastPriority),
    { kind: 'node-down', at: instant(1_000_000), source: 'agent', node: 'gw1' },
    {
      kind: 'fault',
      at: instant(1_000_000),
      source: 'lab',
      node: 'gw1',
      id: 'f',
      fault: 'node.kill',
      effects: ['silences'],
      evidence: 'gone',
    },
    advert('gw2', takeover, 100),
    address('address-added', 'gw2', takeover + 200),
    {
      kind: 'garp',
      at: instant(takeover + 250),
      source: 'tap',
      node: 'gw2',
      segment: 'lan',
      address: VIP,
      mac: MACS.gw2 as Mac,
    },
    ...extra,
  ] satisfies LabEvent[]) {
    timeline.add(event as LabEvent);
  }
  for (let i = 0; i < 600; i++) {
    const at = i * 5_000;
    const owner = at < 1_000_000 ? 'gw1' : at > takeover + 300 ? 'gw2' : undefined;
    timeline.add({
      kind: 'probe-request',
      at: instant(at),
      source: 'tap',
      node: 'client',
      probe: 'vip',
      sequence: i,
    });
    if (owner !== undefined)
      timeline.add({
        kind: 'probe-reply',
        at: instant(at + 70),
        source: 'tap',
        node: owner,
        probe: 'vip',
        sequence: i,
      });
  }
  return { timeline, topology, window: { from: instant(500_000), to: instant(2_900_000) } };
}

function bound(text: string) {
  const parsed = parseBound(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

describe('the metrics of a crash', () => {
  it('come from evidence only', () => {
    expect(measure(crash(), router)).toEqual({
      detection: 321_638,
      takeover: 321_838,
      announcement: 250,
      outage: 330_000,
      convergence: 325_070,
      overhead: 700,
      dualMaster: 0,
      garp: 1,
    });
  });

  it('count the overhead from the skew if the owner resigned with priority 0 (RFC 9568 6.4.2)', () => {
    expect(measure(crash([], 0), router).overhead).toBe(360_938 + 700 - 60_938);
  });

  it('are undefined, not 0, if nothing was observed', () => {
    const timeline = new Timeline(topology);
    const record = { timeline, topology, window: { from: instant(0), to: instant(1_000_000) } };
    expect(measure(record, router)).toMatchObject({
      detection: undefined,
      convergence: undefined,
      outage: undefined,
      overhead: undefined,
      dualMaster: 0,
    });
  });
});

describe('an expectation over repeats', () => {
  const judge = (assertion: Assertion, ...records: RepeatRecord[]) => judgeRun(assertion, records);

  it('passes within its bound and prints the measurement', () => {
    expect(judge({ kind: 'detection', max: bound('mdi + 5ms') }, crash())).toMatchObject({
      ok: true,
      measured: { value: 321_638 },
      bound: { value: 365_938 },
      because: 'max of detection over 1 repeat was 321.6 ms, within mdi + 5ms = 365.9 ms',
    });
  });

  it('fails over its bound, with the events of the failover', () => {
    const judgement = judge({ kind: 'overhead', max: bound('500us') }, crash(), crash());
    expect(judgement).toMatchObject({ ok: false, measured: { value: 700 }, bound: { value: 500 } });
    expect(judgement.evidence.map(({ kind }) => kind)).toEqual([
      'advert',
      'node-down',
      'fault',
      'advert',
      'address-added',
    ]);
  });

  it('fails if the metric was not observed in one repeat', () => {
    const empty = {
      timeline: new Timeline(topology),
      topology,
      window: { from: instant(0), to: instant(1) },
    };
    expect(judge({ kind: 'convergence', max: bound('10s') }, crash(), empty)).toMatchObject({
      ok: false,
      because: 'convergence was not observed in repeat 2',
    });
  });

  it('judges the longest dual-master interval and their sum', () => {
    const late: LabEvent = {
      kind: 'address-added',
      at: instant(2_000_000),
      source: 'kernel',
      node: 'gw1',
      interface: 'lan',
      address: VIP,
      length: 24,
    };
    const gone: LabEvent = {
      kind: 'address-removed',
      at: instant(2_030_000),
      source: 'kernel',
      node: 'gw1',
      interface: 'lan',
      address: VIP,
      length: 24,
    };
    const record = crash([late, gone]);
    expect(judge({ kind: 'dual-master', max: bound('30ms') }, record).ok).toBe(true);
    expect(judge({ kind: 'dual-master', max: bound('29ms') }, record).ok).toBe(false);
    expect(judge({ kind: 'dual-master', total: bound('29ms') }, record).ok).toBe(false);
    expect(judge({ kind: 'dual-master' }, record).ok).toBe(false);
    expect(judge({ kind: 'dual-master' }, crash()).ok).toBe(true);
  });
});

describe('an invariant', () => {
  it('reports violations and their size', () => {
    const late: LabEvent = {
      kind: 'address-added',
      at: instant(2_000_000),
      source: 'kernel',
      node: 'gw1',
      interface: 'lan',
      address: VIP,
      length: 24,
    };
    const record = crash([late]);
    expect(
      judgeInvariant({ kind: 'single-owner', vip: 'web', tolerate: micros(20_000) }, record),
    ).toMatchObject({
      ok: false,
      measured: { value: 900_000 },
      because: 'gw2 and gw1 both held 10.0.0.100 for 900 ms',
    });
    expect(judgeInvariant({ kind: 'stable', vip: 'web', max_transitions: 2 }, record).ok).toBe(
      true,
    );
    expect(judgeInvariant({ kind: 'stable', vip: 'web', max_transitions: 1 }, record).ok).toBe(
      false,
    );
    expect(judgeInvariant({ kind: 'owner', of: 'web', is: 'gw1' }, record).ok).toBe(false);
    expect(
      judgeInvariant({ kind: 'always-owned', vip: 'web', max_gap: bound('mdi') }, crash()).ok,
    ).toBe(true);
    expect(
      judgeInvariant({ kind: 'always-owned', vip: 'web', max_gap: bound('300ms') }, crash()),
    ).toMatchObject({ ok: false, because: 'nobody held 10.0.0.100 for 321.8 ms' });
  });

  it('holds without a violation', () => {
    expect(judgeInvariant({ kind: 'single-owner', vip: 'web' }, crash()).ok).toBe(true);
  });
});
