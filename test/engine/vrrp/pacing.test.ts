import { describe, expect, it } from 'vitest';
import {
  type DaemonConfig,
  FEATURE_DEFAULTS,
  type VrrpInstanceConfig,
} from '../../../src/engine/core/config.ts';
import { ip } from '../../../src/net/address.ts';
import { micros, milliseconds, seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const addresses = ['10.0.0.100', '10.0.0.101', '10.0.0.102'].map((address) => ({
  address: ip(address),
  length: 24,
}));
const twice = { ...FEATURE_DEFAULTS.garp, repeat: 2, delay: micros(0) };

/** An Active with these settings, and what it announced: microseconds since it became Active, address. */
function announced(
  global: Partial<DaemonConfig['global']>,
  more: Partial<DaemonConfig> = {},
  instances: readonly Partial<VrrpInstanceConfig>[] = [{}],
): { bench: Bench; lines: string[] } {
  const bench = new Bench();
  const config = configOf(
    ...instances.map((draft, i) => ({
      ...BASE,
      name: `v${i}`,
      vrid: 51 + i,
      addresses,
      garp: twice,
      ...draft,
    })),
  );
  bench.use({ ...config, ...more, global: { ...config.global, ...global } });
  bench.start();
  const lines: string[] = [];
  let since: number | undefined;
  bench.watch((effect) => {
    if (effect.kind !== 'announce') return;
    since ??= bench.now;
    const names = effect.config.addresses.map(({ address }) => address.split('.').at(-1));
    lines.push(`${bench.now - since} ${names.join()} x${effect.repeat}`);
  });
  bench.run(bench.deadline() ?? 0);
  return { bench, lines };
}

describe('vrrp_garp_interval', () => {
  it('sends one announcement per interface at a time, in the order of the addresses, and loses none', () => {
    const { bench, lines } = announced({ garpInterval: milliseconds(20) });
    expect(lines).toEqual(['0 100 x1']);
    bench.run(bench.now + 1_000_000);
    expect(lines).toEqual([
      '0 100 x1',
      '20000 101 x1',
      '40000 102 x1',
      '60000 100 x1',
      '80000 101 x1',
      '100000 102 x1',
    ]);
  });

  it('keeps an interval below the timer resolution on average, and does not catch up after a pause', () => {
    const { bench, lines } = announced({ garpInterval: micros(100) });
    bench.input({ kind: 'wake' });
    bench.now = (bench.now + 250) as typeof bench.now;
    bench.input({ kind: 'wake' });
    expect(lines).toEqual(['0 100 x1', '250 101 x1', '250 102 x1']);
    bench.run(bench.now + 10_000);
    expect(lines).toHaveLength(6);
    const slow = announced({ garpInterval: milliseconds(20) });
    slow.bench.now = (slow.bench.now + 90_000) as typeof slow.bench.now;
    slow.bench.input({ kind: 'wake' });
    expect(slow.lines).toEqual(['0 100 x1', '90000 101 x1']);
  });

  it('is dropped with the addresses: a removed address is not announced', () => {
    const { bench, lines } = announced({ garpInterval: milliseconds(20) });
    bench.hear(200);
    expect(bench.state()).toBe('BACKUP');
    bench.run(bench.now + 1_000_000);
    expect(lines).toEqual(['0 100 x1']);
  });

  it('applies to IPv4 only; IPv6 is announced at once', () => {
    const { lines } = announced({ gnaInterval: milliseconds(20) });
    expect(lines).toEqual(['0 100 x2', '0 101 x2', '0 102 x2']);
    expect(announced({}).lines).toEqual(['0 100,101,102 x2']);
  });
});

describe('garp_group', () => {
  const dev = (name: string) => [{ address: ip('10.0.0.100'), length: 24, interface: name }];
  const once = { ...twice, repeat: 1 };
  const two = [
    { addresses: dev('e0'), garp: once },
    { addresses: dev('e1'), garp: once },
  ];

  it('shares one interval among its interfaces; other interfaces have their own', () => {
    const interfaces = ['e0', 'e1'];
    const group = { interfaces, garpInterval: milliseconds(30), gnaInterval: undefined };
    const shared = announced({}, { garpGroups: [group] }, two);
    shared.bench.run(shared.bench.now + 1_000_000);
    expect(shared.lines).toEqual(['0 100 x1', '30000 100 x1']);
    const apart = announced({ garpInterval: seconds(1) }, {}, two);
    expect(apart.lines).toEqual(['0 100 x1', '0 100 x1']);
  });
});

describe('a waiting announcement', () => {
  const two = ['e0', 'e1'].map((name) => ({
    addresses: [{ address: ip('10.0.0.100'), length: 24, interface: name }],
  }));
  const pace = { garpInterval: milliseconds(100) };

  it('is repeated as the newer request says, not the sum of both', () => {
    const { bench, lines } = announced(pace);
    const lower = { ...twice, lowerPrioRepeat: 4, lowerPrioDelay: micros(0) };
    bench.input({
      kind: 'config',
      config: {
        ...bench.router.config,
        instances: bench.router.config.instances.map((instance) => ({ ...instance, garp: lower })),
      },
    });
    bench.hear(50);
    bench.run(bench.now + 10_000_000);
    const count = (last: string): number =>
      lines.filter((line) => line.includes(` ${last} `)).length;
    expect(['100', '101', '102'].map(count)).toEqual([5, 4, 4]);
  });

  it('has a deadline per interface, and is dropped only with its own instance', () => {
    const { bench, lines } = announced(pace, {}, two);
    expect(lines).toEqual(['0 100 x1', '0 100 x1']);
    const [first, second] = [...bench.router.pacing.values()];
    expect([first, second].map((lane) => (lane?.nextAt ?? 0) - bench.now)).toEqual([
      100_000, 100_000,
    ]);
    bench.hear(200);
    bench.run(bench.now + 500_000);
    expect(lines).toEqual(['0 100 x1', '0 100 x1', '100000 100 x1']);
    expect(bench.router.pacing.size).toBe(0);
  });

  it('keeps its interface busy until the interval after the last one is over', () => {
    const { bench } = announced(pace, {}, [
      { garp: { ...twice, repeat: 1 }, addresses: two[0]?.addresses ?? [] },
    ]);
    expect(bench.router.pacing.size).toBe(1);
    bench.run(bench.now + 99_999);
    expect(bench.router.pacing.size).toBe(1);
    bench.run(bench.now + 1);
    expect(bench.router.pacing.size).toBe(0);
  });

  it('does not exist with 0 repeats', () => {
    const { lines } = announced(pace, {}, [{ garp: { ...twice, repeat: 0 } }]);
    expect(lines).toEqual([]);
  });
});

describe('vrrp_delay_after_boot', () => {
  const started = (uptime: number | undefined, startup = 0): number | undefined => {
    const bench = new Bench();
    const config = configOf(BASE);
    const delays = { delayAfterBoot: seconds(60), startupDelay: seconds(startup) };
    bench.use({ ...config, global: { ...config.global, ...delays } });
    bench.interface();
    bench.input({
      kind: 'startup',
      ...(uptime === undefined ? {} : { uptime: seconds(uptime) }),
    });
    return bench.state() === 'INIT' ? bench.deadline() : undefined;
  };

  it('delays the start after a boot by the remaining time, and never later', () => {
    expect(started(20)).toBe(40_000_000);
    expect(started(60)).toBeUndefined();
    expect(started(86_400)).toBeUndefined();
    expect(started(undefined)).toBeUndefined();
    // The longer of the two counts.
    expect(started(20, 50)).toBe(50_000_000);
    expect(started(5, 50)).toBe(55_000_000);
  });
});
