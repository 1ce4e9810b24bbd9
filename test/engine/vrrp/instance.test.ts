import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/net/address.ts';
import { centiseconds, instant, micros, milliseconds, seconds } from '../../../src/time.ts';
import { Bench } from '../../support/engine.ts';

/** Active_Down_Interval and Skew_Time of priority 100 at 1 s. */
const DOWN = 3_609_375;
const SKEW = 609_375;
const TAKEOVER = ['send 100', 'install', 'announce', 'BACKUP->MASTER no-response'];

describe('initialize (RFC 9568 6.4.1)', () => {
  it('becomes Active at once if it owns the addresses', () => {
    expect(new Bench({ priority: 255 }).start()).toEqual([
      'send 255',
      'install',
      'announce',
      'INIT->MASTER owner',
    ]);
  });

  it('becomes Backup otherwise, with a timer of one Active_Down_Interval', () => {
    const bench = new Bench();
    expect(bench.start()).toEqual(['INIT->BACKUP startup']);
    expect(bench.deadline()).toBe(DOWN);
  });

  it('waits as long with state MASTER, which is only a preference (keepalived)', () => {
    const bench = new Bench({ state: 'MASTER' });
    expect(bench.start()).toEqual(['INIT->BACKUP startup']);
    expect(bench.deadline()).toBe(DOWN);
  });
});

describe('backup (RFC 9568 6.4.2)', () => {
  it('takes over when the timer fires: advert, addresses, announcement', () => {
    const bench = new Bench();
    bench.start();
    bench.run(DOWN - 1);
    expect(bench.take()).toEqual([]);
    bench.run(DOWN);
    expect(bench.take()).toEqual(TAKEOVER);
    expect(bench.deadline()).toBe(DOWN + 1_000_000);
  });

  it('sends nothing at shutdown', () => {
    const bench = new Bench();
    bench.start();
    bench.input({ kind: 'shutdown' });
    expect(bench.take()).toEqual(['BACKUP->INIT shutdown']);
    expect(bench.deadline()).toBeUndefined();
  });

  it('waits only its Skew_Time after an advert with priority 0', () => {
    const bench = new Bench();
    bench.start();
    bench.run(500_000);
    bench.hear(0);
    expect(bench.take()).toEqual(['received accepted']);
    expect(bench.deadline()).toBe(500_000 + SKEW);
    bench.run(500_000 + SKEW);
    expect(bench.take().at(-1)).toBe('BACKUP->MASTER priority-zero');
  });

  it.each([100, 101, 255])(
    'restarts its timer for priority %i: not lower than its own',
    (priority) => {
      const bench = new Bench();
      bench.start();
      bench.run(1_000_000);
      bench.hear(priority, {}, '10.0.0.1');
      expect(bench.deadline()).toBe(1_000_000 + DOWN);
    },
  );

  it('ignores a lower priority: the timer is not restarted', () => {
    const bench = new Bench();
    bench.start();
    bench.run(1_000_000);
    bench.hear(99);
    expect(bench.take()).toEqual(['received accepted']);
    expect(bench.deadline()).toBe(DOWN);
  });

  it('accepts a lower priority with Preempt_Mode false', () => {
    const bench = new Bench({ preempt: false });
    bench.start();
    bench.run(1_000_000);
    bench.hear(1);
    expect(bench.deadline()).toBe(1_000_000 + DOWN);
  });

  it('learns the interval of the Active, and recomputes its skew', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(150, { interval: centiseconds(10) });
    expect(bench.deadline()).toBe(360_938);
    bench.hear(0);
    expect(bench.deadline()).toBe(60_938);
  });

  it('keeps the skew of its own interval under RFC 5798, which does not recompute it', () => {
    const bench = new Bench({ profile: 'rfc5798' });
    bench.start();
    bench.hear(150, { interval: centiseconds(10) });
    expect(bench.deadline()).toBe(300_000 + SKEW);
  });

  it('discards another interval in version 2 (RFC 3768 7.1)', () => {
    const bench = new Bench({ version: 2 });
    bench.start();
    bench.run(1_000_000);
    bench.hear(150, { version: 2, interval: seconds(2) });
    expect(bench.take()).toEqual(['received interval-mismatch']);
    expect(bench.deadline()).toBe(DOWN);
  });

  it('counts the skew of version 2 in seconds at any interval (RFC 3768 6.1)', () => {
    const bench = new Bench({ version: 2, advertInterval: seconds(10) });
    bench.start();
    expect(bench.deadline()).toBe(30_000_000 + SKEW);
  });

  it('waits preempt_delay, then takes over from a lower Active at its next advert', () => {
    const bench = new Bench({ preemptDelay: seconds(10) });
    bench.start();
    for (let at = 1; at <= 9; at++) {
      bench.run(at * 1_000_000);
      bench.hear(50);
    }
    bench.take();
    bench.run(10_500_000);
    expect(bench.state()).toBe('BACKUP');
    bench.hear(50);
    expect(bench.take()).toEqual([
      'received accepted',
      'send 100',
      'install',
      'announce',
      'BACKUP->MASTER preempted',
    ]);
  });

  it('with preempt_delay stays Backup at a lower advert while a better Active is heard', () => {
    const bench = new Bench({ preemptDelay: seconds(1) });
    bench.start();
    bench.run(2_000_000);
    bench.hear(200);
    bench.take();
    bench.hear(50, {}, '10.0.0.8');
    expect(bench.take()).toEqual(['received accepted']);
    expect(bench.state()).toBe('BACKUP');
  });

  it('takes over without preempt_delay when the lower Active dies', () => {
    const bench = new Bench({ preemptDelay: seconds(100) });
    bench.start();
    bench.run(1_000_000);
    bench.hear(50);
    bench.run(1_000_000 + DOWN);
    expect(bench.state()).toBe('MASTER');
  });
});

describe('active (RFC 9568 6.4.3)', () => {
  it('sends an advert every interval, without drift after a late wake-up', () => {
    const bench = new Bench().active();
    const first = bench.now;
    bench.now = instant(first + 1_000_700);
    bench.input({ kind: 'wake' });
    expect(bench.take()).toEqual(['send 100']);
    expect(bench.deadline()).toBe(first + 2_000_000);
  });

  it('sends one advert, not a burst, after a pause', () => {
    const bench = new Bench().active();
    const first = bench.now;
    bench.now = instant(first + 3_400_000);
    bench.input({ kind: 'wake' });
    expect(bench.take()).toEqual(['send 100']);
    expect(bench.deadline()).toBe(first + 4_400_000);
  });

  it('steps down after a pause in which its peers may have taken over (keepalived #166, #2066, #2469)', () => {
    const bench = new Bench().active();
    bench.now = instant(bench.now + 3_700_000);
    bench.input({ kind: 'wake' });
    expect(bench.take()).toEqual(['stalled', 'withdraw', 'MASTER->BACKUP stalled']);
    expect(bench.deadline()).toBe(bench.now + 3_609_375);
  });

  it.each([
    ['shorter', 100_000],
    ['longer', 10_000_000],
  ])(
    'compares a pause with its own interval, not with a %s one that it learnt as Backup',
    (_which, learnt) => {
      const bench = new Bench();
      bench.start();
      bench.hear(200, { interval: micros(learnt) });
      bench.run(bench.deadline() ?? 0);
      expect(bench.state()).toBe('MASTER');
      bench.take();
      // Found by `halab check --intervals 4,4,16`: the survivor stepped down at each of its own adverts.
      bench.run(bench.now + 1_000_000);
      expect(bench.take()).toEqual(['send 100']);
      bench.now = instant(bench.now + 3_700_000);
      bench.input({ kind: 'wake' });
      expect(bench.take()).toContain('MASTER->BACKUP stalled');
    },
  );

  it('steps down before it reads its socket after a pause, so that it does not compete', () => {
    const bench = new Bench().active();
    bench.now = instant(bench.now + 60_000_000);
    bench.hear(50);
    const lines = bench.take();
    expect(lines).toContain('MASTER->BACKUP stalled');
    expect(lines).not.toContain('send 100');
  });

  it('as Backup restarts the Active_Down_Timer if it did not read its socket for longer than an interval', () => {
    const bench = new Bench();
    bench.start();
    bench.now = instant(60_000_000);
    bench.input({ kind: 'wake' });
    expect(bench.take()).toEqual(['stalled']);
    expect(bench.state()).toBe('BACKUP');
    expect(bench.deadline()).toBe(60_000_000 + 3_609_375);
  });

  it('sends priority 0, then withdraws its addresses, at shutdown', () => {
    const bench = new Bench().active();
    bench.input({ kind: 'shutdown' });
    expect(bench.take()).toEqual(['send 0', 'withdraw', 'MASTER->INIT shutdown']);
  });

  it('answers priority 0 with an advert and restarts its Adver_Timer', () => {
    const bench = new Bench().active();
    bench.run(bench.now + 300_000);
    bench.hear(0);
    expect(bench.take()).toEqual(['received accepted', 'send 100']);
    expect(bench.deadline()).toBe(bench.now + 1_000_000);
  });

  it('yields to a higher priority and learns its interval', () => {
    const bench = new Bench().active();
    bench.hear(101, { interval: centiseconds(10) });
    expect(bench.take()).toEqual([
      'received accepted',
      'withdraw',
      'MASTER->BACKUP higher-priority',
    ]);
    expect(bench.deadline()).toBe(bench.now + 360_938);
  });

  it.each([
    ['10.0.0.9', ['received accepted', 'withdraw', 'MASTER->BACKUP higher-address']],
    ['10.0.0.10', ['received accepted', 'withdraw', 'MASTER->BACKUP higher-address']],
    ['10.0.0.4', ['received accepted', 'lower-priority', 'send 100', 'announce']],
    ['10.0.0.5', ['received accepted']],
  ])('with equal priority lets the addresses decide: %s', (from, expected) => {
    const bench = new Bench().active();
    bench.run(bench.now + 1_500_000);
    bench.take();
    bench.hear(100, {}, from);
    expect(bench.take()).toEqual(expected);
  });

  it('answers a lower advert at once without restarting its Adver_Timer, and announces again', () => {
    const bench = new Bench().active();
    const next = bench.now + 2_000_000;
    bench.run(bench.now + 1_200_000);
    bench.take();
    bench.hear(50);
    expect(bench.take()).toEqual(['received accepted', 'lower-priority', 'send 100', 'announce']);
    expect(bench.deadline()).toBe(next);
  });

  it('announces at most once per interval, however many lower adverts come', () => {
    const bench = new Bench().active();
    bench.run(bench.now + 1_200_000);
    bench.take();
    for (let i = 0; i < 5; i++) bench.hear(50);
    expect(bench.take().filter((effect) => effect === 'announce')).toHaveLength(1);
  });

  it.each(['rfc5798', 'rfc3768'] as const)('does not answer a lower advert under %s', (profile) => {
    const bench = new Bench({ profile }).active();
    bench.hear(50);
    expect(bench.take()).not.toContain('send 100');
  });

  it('announces its addresses again 5 s after the takeover (keepalived garp_master_delay)', () => {
    const bench = new Bench().active();
    bench.run(bench.now + 4_999_999);
    expect(bench.take()).toEqual(['send 100', 'send 100', 'send 100', 'send 100']);
    bench.run(bench.now + 1);
    expect(bench.take().sort()).toEqual(['announce', 'send 100']);
  });

  it('yields even with Preempt_Mode false, and as owner to an owner with a higher address (erratum 8298)', () => {
    const stubborn = new Bench({ preempt: false }).active();
    stubborn.hear(150);
    expect(stubborn.state()).toBe('BACKUP');
    const owner = new Bench({ priority: 255 });
    owner.start();
    owner.hear(255);
    expect(owner.state()).toBe('BACKUP');
  });

  it('uses its own interval for its adverts after learning another one as Backup', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(150, { interval: centiseconds(10) });
    bench.run(360_938);
    expect(bench.state()).toBe('MASTER');
    expect(bench.deadline()).toBe(360_938 + 1_000_000);
  });
});

describe('a refused packet', () => {
  it('restarts no timer (in keepalived any packet restarts the advert timer)', () => {
    const bench = new Bench().active();
    const next = bench.deadline();
    bench.run(bench.now + 500_000);
    bench.hear(200, { vrid: 52 });
    bench.hear(200, { version: 2 });
    bench.input({
      kind: 'packet',
      interface: 'lan',
      family: 4,
      source: ip('10.0.0.9'),
      destination: ip('224.0.0.18'),
      ttl: 64,
      message: new Uint8Array(12),
    });
    expect(bench.take()).toEqual(['received vrid', 'received version-mismatch', 'received ttl']);
    expect([bench.state(), bench.deadline()]).toEqual(['MASTER', next]);
  });

  it('on another interface belongs to no instance', () => {
    const bench = new Bench();
    bench.start();
    bench.input({
      kind: 'packet',
      interface: 'farm',
      family: 4,
      source: ip('10.0.0.9'),
      destination: ip('224.0.0.18'),
      ttl: 255,
      message: new Uint8Array(3),
    });
    expect(bench.take()).toEqual(['received header']);
  });
});

describe('fault', () => {
  it('is entered at start without an interface, without a link, without a source address', () => {
    const missing = new Bench();
    missing.input({ kind: 'startup' });
    expect(missing.take()).toEqual(['INIT->FAULT interface-down']);
    const down = new Bench();
    down.interface(false);
    down.input({ kind: 'startup' });
    expect(down.take()).toEqual(['INIT->FAULT interface-down']);
    const bare = new Bench();
    bare.input({
      kind: 'interface',
      status: { name: 'lan', up: true, primary4: undefined, primary6: undefined },
    });
    bare.input({ kind: 'startup' });
    expect(bare.take()).toEqual(['INIT->FAULT no-source-address']);
    expect(bare.deadline()).toBeUndefined();
  });

  it('is entered by an Active that loses its link: it withdraws and cannot resign', () => {
    const bench = new Bench().active();
    bench.interface(false);
    expect(bench.take()).toEqual(['withdraw', 'MASTER->FAULT interface-down']);
  });

  it('is entered with one resignation by an Active that loses its address but not its link', () => {
    const bench = new Bench().active();
    bench.input({
      kind: 'interface',
      status: { name: 'lan', up: true, primary4: undefined, primary6: undefined },
    });
    expect(bench.take()).toEqual(['send 0', 'withdraw', 'MASTER->FAULT no-source-address']);
  });

  it('ignores adverts, and is left by the startup rules', () => {
    const bench = new Bench().active();
    bench.interface(false);
    bench.hear(50);
    bench.take();
    bench.run(bench.now + 100_000);
    bench.interface();
    expect(bench.take()).toEqual(['FAULT->BACKUP recovered']);
    expect(bench.deadline()).toBe(bench.now + DOWN);
  });

  it('keeps a router that cannot send from ever becoming Active', () => {
    const bench = new Bench();
    bench.start();
    bench.sends = false;
    bench.run(DOWN + 3_000_000);
    expect(bench.take()).toEqual([
      'send 100',
      'send 100',
      'send 100',
      'send 100',
      'BACKUP->FAULT send-failed',
    ]);
    bench.run(DOWN + 60_000_000);
    expect(bench.take()).not.toContain('install');
    bench.sends = true;
    bench.run(bench.now + 60_000_000);
    expect(bench.state()).toBe('MASTER');
  });

  it('is entered by an Active after three failed sends in a row: a fourth advert would come too late', () => {
    const mute = new Bench().active();
    mute.sends = false;
    mute.run(mute.now + 2_999_999);
    expect(mute.take()).toEqual(['send 100', 'send 100']);
    mute.run(mute.now + 1);
    expect(mute.take()).toEqual(['send 100', 'send 0', 'withdraw', 'MASTER->FAULT send-failed']);
  });

  it.each([1, 2])(
    'is not entered by an Active that fails to send %i adverts, repeatedly',
    (missed) => {
      const bench = new Bench().active();
      for (let i = 0; i < 20; i++) {
        bench.sends = i % (missed + 1) === 0;
        bench.run(bench.now + 1_000_000);
      }
      const sent = bench.take().filter((line) => line !== 'announce');
      expect([bench.state(), sent]).toEqual(['MASTER', Array(20).fill('send 100')]);
    },
  );

  it('counts a first advert that cannot be sent as lost: the takeover comes an interval later', () => {
    const bench = new Bench();
    bench.start();
    bench.sends = false;
    bench.run(DOWN);
    expect([bench.take(), bench.deadline()]).toEqual([['send 100'], DOWN + 1_000_000]);
    bench.sends = true;
    bench.run(DOWN + 1_000_000);
    expect(bench.take()).toEqual(['send 100', 'install', 'announce', 'BACKUP->MASTER no-response']);
  });

  it('ends the count of missing adverts when a Backup hears an Active again', () => {
    const bench = new Bench();
    bench.start();
    bench.sends = false;
    bench.run(DOWN);
    bench.hear(200);
    bench.run(bench.now + 3_609_375);
    bench.take();
    bench.run(bench.now + 2_999_999);
    expect(bench.state()).toBe('BACKUP');
  });

  it('is entered by an Active whose host cannot install its addresses, after a resignation', () => {
    const bare = new Bench().active();
    bare.input({ kind: 'host-failed', instance: 'web', reason: 'EPERM' });
    expect(bare.take()).toEqual(['send 0', 'withdraw', 'MASTER->FAULT host-failed']);
    expect(bare.router.instances[0]?.why).toBe('EPERM; tries again in 1 s');
  });

  /** Fails at every takeover if `fails`; returns the durations of FAULT in seconds. */
  const waits = (bench: Bench, until: number): number[] => {
    const found: number[] = [];
    let since = bench.now;
    bench.watch((effect) => {
      if (effect.kind !== 'state') return;
      if (effect.to === 'FAULT') since = bench.now;
      if (effect.from === 'FAULT') found.push((bench.now - since) / 1_000_000);
    });
    while (bench.now < until) {
      bench.run(Math.min(bench.deadline() ?? until, until));
      if (bench.state() === 'MASTER')
        bench.input({ kind: 'host-failed', instance: 'web', reason: 'EPERM' });
    }
    return found;
  };

  it('after repeated failures lasts longer each time, up to five minutes; a reload retries at once', () => {
    const bench = new Bench();
    bench.start();
    expect(waits(bench, 1_300_000_000)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(bench.state()).toBe('FAULT');
    bench.input({ kind: 'config', config: bench.router.config });
    expect(bench.state()).toBe('BACKUP');
    expect(waits(bench, bench.now + 10_000_000)[0]).toBe(1);
  });

  it('after a long time without failures lasts a second again', () => {
    const bench = new Bench();
    bench.start();
    waits(bench, 30_000_000);
    bench.watch(() => {});
    bench.run(bench.now + 400_000_000);
    expect(bench.state()).toBe('MASTER');
    bench.input({ kind: 'host-failed', instance: 'web', reason: 'EPERM' });
    expect(bench.router.instances[0]?.why).toBe('EPERM; tries again in 1 s');
  });

  it('of IPv6 lasts until there is a usable link-local address', () => {
    const bench = new Bench({ family: 6, addresses: [{ address: ip('fe80::100'), length: 64 }] });
    bench.input({
      kind: 'interface',
      status: { name: 'lan', up: true, primary4: ip('10.0.0.5'), primary6: undefined },
    });
    bench.input({ kind: 'startup' });
    expect(bench.take()).toEqual(['INIT->FAULT no-source-address']);
    bench.interface();
    expect(bench.take()).toEqual(['FAULT->BACKUP recovered']);
  });
});

describe('timers', () => {
  it.each([
    [100, milliseconds(10), 36_094],
    [101, milliseconds(10), 36_055],
    [150, milliseconds(500), 1_707_031],
    [254, seconds(1), 3_007_813],
    [1, seconds(1), 3_996_094],
    [1, centiseconds(4095), 163_640_039],
  ])('of priority %i at %i us end after %i us', (priority, advertInterval, expected) => {
    const bench = new Bench({ priority, advertInterval });
    bench.start();
    expect(bench.deadline()).toBe(expected);
  });
});
