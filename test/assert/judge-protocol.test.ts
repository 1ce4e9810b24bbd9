import { describe, expect, it } from 'vitest';
import { judgeInvariant } from '../../src/assert/assertions.ts';
import { factsOf } from '../../src/assert/protocol/facts-of-topology.ts';
import { definitionOf, type FaultKind } from '../../src/fault/faults.ts';
import type { IpAddress, Mac } from '../../src/net/address.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, micros, milliseconds } from '../../src/time.ts';

import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const VIP = '10.0.0.100' as IpAddress;
const MAC: Record<string, Mac> = {
  gw1: '02:00:00:00:00:01' as Mac,
  gw2: '02:00:00:00:00:02' as Mac,
};
const PRIORITY: Record<string, number> = { gw1: 150, gw2: 100 };

/** gw1 (150) and gw2 (100) at 100 ms, as recorded by tap, kernels, agents and engines. */
class Recording {
  readonly events: LabEvent[] = [];

  add(ms: number, node: string, event: object, source: LabEvent['source'] = 'kernel'): this {
    this.events.push({ at: instant(ms * 1_000), node, source, ...event } as LabEvent);
    return this;
  }

  up(ms: number, node: string): this {
    const interfaces = [{ name: 'lan', network: 'lan', mac: MAC[node], addresses: [] }];
    this.add(ms, node, { kind: 'node-up', interfaces }, 'agent');
    this.add(ms, node, { kind: 'process-started', process: 'router', pid: 7 }, 'agent');
    return this.claim(ms + 10, node, 'BACKUP');
  }

  claim(ms: number, node: string, state: string): this {
    return this.add(
      ms,
      node,
      { kind: 'state', instance: 'web', state, reason: '', detail: '' },
      'engine',
    );
  }

  holds(ms: number, node: string, kind = 'address-added'): this {
    return this.add(ms, node, { kind, interface: 'lan', address: VIP, length: 24 });
  }

  advert(ms: number, node: string, priority = PRIORITY[node] ?? 0): this {
    const sender = node === 'gw1' ? '10.0.0.1' : '10.0.0.2';
    const what = { kind: 'advert', segment: 'lan', sender, mac: MAC[node], version: 3, family: 4 };
    const interval = milliseconds(100);
    return this.add(ms, node, { ...what, vrid: 51, priority, interval, addresses: [VIP] }, 'tap');
  }

  adverts(from: number, to: number, node: string): this {
    for (let ms = from; ms < to; ms += 100) this.advert(ms, node);
    return this;
  }

  announces(ms: number, node: string): this {
    return this.add(
      ms,
      node,
      { kind: 'garp', segment: 'lan', address: VIP, mac: MAC[node] },
      'tap',
    );
  }

  /** The order of halabd: advert, address, announcement, and later the reported state. */
  takes(ms: number, node: string): this {
    this.advert(ms, node)
      .holds(ms + 2, node)
      .announces(ms + 4, node)
      .claim(ms + 9, node, 'MASTER');
    return this.add(ms + 5, 'client', {
      kind: 'neighbor',
      interface: 'lan',
      address: VIP,
      mac: MAC[node],
    });
  }

  strikes(ms: number, node: string, fault: FaultKind, kind = 'fault'): this {
    const effects = definitionOf(fault).effects ?? [];
    return this.add(ms, node, { kind, id: 'f', fault, effects, evidence: 'seen' }, 'lab');
  }

  judge(ms: number, more: object = {}, from = 0) {
    const timeline = new Timeline(topology);
    for (const event of [...this.events].sort((a, b) => a.at - b.at)) timeline.add(event);
    const window = { from: instant(from * 1_000), to: instant(ms * 1_000) };
    const assertion = { kind: 'protocol', vip: 'web', ...more } as const;
    return judgeInvariant(assertion, { timeline, topology, window });
  }
}

function calm(to: number): Recording {
  return new Recording().up(0, 'gw1').up(0, 'gw2').takes(360, 'gw1').adverts(460, to, 'gw1');
}

function isBefore(ms: number, who: string): (event: LabEvent) => boolean {
  return ({ at, node }) => node !== who || at < instant(ms * 1_000);
}

function crash(): Recording {
  const recording = calm(2_000).strikes(2_000, 'gw1', 'node.kill');
  recording.add(2_000, 'gw1', { kind: 'node-down' }, 'agent');
  return recording.takes(2_325, 'gw2').adverts(2_425, 5_000, 'gw2');
}

describe('the facts of a virtual router', () => {
  const facts = (yaml: string) => {
    const given = topologyOf(yaml);
    const [router] = given.virtualRouters;
    if (router === undefined) throw new Error('a virtual router');
    return factsOf(given, router, 4, milliseconds(7));
  };
  const gw1 = 'gw1: { role: router';

  it('come from its topology', () => {
    const member = { interval: 100_000, preempt: true, preemptDelay: 0 };
    expect(facts(PAIR_YAML)).toEqual({
      profile: 'rfc9568',
      routers: [
        { ...member, name: 'gw1', address: 0x0a000001, priority: 150 },
        { ...member, name: 'gw2', address: 0x0a000002, priority: 100 },
      ],
      virtuals: 1,
      delayLeast: 0,
      delayMost: 5_000,
      lateness: 7_000,
      rateError: 0,
      downAdverts: 3,
      addresses: 1,
      hosts: 4,
      check: undefined,
    });
  });

  it('include the own interval of a member, and its address on the right network', () => {
    const two = PAIR_YAML.replace('networks:', 'networks:\n  dmz: { subnet: 10.9.0.0/24 }')
      .replace('{ lan: 10.0.0.1 }', '{ dmz: 10.9.0.1, lan: 10.0.0.1 }')
      .replace('{ priority: 150 }', '{ priority: 150, advert_interval: 300ms, preempt: false }');
    expect(facts(two).routers[0]).toMatchObject({
      address: 0x0a000001,
      interval: 300_000,
      preempt: false,
    });
  });

  it('do not include an address that the topology lacks', () => {
    const six = PAIR_YAML.replace('10.0.0.0/24', 'fd00::/64')
      .replaceAll(/10\.0\.0\.(\d+)/g, 'fd00::$1')
      .replace('[fd00::100/24]', '["fe80::50/64", "fd00::100/64"]');
    expect(facts(six).routers.map(({ address }) => address)).toEqual([0, 0]);
  });

  it.each([
    ['halab alone', PAIR_YAML, 'rfc9568'],
    ['with keepalived', PAIR_YAML.replace(gw1, `${gw1}, engine: keepalived`), 'keepalived'],
    ['with FRR', PAIR_YAML.replace(gw1, `${gw1}, engine: frr`), 'frr'],
    [
      'both',
      PAIR_YAML.replace(gw1, `${gw1}, engine: frr`).replace(
        'gw2: { role: router',
        '$&, engine: keepalived',
      ),
      'keepalived',
    ],
    [
      'version 2, whoever',
      PAIR_YAML.replace('vrid: 51', 'vrid: 51\n    protocol: vrrp2').replace('100ms', '1s'),
      'rfc3768',
    ],
  ])('the profile: %s', (_, yaml, profile) => {
    expect(facts(yaml).profile).toBe(profile);
  });
});

describe('the assertion `protocol`', () => {
  it('holds without faults, over a crash and over a stop', () => {
    const expected = { ok: true, because: 'web kept S3, S4, S5, S7, S8, S9, S12' };
    expect(calm(3_000).judge(3_000)).toMatchObject(expected);
    expect(crash().judge(5_000)).toMatchObject(expected);
    const stop = calm(2_000).advert(2_010, 'gw1', 0).holds(2_011, 'gw1', 'address-removed');
    stop.claim(2_013, 'gw1', 'INIT').takes(2_070, 'gw2').adverts(2_170, 4_000, 'gw2');
    expect(stop.judge(4_000)).toMatchObject(expected);
  });

  it.each(['STOP', 'Init', 'DELETED', 'Initialize'])(
    'a router that resigns and reports %s has stopped',
    (word) => {
      const stop = calm(2_000).advert(2_010, 'gw1', 0).holds(2_011, 'gw1', 'address-removed');
      stop.claim(2_013, 'gw1', word).takes(2_070, 'gw2').adverts(2_170, 4_000, 'gw2');
      expect(stop.judge(4_000)).toMatchObject({ ok: true });
    },
  );

  it('a report of the same state changes no role', () => {
    for (const word of ['MASTER_RX_LOWER_PRI', 'MASTER_PRIORITY']) {
      const recording = calm(3_000).claim(1_000, 'gw1', word);
      expect(recording.judge(3_000)).toMatchObject({ ok: true });
      // It is still Active, so its silence is reported.
      expect(
        calm(2_000)
          .claim(1_000, 'gw1', word)
          .judge(2_500, { check: ['S3'] }).ok,
      ).toBe(false);
    }
  });

  it('a router whose reported state is not understood is judged by its addresses', () => {
    const gone = (word: string): Recording => {
      const recording = calm(2_000).advert(2_010, 'gw1', 0).holds(2_011, 'gw1', 'address-removed');
      recording.add(2_600, 'gw1', { kind: 'process-exited', process: 'router', pid: 7 }, 'agent');
      return recording.claim(2_013, 'gw1', word).takes(2_070, 'gw2').adverts(2_170, 4_000, 'gw2');
    };
    const s9 = { check: ['S9', 'S7'] };
    expect(gone('{UNKNOWN}').judge(4_000, s9)).toMatchObject({ ok: true });
    expect(gone('MASTER').judge(4_000, s9).because).toMatch(/^S9: gw1 sent priority 0 and stayed/);
    // It holds the addresses and sends nothing: a silent Active.
    const silent = calm(2_000).claim(1_000, 'gw1', 'STANDBY');
    expect(silent.judge(2_500, { check: ['S3'] })).toMatchObject({ ok: false });
    // The next known state counts again.
    const later = calm(2_000).claim(1_000, 'gw1', 'STANDBY').claim(2_000, 'gw1', 'BACKUP');
    expect(later.judge(2_500, { check: ['S7'] })).toMatchObject({
      because: expect.stringMatching(/^S7: gw1 was BACKUP with the addresses/),
    });
  });

  it('fails on two Actives that hear each other', () => {
    const recording = calm(4_000).takes(1_500, 'gw2').adverts(1_600, 4_000, 'gw2');
    expect(recording.judge(4_000, { check: ['S4', 'S5'] })).toMatchObject({
      ok: false,
      measured: { value: 'S4, S5' },
      because: expect.stringMatching(/^S4: gw2 is Active and hears the better Active/),
    });
  });

  it('fails on an address that stays, and on adverts that stop', () => {
    const stays = calm(2_000).claim(2_000, 'gw1', 'BACKUP');
    expect(stays.judge(2_500, { check: ['S7'] })).toMatchObject({
      ok: false,
      because: expect.stringMatching(/^S7: gw1 was BACKUP with the addresses for/),
    });
    expect(calm(2_000).judge(2_500, { check: ['S3'] })).toMatchObject({
      ok: false,
      because: expect.stringMatching(/^S3: gw1 was silent/),
    });
  });

  it('sees the owner of an address if the engine reports no state', () => {
    const recording = calm(7_000);
    const silent = recording.events.filter(({ kind }) => kind !== 'state');
    recording.events.splice(0, recording.events.length, ...silent);
    expect(recording.judge(7_000)).toMatchObject({ ok: true });
    recording.holds(6_500, 'gw2').announces(6_500, 'gw2');
    expect(recording.judge(7_000, { check: ['T1'] })).toMatchObject({ ok: false });
  });

  it('allows a process a limited time to boot', () => {
    const back = (to: number) => {
      const recording = crash().adverts(5_025, to, 'gw2');
      return recording.add(
        3_000,
        'gw1',
        { kind: 'process-started', process: 'router', pid: 8 },
        'agent',
      );
    };
    const slow = back(4_340).claim(4_000, 'gw1', 'BACKUP').takes(4_345, 'gw1');
    slow.events.splice(0, slow.events.length, ...slow.events.filter(isBefore(4_346, 'gw2')));
    slow
      .adverts(4_445, 5_000, 'gw1')
      .claim(4_346, 'gw2', 'BACKUP')
      .holds(4_347, 'gw2', 'address-removed');
    expect(slow.judge(5_000)).toMatchObject({ ok: true });
    expect(back(9_000).judge(9_000, { check: ['S4'] })).toMatchObject({
      ok: false,
      because: expect.stringMatching(/^S4: gw1 is not Active/),
    });
  });

  it('does not judge while a fault impairs the network or a timer', () => {
    const recording = calm(4_000).strikes(1_400, 'gw2', 'vrrp.block').takes(1_760, 'gw2');
    recording.adverts(1_860, 3_000, 'gw2').strikes(3_000, 'gw2', 'vrrp.block', 'heal');
    recording.claim(3_060, 'gw2', 'BACKUP').holds(3_060, 'gw2', 'address-removed');
    recording.announces(3_062, 'gw1');
    recording.add(3_063, 'client', {
      kind: 'neighbor',
      interface: 'lan',
      address: VIP,
      mac: MAC.gw1,
    });
    expect(recording.judge(4_000)).toMatchObject({ ok: true });
  });

  it('ignores events before its window', () => {
    const recording = calm(4_000).claim(1_000, 'gw2', 'MASTER').claim(1_200, 'gw2', 'BACKUP');
    expect(recording.judge(4_000).ok).toBe(false);
    expect(recording.judge(4_000, {}, 2_000).ok).toBe(true);
  });

  it('is inconclusive without evidence, and if nothing can be judged', () => {
    expect(new Recording().judge(1_000)).toMatchObject({
      ok: false,
      because: 'no router was ever seen in a role of web',
    });
    expect(calm(2_000).judge(2_000, { check: ['S4'], lateness: micros(200_000) })).toMatchObject({
      ok: false,
      doubt: 'unmeasured',
      because: expect.stringContaining('none of S4'),
    });
  });

  it('accepts a FAULT without a cause: tracked objects are not observed', () => {
    const recording = calm(2_000).advert(2_010, 'gw1', 0).holds(2_011, 'gw1', 'address-removed');
    recording.claim(2_013, 'gw1', 'FAULT').takes(2_070, 'gw2').adverts(2_170, 4_000, 'gw2');
    expect(recording.judge(4_000)).toMatchObject({ ok: true });
  });
});
