import { describe, expect, it } from 'vitest';
import { FEATURE_DEFAULTS } from '../../../src/engine/core/config.ts';
import { describeRouter } from '../../../src/engine/vrrp/status.ts';
import { ip } from '../../../src/net/address.ts';
import { instant, micros, seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const { garp } = FEATURE_DEFAULTS;

describe('announcements', () => {
  it('come garp_master_repeat times, and again after garp_master_delay', () => {
    const bench = new Bench({ garp: { ...garp, repeat: 3, delay: seconds(2) } });
    bench.start();
    bench.run(bench.deadline() ?? 0);
    expect(bench.last('announce')?.repeat).toBe(3);
    const first = bench.now;
    bench.run(first + 2_000_000);
    expect(bench.last('announce')?.repeat).toBe(3);
    bench.run(first + 60_000_000);
    expect(bench.take()).not.toContain('announce');
  });

  it('have no second burst with garp_master_delay 0', () => {
    const bench = new Bench({ garp: { ...garp, delay: micros(0) } }).active();
    bench.run(bench.now + 20_000_000);
    expect(bench.take()).not.toContain('announce');
  });

  it('are refreshed while Active, if configured (keepalived #160, #20: a stale cache stayed)', () => {
    const refresh = { ...garp, delay: micros(0), refresh: seconds(10), refreshRepeat: 2 };
    const bench = new Bench({ garp: refresh }).active();
    bench.run(bench.now + 35_000_000);
    expect(bench.take().filter((line) => line === 'announce')).toHaveLength(3);
  });

  it('are sent again by the winner after a split, garp_lower_prio_repeat times (keepalived #14, #1884)', () => {
    const bench = new Bench({ garp: { ...garp, lowerPrioRepeat: 2 } }).active();
    bench.run(bench.now + 1_500_000);
    bench.take();
    bench.hear(50);
    expect(bench.last('announce')?.repeat).toBe(2);
  });
});

describe('an advert to the other Active', () => {
  it('is not sent to a loser with lower_prio_no_advert; the event and the announcement remain (keepalived #950)', () => {
    const bench = new Bench({ lowerPrioNoAdvert: true }).active();
    bench.take();
    bench.hear(50);
    expect(bench.take()).toEqual(['received accepted', 'lower-priority', 'announce']);
  });

  it('is sent once more before yielding with higher_prio_send_advert', () => {
    const bench = new Bench({ higherPrioSendAdvert: true }).active();
    bench.hear(200);
    expect(bench.take()).toEqual([
      'received accepted',
      'send 100',
      'withdraw',
      'MASTER->BACKUP higher-priority',
    ]);
  });

  it('down_timer_adverts sets how many adverts may be missed', () => {
    const bench = new Bench({ downTimerAdverts: 5 });
    bench.start();
    expect(bench.deadline()).toBe(5_000_000 + 609_375);
  });

  it('two owners: the lower address yields (erratum 8298, keepalived #1835)', () => {
    const owner = new Bench({ priority: 255 });
    owner.start();
    expect(owner.state()).toBe('MASTER');
    owner.hear(255, {}, '10.0.0.9');
    expect(owner.state()).toBe('BACKUP');
    const higher = new Bench({ priority: 255 });
    higher.start();
    higher.hear(255, {}, '10.0.0.4');
    expect(higher.state()).toBe('MASTER');
    const deaf = new Bench({ priority: 255, ownerIgnoreAdverts: true });
    deaf.start();
    deaf.take();
    deaf.hear(255, {}, '10.0.0.9');
    expect(deaf.take()).toEqual(['received owner']);
  });

  it('vrrp_startup_delay: nothing is sent or decided before it ends (keepalived #2231)', () => {
    const config = configOf({ ...BASE });
    const bench = new Bench();
    bench.use({ ...config, global: { ...config.global, startupDelay: seconds(10) } });
    expect(bench.start()).toEqual([]);
    bench.run(9_999_999);
    expect(bench.take()).toEqual([]);
    bench.run(10_000_000);
    expect(bench.take()).toEqual(['INIT->BACKUP startup']);
  });

  it('dont_track_primary: a link without carrier is no FAULT', () => {
    const bench = new Bench({ trackPrimary: false }).active();
    bench.interface(false, bench.source);
    expect(bench.state()).toBe('MASTER');
  });
});

describe('the source of adverts', () => {
  it('is the primary IPv4 address, over IPv6 the link-local one (RFC 9568 5.1.1.1, 5.1.2.1)', () => {
    const six = { family: 6 as const, addresses: [{ address: ip('fe80::100'), length: 64 }] };
    const sources = [{}, six].map((change) => {
      const bench = new Bench(change);
      bench.start();
      bench.run(bench.deadline() ?? 0);
      return bench.last('send')?.source;
    });
    expect(sources).toEqual(['10.0.0.5', 'fe80::5']);
  });
});

describe('a configured source', () => {
  it('is used even if the interface lacks it; track_src_ip requires it', () => {
    const source = ip('10.0.0.77');
    const bench = new Bench({ source }).active();
    bench.run(bench.now + 1_000_000);
    expect(bench.last('send')?.source).toBe(source);
    const tracked = new Bench({ source, trackSource: true });
    tracked.input({
      kind: 'interface',
      status: {
        name: 'lan',
        up: true,
        primary4: tracked.source,
        primary6: undefined,
        addresses: [tracked.source],
      },
    });
    tracked.input({ kind: 'startup' });
    expect(tracked.take()).toEqual(['INIT->FAULT no-source-address']);
  });
});

describe('a predecessor that died', () => {
  it('is continued as Active if no Active_Down_Timer can have expired', () => {
    for (const [away, expected] of [
      [2_000_000, ['send 100', 'install', 'announce', 'INIT->MASTER resumed']],
      [2_700_000, ['withdraw', 'INIT->BACKUP startup']],
    ] as const) {
      const bench = new Bench();
      bench.now = instant(10_000_000);
      bench.interface();
      const diedAt = instant(10_000_000 - away);
      bench.input({ kind: 'startup', resume: { instances: ['web'], diedAt } });
      expect(bench.take()).toEqual(expected);
    }
  });
});

describe('a reload', () => {
  const more = { address: ip('10.0.0.101'), length: 24 };

  it('without a change sends no priority 0, moves no address and keeps counters', () => {
    const bench = new Bench().active();
    bench.run(bench.now + 500_000);
    bench.take();
    bench.input({ kind: 'config', config: configOf(BASE) });
    expect(bench.take()).toEqual(['send 100']);
    expect(bench.state()).toBe('MASTER');
    expect(bench.router.instances[0]?.transitions).toBe(2);
  });

  it('installs new addresses, removes old ones, and touches nothing else', () => {
    const bench = new Bench().active();
    bench.input({ kind: 'config', config: configOf({ ...BASE, addresses: [more] }) });
    const effects = bench.raw().filter(({ kind }) => kind !== 'send');
    expect(effects).toMatchObject([
      { kind: 'withdraw', config: { addresses: BASE.addresses } },
      { kind: 'install', config: { addresses: [more] } },
      { kind: 'announce', config: { addresses: [more] } },
    ]);
    expect(bench.state()).toBe('MASTER');
  });

  it('resigns for a removed instance, and starts a new one (keepalived #1436, #1779)', () => {
    const bench = new Bench().active();
    bench.input({ kind: 'config', config: configOf({ ...BASE, name: 'other', vrid: 52 }) });
    expect(bench.take()).toEqual([
      'send 0',
      'withdraw',
      'MASTER->INIT deleted',
      'deleted',
      'INIT->BACKUP startup',
    ]);
  });

  it('applies a new priority at once', () => {
    const bench = new Bench().active();
    bench.input({ kind: 'config', config: configOf({ ...BASE, priority: 42 }) });
    expect(bench.take()).toEqual(['priority', 'send 42']);
    const backup = new Bench();
    backup.start();
    backup.input({ kind: 'config', config: configOf({ ...BASE, priority: 200 }) });
    expect(backup.router.instances[0]?.priority).toBe(200);
    expect(backup.state()).toBe('BACKUP');
  });

  it('keeps the replay numbers of an authenticated router', () => {
    const AH = {
      ...BASE,
      version: 2 as const,
      authentication: { type: 'AH' as const, password: 'x' },
    };
    const bench = new Bench(AH).active();
    bench.run(bench.now + 3_000_000);
    const before = bench.router.instances[0]?.auth.ahSequence ?? 0;
    bench.input({ kind: 'config', config: configOf({ ...AH, priority: 90 }) });
    expect(bench.router.instances[0]?.auth.ahSequence).toBe(before + 1);
  });
});

describe('the status', () => {
  it('shows the reason, the other senders and every refused packet', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(200);
    bench.hear(0);
    bench.hear(200, { version: 2 });
    const [status] = describeRouter(bench.router, bench.now).instances;
    expect(status).toMatchObject({
      name: 'web',
      state: 'BACKUP',
      why: 'waits 3.61 s for adverts',
      peers: [
        {
          address: '10.0.0.9',
          adverts: 2,
          resignations: 1,
          refused: { 'version-mismatch': 1 },
        },
      ],
    });
  });

  it('counts every packet of a known VRID in exactly one place', () => {
    const bench = new Bench();
    bench.start();
    for (let i = 0; i < 200; i++) {
      const message = Uint8Array.from([0x31, 51, i, i % 3, 0, i % 2, i, i, 10, 0, 0, 100]);
      bench.input({
        kind: 'packet',
        interface: 'lan',
        family: 4,
        source: ip('10.0.0.9'),
        destination: ip('224.0.0.18'),
        ttl: 255,
        message,
      });
    }
    const [peer] = describeRouter(bench.router, bench.now).instances[0]?.peers ?? [];
    const refused = Object.values(peer?.refused ?? {}).reduce((sum, count) => sum + count, 0);
    expect((peer?.adverts ?? 0) + refused).toBe(200);
  });
});
