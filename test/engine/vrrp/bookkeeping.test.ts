/** What a router reports about itself (RFC 6527) and about its peers. */
import { describe, expect, it } from 'vitest';
import { noteAdvert, type PeerTable } from '../../../src/engine/vrrp/peers.ts';
import { describeRouter, type InstanceStatus } from '../../../src/engine/vrrp/status.ts';
import { ip } from '../../../src/net/address.ts';
import type { Advert } from '../../../src/net/vrrp-packet.ts';
import { instant, seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const status = (bench: Bench): InstanceStatus => {
  const [status] = describeRouter(bench.router, bench.now).instances;
  if (status === undefined) throw new Error('there is no instance');
  return status;
};

describe('the tally', () => {
  it('is empty before the start', () => {
    expect(status(new Bench())).toMatchObject({
      state: 'INIT',
      why: 'not started',
      transitions: 0,
      became_active: 0,
      active_reason: null,
      resignations_sent: 0,
      up_us: null,
      active: null,
      source: null,
    });
  });

  it('counts takeovers with the last reason, and resignations', () => {
    const bench = new Bench().active();
    expect(status(bench)).toMatchObject({
      became_active: 1,
      active_reason: 'no-response',
      resignations_sent: 0,
      transitions: 2,
      active: '10.0.0.5',
    });
    bench.hear(200);
    expect(status(bench)).toMatchObject({ became_active: 1, transitions: 3, active: '10.0.0.9' });
    bench.hear(0);
    bench.run(bench.now + 1_000_000);
    expect(status(bench)).toMatchObject({ became_active: 2, active_reason: 'priority-zero' });
    bench.input({ kind: 'shutdown' });
    expect(status(bench)).toMatchObject({ state: 'INIT', why: 'stopped', resignations_sent: 1 });
  });

  it('does not count a resignation that was not sent', () => {
    const bench = new Bench().active();
    bench.sends = false;
    bench.input({ kind: 'shutdown' });
    expect(status(bench).resignations_sent).toBe(0);
  });

  it('knows since when the instance is up: neither in INIT nor in FAULT', () => {
    const bench = new Bench();
    bench.run(1_000_000);
    bench.start();
    bench.run(6_000_000);
    expect(status(bench)).toMatchObject({ state: 'MASTER', up_us: 5_000_000, since_us: 1_390_625 });
    bench.interface(false);
    expect(status(bench)).toMatchObject({ state: 'FAULT', up_us: null, since_us: 0 });
    bench.run(7_000_000);
    bench.interface();
    bench.run(7_500_000);
    expect(status(bench)).toMatchObject({ state: 'BACKUP', up_us: 500_000 });
    bench.input({ kind: 'shutdown' });
    expect(status(bench).up_us).toBeNull();
  });
});

describe('the status', () => {
  it('shows all values of an instance and its peers', () => {
    const bench = new Bench();
    bench.start();
    bench.run(400_000);
    bench.hear(200, { interval: seconds(2), addresses: [ip('10.0.0.101')] });
    bench.hear(0);
    bench.run(600_000);
    bench.hear(150, {}, '10.0.0.8');
    expect(status(bench)).toEqual({
      name: 'web',
      state: 'BACKUP',
      why: 'waits 3.61 s for adverts',
      since_us: 600_000,
      transitions: 1,
      became_active: 0,
      active_reason: null,
      resignations_sent: 0,
      up_us: 600_000,
      active: '10.0.0.8',
      interface: 'lan',
      vrid: 51,
      version: 3,
      priority: { configured: 100, effective: 100 },
      unheard_us: null,
      retry_in_us: null,
      tracked: [],
      source: '10.0.0.5',
      addresses: ['10.0.0.100/24'],
      advert_interval_us: 1_000_000,
      active_down_interval_us: 3_609_375,
      max_advert_interval_us: null,
      peers: [
        {
          address: '10.0.0.9',
          priority: 0,
          interval_us: 1_000_000,
          addresses: ['10.0.0.100'],
          last_ago_us: 200_000,
          adverts: 2,
          resignations: 1,
          refused: {},
        },
        {
          address: '10.0.0.8',
          priority: 150,
          interval_us: 1_000_000,
          addresses: ['10.0.0.100'],
          last_ago_us: 0,
          adverts: 1,
          resignations: 0,
          refused: {},
        },
      ],
    });
  });
});

describe('the status of a router', () => {
  it('shows its sync groups and scripts', () => {
    const script = {
      name: 'check',
      command: { argv: ['/bin/check'], user: undefined },
      interval: seconds(1),
      timeout: seconds(1),
      rise: 1,
      fall: 2,
      weight: { value: -10, reverse: false },
      initFail: false,
    };
    const group = {
      name: 'G',
      members: ['web'],
      trackInterfaces: [],
      tracks: [],
      memberWeights: false,
      notify: { priorityChanges: false, smtpAlert: false },
    };
    const bench = new Bench();
    bench.use({ ...configOf(BASE), scripts: [script], syncGroups: [group] });
    expect(describeRouter(bench.router, bench.now)).toMatchObject({
      syncGroups: [{ name: 'G', state: 'INIT', members: ['web'] }],
      scripts: [{ name: 'check', up: null, contrary: 0, running: false, skipped: 0 }],
    });
    bench.start();
    expect(describeRouter(bench.router, bench.now).scripts[0]).toMatchObject({ running: true });
    bench.input({ kind: 'script-ended', name: 'check', ok: true });
    bench.run(1_000_000);
    bench.input({ kind: 'script-ended', name: 'check', ok: false });
    expect(describeRouter(bench.router, bench.now)).toMatchObject({
      syncGroups: [{ name: 'G', state: 'BACKUP' }],
      scripts: [{ name: 'check', up: true, contrary: 1, running: false }],
    });
  });
});

describe('the table of peers', () => {
  const advert: Advert = {
    version: 3,
    family: 4,
    vrid: 51,
    priority: 100,
    interval: seconds(1),
    addresses: [ip('10.0.0.100')],
    authType: 0,
  };
  const peer = (i: number) => ip(`10.1.0.${i}`);

  it('has no advert of a peer if all its packets were refused', () => {
    const table: PeerTable = new Map();
    noteAdvert(table, peer(1), undefined, 'ttl', instant(5));
    noteAdvert(table, peer(1), advert, 'vrid', instant(6));
    noteAdvert(table, peer(1), undefined, 'ttl', instant(7));
    expect(table.get(peer(1))).toEqual({
      priority: undefined,
      interval: undefined,
      addresses: [],
      lastAt: 7,
      adverts: 0,
      resignations: 0,
      refused: { ttl: 2, vrid: 1 },
    });
  });

  it('holds 64 peers and drops the least recently heard', () => {
    const table: PeerTable = new Map();
    for (let i = 1; i <= 64; i++) noteAdvert(table, peer(i), advert, 'accepted', instant(i));
    expect(table.size).toBe(64);
    noteAdvert(table, peer(1), advert, 'accepted', instant(65));
    noteAdvert(table, peer(65), advert, 'accepted', instant(66));
    expect(table.size).toBe(64);
    expect(table.has(peer(1))).toBe(true);
    expect(table.has(peer(2))).toBe(false);
  });
});
