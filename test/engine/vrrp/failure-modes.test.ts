/**
 * Failures that operators have reported, each with its issue (keepalived's unless named otherwise), where
 * no other test or scenario shows it. Other tests name their issues themselves: `options`, `tracking`, `authentication`,
 * `instance`, the namespaces' `life` and `daemon` tests, and the scenarios.
 */
import { describe, expect, it } from 'vitest';
import { describeRouter } from '../../../src/engine/vrrp/status.ts';
import { ip } from '../../../src/net/address.ts';
import { instant, micros, milliseconds, seconds } from '../../../src/time.ts';
import { Bench } from '../../support/engine.ts';

describe('foreign senders and echoes', () => {
  it('#2444, baremetal-runtimecfg#22: a foreign cluster with our VRID is reported with its name', () => {
    const bench = new Bench().active();
    bench.hear(200, { addresses: [ip('10.0.0.55')] }, '10.0.0.66');
    expect(bench.state()).toBe('BACKUP');
    const [status] = describeRouter(bench.router, bench.now).instances;
    expect(status?.why).toContain('10.0.0.66');
    expect(status?.peers).toMatchObject([{ address: '10.0.0.66', addresses: ['10.0.0.55'] }]);
    const effects = bench.raw().filter(({ kind }) => kind === 'received');
    expect(effects.at(-1)).toMatchObject({ differs: 'addresses' });
  });

  it('#289: an own advert that returns changes nothing', () => {
    const bench = new Bench().active();
    bench.take();
    bench.hear(100, {}, '10.0.0.5');
    expect(bench.take()).toEqual(['received accepted']);
    expect(bench.state()).toBe('MASTER');
  });

  it('#289: a tenfold advert has the effect of one', () => {
    const [once, often] = [new Bench(), new Bench()];
    for (const bench of [once, often]) bench.start();
    once.hear(200);
    for (let i = 0; i < 10; i++) often.hear(200);
    expect(often.deadline()).toBe(once.deadline());
  });

  it('vrrp-hijacker: a storm of priority 0 gets only the answers that a Backup needs, and moves nothing', () => {
    const active = new Bench().active();
    active.take();
    const peer = new Bench({ priority: 99 }, '10.0.0.9');
    peer.start();
    let sent = 0;
    active.watch((effect) => {
      if (effect.kind !== 'send') return;
      sent++;
      peer.hear(effect.priority, {}, '10.0.0.5');
    });
    for (let at = 0; at < 10_000_000; at += 1_000) {
      active.run(active.now + 1_000);
      peer.run(peer.now + 1_000);
      active.hear(0, {}, '10.0.0.66');
      peer.hear(0, {}, '10.0.0.66');
    }
    expect([active.state(), peer.state()]).toEqual(['MASTER', 'BACKUP']);
    // Half a Skew_Time of 609 ms apart.
    expect(sent).toBeLessThan(36);
    const backup = new Bench();
    backup.start();
    for (let i = 1; i <= 20; i++) {
      backup.now = instant(i * 100_000);
      backup.hear(0, {}, '10.0.0.66');
      backup.hear(200);
    }
    expect(backup.state()).toBe('BACKUP');
  });

  it('errata 8301: an interval of 0 is refused, the longest one is accepted', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(200, { interval: micros(0) });
    expect(bench.take()).toEqual(['received interval-zero']);
    bench.hear(200, { interval: micros(40_950_000) });
    expect(bench.deadline()).toBe(3 * 40_950_000 + Math.round((156 * 40_950_000) / 256));
  });

  it('max_advert_int: a forged advert of 40.95 s delays a Backup only up to its limit', () => {
    const bench = new Bench({ maxAdvertInterval: seconds(2) });
    bench.start();
    bench.hear(200, { interval: micros(40_950_000) });
    expect(bench.deadline()).toBe(3 * 2_000_000 + (156 * 2_000_000) / 256);
    expect(describeRouter(bench.router, bench.now).instances[0]).toMatchObject({
      max_advert_interval_us: 2_000_000,
      peers: [{ interval_us: 40_950_000 }],
    });
    bench.hear(200, { interval: seconds(1) });
    expect(bench.deadline()).toBe(3_609_375);
  });

  it('#893, #2202: with one-way loss the Active reports that another router is Active', () => {
    const bench = new Bench().active();
    for (let i = 0; i < 5; i++) {
      bench.run(bench.now + 1_000_000);
      bench.hear(50);
    }
    const lower = bench.take().filter((line) => line === 'lower-priority');
    expect(lower.length).toBe(5);
    expect(describeRouter(bench.router, bench.now).instances[0]?.peers[0]?.priority).toBe(50);
  });
});

describe('elections', () => {
  it('#1290, #512, #2032: nopreempt also holds for a router that leaves FAULT', () => {
    const bench = new Bench({ priority: 200, preempt: false });
    bench.start();
    bench.interface(false);
    bench.interface(true);
    for (let i = 1; i < 20; i++) {
      bench.run(i * 900_000);
      bench.hear(50);
    }
    expect(bench.state()).toBe('BACKUP');
  });

  it('#2323, #1515: of two routers that take over in the same instant exactly one stays Active', () => {
    const left = new Bench({}, '10.0.0.5').active();
    const right = new Bench({}, '10.0.0.9').active();
    left.hear(100, {}, '10.0.0.9');
    right.hear(100, {}, '10.0.0.5');
    expect([left.state(), right.state()]).toEqual(['BACKUP', 'MASTER']);
  });

  it('#421: at exactly three intervals the skew decides, not the order of events', () => {
    const bench = new Bench();
    bench.start();
    bench.run(3_000_000);
    expect(bench.state()).toBe('BACKUP');
    bench.hear(200);
    bench.run(3_609_375);
    expect(bench.state()).toBe('BACKUP');
  });

  it('#1705, #2220: two lost adverts cause no takeover, three do', () => {
    const bench = new Bench();
    bench.start();
    for (let i = 3; i <= 30; i += 3) {
      bench.run(i * 1_000_000);
      bench.hear(200);
    }
    expect(bench.state()).toBe('BACKUP');
    bench.run(bench.now + 3_609_375);
    expect(bench.state()).toBe('MASTER');
  });

  it('#1529: a step of the wall clock moves no timer', () => {
    const bench = new Bench();
    bench.start();
    const before = bench.deadline();
    for (const utc of [0, 4_000_000_000_000_000, 1]) bench.input({ kind: 'clock', utc });
    expect(bench.deadline()).toBe(before);
  });

  it('#346, #285: preempt_delay starts again after FAULT', () => {
    const bench = new Bench({ priority: 200, preemptDelay: seconds(10) });
    bench.start();
    bench.run(5_000_000);
    bench.interface(false);
    bench.interface(true);
    const back = bench.now;
    for (let at: number = back; at < back + 9_500_000; at += 900_000) {
      bench.run(at);
      bench.hear(50);
      expect(bench.state()).toBe('BACKUP');
    }
    bench.run(back + 10_100_000);
    bench.hear(50);
    expect(bench.state()).toBe('MASTER');
  });

  it('#2389: adjacent priorities at the shortest interval do not tie', () => {
    const [high, low] = [101, 100].map((priority) => {
      const bench = new Bench({ priority, advertInterval: milliseconds(10) });
      bench.start();
      return bench.deadline() ?? 0;
    });
    expect((low ?? 0) - (high ?? 0)).toBe(39);
  });

  it('osixia/docker-keepalived#14: a router that cannot send never becomes Active', () => {
    const bench = new Bench();
    bench.sends = false;
    bench.start();
    bench.run((bench.deadline() ?? 0) + 3_000_000);
    expect(bench.state()).toBe('FAULT');
    expect(bench.take()).not.toContain('install');
  });

  it('#2174, #1197: a weight that is too small does not move the address, and the status shows it', () => {
    const tracks = [{ kind: 'file' as const, name: 'w', weight: { value: 1, reverse: false } }];
    const files = [
      { name: 'w', path: '/w', weight: { value: 1, reverse: false }, initial: undefined },
    ];
    const bench = new Bench({ tracks }, '10.0.0.5', { files }).active();
    bench.input({ kind: 'file', name: 'w', value: -2 });
    bench.run(bench.now + 1_000_000);
    bench.hear(97);
    expect(bench.state()).toBe('MASTER');
    const [status] = describeRouter(bench.router, bench.now).instances;
    expect(status).toMatchObject({
      priority: { configured: 100, effective: 98 },
      tracked: ['file w says -2: -2'],
    });
  });
});
