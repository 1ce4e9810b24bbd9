/** Edge cases of an instance: deadlines to the microsecond, and inputs in states where they have no effect. */
import { describe, expect, it } from 'vitest';
import { MOST_ANSWERED } from '../../../src/engine/vrrp/answers.ts';
import type { InterfaceStatus } from '../../../src/engine/vrrp/io.ts';
import { ip } from '../../../src/net/address.ts';
import { instant, micros, seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const DOWN = 3_609_375;
/** How long peers wait after the next advert of an Active is due, with priority 100. */
const PATIENCE = DOWN - 1_000_000;
const WEIGHT = { value: -50, reverse: false };

function late(bench: Bench, deadline: number | undefined, by: number): string[] {
  bench.take();
  bench.now = instant((deadline ?? 0) + by);
  bench.input({ kind: 'wake' });
  return bench.take();
}
const instanceOf = (bench: Bench) => {
  const [first] = bench.router.instances;
  if (first === undefined) throw new Error('there is no instance');
  return first;
};
const status = (
  change: Partial<InterfaceStatus>,
): { kind: 'interface'; status: InterfaceStatus } => ({
  kind: 'interface',
  status: { name: 'lan', up: true, primary4: ip('10.0.0.5'), primary6: undefined, ...change },
});

describe('a late wake-up', () => {
  it.each([
    [PATIENCE, ['send 100']],
    [PATIENCE + 1, ['stalled', 'withdraw', 'MASTER->BACKUP stalled']],
  ])('by %i us as Active', (by, expected) => {
    const bench = new Bench().active();
    expect(late(bench, instanceOf(bench).deadlines.advert, by)).toEqual(expected);
  });

  it('by a whole interval sends one advert, the next an interval later', () => {
    const bench = new Bench().active();
    expect(late(bench, instanceOf(bench).deadlines.advert, 1_000_000)).toEqual(['send 100']);
    expect(instanceOf(bench).deadlines.advert).toBe(bench.now + 1_000_000);
  });

  it.each([
    [1_000_000, 'BACKUP->MASTER no-response'],
    [1_000_001, 'stalled'],
  ])('by %i us as Backup', (by, last) => {
    const bench = new Bench();
    bench.start();
    expect(late(bench, instanceOf(bench).deadlines.down, by).at(-1)).toBe(last);
  });

  it('is noticed on any input, such as a delayed reload', () => {
    const bench = new Bench().active();
    bench.now = instant((instanceOf(bench).deadlines.advert ?? 0) + PATIENCE + 1);
    bench.take();
    bench.input({ kind: 'config', config: configOf({ ...BASE, priority: 90 }) });
    expect(bench.take()).toEqual(['stalled', 'withdraw', 'MASTER->BACKUP stalled', 'priority']);
  });
});

describe('a predecessor process', () => {
  const resumed = (diedAt: number, now: number, up = true): string[] => {
    const bench = new Bench();
    bench.now = instant(now);
    bench.input(status({ up }));
    const resume = { instances: ['web'], diedAt: instant(diedAt) };
    bench.input({ kind: 'startup', resume });
    return bench.take();
  };

  it('that died recently enough is continued as Active', () => {
    expect(resumed(1_000_000, 1_000_000 + PATIENCE - 1)).toEqual([
      'send 100',
      'install',
      'announce',
      'INIT->MASTER resumed',
    ]);
    expect(resumed(1_000_000, 1_000_000 + PATIENCE)).toEqual(['withdraw', 'INIT->BACKUP startup']);
  });

  it('is not continued without an interface', () => {
    expect(resumed(1_000_000, 1_100_000, false)).toEqual([
      'withdraw',
      'INIT->FAULT interface-down',
    ]);
  });
});

describe('adverts of a loser', () => {
  it('that come too fast are answered with one later burst of announcements', () => {
    const bench = new Bench({
      garp: { ...BASE.garp, delay: micros(0), lowerPrioDelay: micros(0) },
    });
    bench.active();
    const began = bench.now;
    bench.hear(50);
    bench.run(began + 300_000);
    bench.take();
    bench.hear(50);
    expect(bench.take()).toEqual(['received accepted']);
    bench.run(began + 999_999);
    expect(bench.take()).toEqual([]);
    bench.run(began + 1_000_000);
    expect(bench.take()).toEqual(['send 100', 'announce']);
    expect(instanceOf(bench).deadlines.announce).toBeUndefined();
    bench.run(began + 1_999_999);
    expect(bench.take()).toEqual([]);
  });

  it('are answered and reported once per interval and sender during a flood of other senders', () => {
    const garp = { ...BASE.garp, lowerPrioRepeat: 0 };
    const bench = new Bench({ garp }).active();
    const began = bench.now;
    const answers = (): number =>
      bench.take().filter((line) => line === 'send 100' || line === 'lower-priority').length / 2;
    for (let i = 0; i < 500; i++) bench.hear(50);
    bench.hear(60, {}, '10.0.0.8');
    expect(answers()).toBe(2);
    for (let i = 0; i < 30_000; i++) bench.hear(50, {}, `10.1.${i >> 8}.${i & 255}`);
    expect([answers(), instanceOf(bench).answered.length]).toEqual([2, MOST_ANSWERED]);
    bench.run(began + 1_000_000);
    bench.take();
    bench.hear(50);
    expect(answers()).toBe(1);
    expect(instanceOf(bench).answered).toEqual([{ source: '10.0.0.9', at: began + 1_000_000 }]);
  });

  it('with a shorter interval are answered once per that interval, and so are all others (mixed intervals)', () => {
    const bench = new Bench({ advertInterval: seconds(5) }).active();
    const answered = (...hear: Parameters<Bench['hear']>): boolean => {
      bench.take();
      bench.hear(...hear);
      return bench.take().includes('lower-priority');
    };
    const slow = { interval: seconds(5) };
    expect(answered(50, slow, '10.0.0.8')).toBe(true);
    bench.run(bench.now + 2_000_000);
    expect(answered(50, slow, '10.0.0.8')).toBe(false);
    expect(answered(50)).toBe(true);
    expect(answered(50, slow, '10.0.0.8')).toBe(true);
    bench.run(bench.now + 624_999);
    expect(answered(50)).toBe(false);
    bench.run(bench.now + 1);
    expect(answered(50)).toBe(true);
  });

  it('are answered again after the router became Active again', () => {
    const bench = new Bench().active();
    bench.hear(50);
    bench.hear(200);
    bench.run(bench.now + DOWN);
    bench.take();
    bench.hear(50);
    expect(bench.take()).toContain('lower-priority');
  });

  it.each([
    [seconds(5), 1_000_000],
    [micros(400_000), 400_000],
  ])('with an interval of %i us are answered at most every %i us', (advertInterval, held) => {
    const garp = { ...BASE.garp, delay: micros(0), lowerPrioDelay: micros(0) };
    const bench = new Bench({ advertInterval, garp }).active();
    const interval = { interval: advertInterval };
    bench.hear(50, interval);
    bench.hear(50, interval);
    expect(instanceOf(bench).deadlines.answer).toBe(bench.now + held);
  });

  it('get a second burst after garp_lower_prio_delay, if set', () => {
    const garp = { ...BASE.garp, delay: micros(0), lowerPrioDelay: seconds(2), lowerPrioRepeat: 3 };
    const bench = new Bench({ garp }).active();
    bench.hear(50);
    expect(instanceOf(bench).deadlines.announce).toBe(bench.now + 2_000_000);
    expect(instanceOf(bench).announceRepeat).toBe(3);
    bench.run(bench.now + 2_000_000);
    expect(bench.last('announce')?.repeat).toBe(3);
  });
});

describe('fault', () => {
  const untracked = {
    ...BASE,
    trackInterfaces: [{ interface: 'wan', weight: { value: 0, reverse: false } }],
  };

  it('of a Backup sends and withdraws nothing', () => {
    const bench = new Bench();
    bench.start();
    bench.input(status({ primary4: undefined }));
    expect(bench.take()).toEqual(['BACKUP->FAULT no-source-address']);
    bench.interface(false);
    expect(bench.take()).toEqual([]);
    expect(instanceOf(bench).why).toBe('interface lan is down');
  });

  it('of a tracked object makes an Active resign, but not a Backup', () => {
    const wan = (up: boolean) => status({ name: 'wan', up });
    const bench = new Bench();
    bench.use(configOf(untracked));
    bench.input(wan(true));
    bench.start();
    bench.input(wan(false));
    expect(bench.take()).toEqual(['BACKUP->FAULT tracked-object']);
    bench.input(wan(true));
    bench.run(bench.now + DOWN);
    bench.take();
    bench.input(wan(false));
    expect(bench.take()).toEqual(['send 0', 'withdraw', 'MASTER->FAULT tracked-object']);
  });

  it('after failed sends lasts a second, or ends with a more specific reason', () => {
    const failed = (): Bench => {
      const bench = new Bench().active();
      bench.sends = false;
      bench.run(bench.now + 3_000_000);
      bench.sends = true;
      expect(bench.state()).toBe('FAULT');
      return bench;
    };
    const bench = failed();
    expect(instanceOf(bench).why).toBe(
      'no advert could be sent on lan for longer than its peers wait; tries again in 1 s',
    );
    bench.interface();
    expect(bench.state()).toBe('FAULT');
    bench.run(bench.now + 1_000_000);
    expect(bench.state()).toBe('BACKUP');
    const down = failed();
    down.interface(false);
    expect(down.deadline()).toBeUndefined();
    down.interface();
    expect(down.state()).toBe('BACKUP');
  });

  it('of an owner that cannot send comes after as many attempts as its peers wait for adverts', () => {
    const bench = new Bench({ priority: 255, interface: '' });
    bench.sends = false;
    bench.input(status({ name: '' }));
    bench.input({ kind: 'startup' });
    expect(bench.take()).toEqual(['send 255', 'INIT->BACKUP send-failed']);
    expect(instanceOf(bench).why).toBe('would be Active, but its advert could not be sent');
    bench.run(3_000_000);
    expect(bench.take()).toEqual(['send 255', 'send 255', 'send 255', 'BACKUP->FAULT send-failed']);
    expect(instanceOf(bench).why).toContain('no advert could be sent on any interface');
  });

  it('of the host affects only an Active', () => {
    const bench = new Bench();
    bench.start();
    bench.input({ kind: 'host-failed', instance: 'web', reason: 'no' });
    expect(bench.take()).toEqual([]);
  });

  it('track_src_ip compares with the addresses of the host, if it reports any', () => {
    const bench = new Bench({ source: ip('10.0.0.7'), trackSource: true });
    bench.start();
    expect(instanceOf(bench).source).toBe('10.0.0.7');
    bench.input(status({ addresses: [] }));
    expect(instanceOf(bench).source).toBeUndefined();
  });
});

describe('a change of priority', () => {
  it('never sets the timer into the past', () => {
    const track = { interface: 'wan', weight: WEIGHT };
    const bench = new Bench({ priority: 150, trackInterfaces: [track] });
    const wan = (up: boolean) => status({ name: 'wan', up });
    bench.input(wan(false));
    bench.start();
    bench.run(DOWN - 1);
    bench.take();
    bench.input(wan(true));
    expect(bench.last('priority')).toMatchObject({ priority: 150, detail: 'as configured' });
    expect(bench.deadline()).toBe(DOWN - 1);
    bench.input(wan(false));
    expect(bench.last('priority')).toMatchObject({ detail: 'interface wan is down: -50' });
    expect(bench.deadline()).toBe(DOWN - 1 + 195_312);
  });
});

describe('a stopped router', () => {
  it('causes no further effect', () => {
    const bench = new Bench().active();
    bench.input({ kind: 'shutdown' });
    bench.take();
    for (const up of [false, true]) bench.interface(up);
    bench.hear(50);
    bench.input({ kind: 'shutdown' });
    expect(bench.take()).toEqual(['received accepted']);
    expect(bench.deadline()).toBeUndefined();
  });
});
