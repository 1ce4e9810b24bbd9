/** A new configuration (SIGHUP) changes as little as possible of a running router. */
import { describe, expect, it } from 'vitest';
import type { DaemonConfig, VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import type { VrrpScriptConfig } from '../../../src/engine/core/config-track.ts';
import { ip } from '../../../src/net/address.ts';
import { decodeAdvert } from '../../../src/net/vrrp-packet.ts';
import { micros, milliseconds, seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const DOWN = 3_609_375;
const SCRIPT: VrrpScriptConfig = {
  name: 'check',
  command: { argv: ['/bin/check'], user: undefined },
  interval: seconds(1),
  timeout: seconds(1),
  rise: 1,
  fall: 1,
  weight: { value: 0, reverse: false },
  initFail: false,
};

function reload(
  bench: Bench,
  change: Partial<VrrpInstanceConfig>,
  whole: Partial<DaemonConfig> = {},
): string[] {
  bench.take();
  bench.input({ kind: 'config', config: { ...configOf({ ...BASE, ...change }), ...whole } });
  return bench.take();
}
const instanceOf = (bench: Bench) => {
  const [first] = bench.router.instances;
  if (first === undefined) throw new Error('there is no instance');
  return first;
};
const backup = (change: Partial<VrrpInstanceConfig> = {}): Bench => {
  const bench = new Bench(change);
  bench.start();
  bench.run(1_000_000);
  return bench;
};

describe('a Backup that is reloaded', () => {
  it('keeps its timer if nothing about it changed', () => {
    const bench = backup();
    expect(reload(bench, {})).toEqual([]);
    expect(bench.deadline()).toBe(DOWN);
  });

  it('restarts its timer with another interval, and forgets a learnt one', () => {
    const bench = backup();
    bench.hear(200, { interval: seconds(5) });
    expect(reload(bench, { advertInterval: seconds(2) })).toEqual([]);
    expect(instanceOf(bench)).toMatchObject({ interval: 2_000_000, skewInterval: 2_000_000 });
    expect(bench.deadline()).toBe(1_000_000 + 2 * DOWN);
  });

  it('keeps the learnt interval otherwise', () => {
    const bench = backup();
    bench.hear(200, { interval: seconds(5) });
    reload(bench, { priority: 101 });
    expect(instanceOf(bench)).toMatchObject({ interval: 5_000_000, skewInterval: 5_000_000 });
  });

  it('sends nothing', () => {
    expect(reload(backup(), { addresses: [{ address: ip('10.0.0.101'), length: 24 }] })).toEqual(
      [],
    );
  });

  it('restarts with another version of VRRP', () => {
    expect(reload(backup(), { version: 2 })).toEqual([
      'BACKUP->INIT deleted',
      'deleted',
      'INIT->BACKUP startup',
    ]);
  });
});

describe('an Active that is reloaded', () => {
  const route = { family: 4 as const, words: ['10.9.0.0/16', 'dev', 'lan'] };
  const rule = { family: 4 as const, words: ['from', '10.9.0.0/16', 'table', '5'] };
  const more = { address: ip('10.0.0.101'), length: 24 };

  it.each([
    ['a route', { routes: [route] }],
    ['a rule', { rules: [rule] }],
    ['an excluded address', { excluded: [more] }],
  ])('installs a new %s, and withdraws a removed one', (_, change) => {
    const bench = new Bench().active();
    expect(reload(bench, change)).toEqual(['install', 'announce', 'send 100']);
    expect(reload(bench, change)).toEqual(['send 100']);
    expect(reload(bench, {})).toEqual(['withdraw', 'send 100']);
  });

  it('does not touch entries that stay', () => {
    const bench = new Bench({ excluded: [more], routes: [route], rules: [rule] }).active();
    const both = { excluded: [more], routes: [route], rules: [rule, { ...rule, words: ['x'] }] };
    bench.input({ kind: 'config', config: configOf({ ...BASE, ...both }) });
    expect(bench.last('announce')?.config).toMatchObject({
      addresses: [],
      excluded: [],
      routes: [],
    });
  });

  it('starts its Adver_Timer with the new interval, at once', () => {
    const bench = new Bench().active();
    bench.run(bench.now + 400_000);
    expect(reload(bench, { advertInterval: seconds(3) })).toEqual(['send 100']);
    expect(instanceOf(bench).deadlines.advert).toBe(bench.now + 3_000_000);
  });

  it('advertises its new interval and addresses at once', () => {
    const bench = new Bench().active();
    const change = { advertInterval: seconds(3), addresses: [...BASE.addresses, more] };
    bench.input({ kind: 'config', config: configOf({ ...BASE, ...change }) });
    expect(decodeAdvert(bench.last('send')?.message ?? new Uint8Array(), 4)).toMatchObject({
      interval: 3_000_000,
      addresses: ['10.0.0.100', '10.0.0.101'],
    });
  });

  it('starts or stops refreshing its announcements', () => {
    const bench = new Bench().active();
    expect(instanceOf(bench).deadlines.refresh).toBeUndefined();
    reload(bench, { garp: { ...BASE.garp, refresh: seconds(9) } });
    expect(instanceOf(bench).deadlines.refresh).toBe(bench.now + 9_000_000);
    reload(bench, {});
    expect(instanceOf(bench).deadlines.refresh).toBeUndefined();
  });

  it('counts a lost advert if it cannot send', () => {
    const bench = new Bench().active();
    bench.sends = false;
    expect(reload(bench, {})).toEqual(['send 100']);
    expect(bench.state()).toBe('MASTER');
  });

  it('sends from its new source address, and from the primary address after removal', () => {
    const bench = new Bench().active();
    reload(bench, { source: ip('10.0.0.7') });
    expect(instanceOf(bench).source).toBe('10.0.0.7');
    reload(bench, {});
    expect(instanceOf(bench).source).toBe('10.0.0.5');
  });

  it('over IPv6 sends from the link-local address instead', () => {
    const six = { family: 6 as const, addresses: [{ address: ip('fe80::100'), length: 64 }] };
    const bench = new Bench({ ...six, source: ip('fe80::7') }).active();
    expect(instanceOf(bench).source).toBe('fe80::7');
    reload(bench, six);
    expect(instanceOf(bench).source).toBe('fe80::5');
  });
});

describe('a new instance', () => {
  it('knows the interface, and starts with the router', () => {
    const bench = backup();
    const six = { ...BASE, name: 'six', family: 6 as const };
    bench.take();
    bench.input({
      kind: 'config',
      config: configOf(BASE, { ...six, addresses: [{ address: ip('fe80::100'), length: 64 }] }),
    });
    expect(bench.router.instances.map(({ source }) => source)).toEqual(['10.0.0.5', 'fe80::5']);
    expect(bench.take()).toEqual(['INIT->BACKUP startup']);
  });

  it('prefers its configured source', () => {
    const bench = backup();
    reload(bench, { vrid: 52, source: ip('10.0.0.7') });
    expect(instanceOf(bench).source).toBe('10.0.0.7');
  });

  it('waits for the router to start', () => {
    const bench = new Bench();
    bench.interface();
    expect(reload(bench, { vrid: 52 })).toEqual(['deleted']);
    expect(bench.state()).toBe('INIT');
    expect(reload(bench, { vrid: 52, priority: 255 })).toEqual(['priority']);
    expect(bench.state()).toBe('INIT');
  });

  it('of two with one VRID, each continues the instance with its group', () => {
    const first = { ...BASE, name: 'a', group: ip('224.0.0.100') };
    const second = { ...BASE, name: 'b', group: ip('224.0.0.200') };
    const bench = new Bench();
    bench.use(configOf(first, second));
    bench.start();
    const [a, b] = bench.router.instances;
    const since = [a, b].map((instance, i) =>
      Object.assign(instance ?? {}, { transitions: 10 + i }),
    );
    expect(since).toHaveLength(2);
    bench.input({ kind: 'config', config: configOf({ ...second, name: 'c' }, first) });
    expect(bench.router.instances.map(({ transitions }) => transitions)).toEqual([11, 10]);
  });

  it('continues by name if its group is new', () => {
    const first = { ...BASE, name: 'a', group: ip('224.0.0.100') };
    const second = { ...BASE, name: 'b', group: ip('224.0.0.200') };
    const bench = new Bench();
    bench.use(configOf(first, second));
    bench.start();
    bench.take();
    bench.input({
      kind: 'config',
      config: configOf(first, { ...second, group: ip('224.0.0.201') }),
    });
    expect(bench.take()).toEqual([]);
    bench.input({ kind: 'config', config: configOf(first, { ...first, name: 'x' }) });
    expect(bench.take()).toEqual(['BACKUP->INIT deleted', 'deleted', 'INIT->BACKUP startup']);
  });
});

describe('tracked objects of a reloaded router', () => {
  const script = { tracks: [{ kind: 'script' as const, name: 'check', weight: SCRIPT.weight }] };
  const failed = (): Bench => {
    const bench = new Bench(script, '10.0.0.5', { scripts: [SCRIPT] });
    bench.start();
    bench.input({ kind: 'script-ended', name: 'check', ok: true });
    return bench;
  };

  it('an unchanged script keeps its result', () => {
    const bench = failed();
    expect(bench.state()).toBe('BACKUP');
    expect(reload(bench, script, { scripts: [SCRIPT] })).toEqual([]);
    expect(bench.state()).toBe('BACKUP');
  });

  it('a changed script keeps its last result', () => {
    const bench = failed();
    const next = { ...SCRIPT, timeout: milliseconds(300) };
    expect(reload(bench, script, { scripts: [next] })).toEqual([]);
    expect(bench.router.scripts[0]?.check.up).toBe(true);
    bench.input({ kind: 'wake' });
    expect(bench.take()).toEqual(['run-script']);
  });

  it('a new script counts only from its first result: no Active leaves because of it', () => {
    const bench = new Bench().active();
    expect(reload(bench, script, { scripts: [SCRIPT] })).toEqual(['send 100']);
    bench.input({ kind: 'wake' });
    expect(bench.take()).toEqual(['run-script']);
    expect(bench.state()).toBe('MASTER');
    bench.input({ kind: 'script-ended', name: 'check', ok: false });
    expect(bench.take()).toEqual(['script', 'send 0', 'withdraw', 'MASTER->FAULT tracked-object']);
  });

  it('a removed script is not waited for', () => {
    const bench = new Bench(script, '10.0.0.5', { scripts: [SCRIPT] });
    bench.start();
    expect(bench.state()).toBe('INIT');
    expect(reload(bench, {})).toEqual(['INIT->BACKUP startup']);
  });

  it('a script of a router that has not started is not run', () => {
    const bench = new Bench();
    bench.interface();
    reload(bench, script, { scripts: [SCRIPT] });
    expect(bench.deadline()).toBeUndefined();
  });

  it('files, processes and groups are dropped with their last user', () => {
    const weight = { value: -10, reverse: false };
    const file = { name: 'f', path: '/f', weight, initial: undefined };
    const process = {
      name: 'p',
      argv: ['nginx'],
      match: undefined,
      fullCommand: false,
      weight,
      quorum: 1,
      quorumMax: undefined,
      forkDelay: micros(0),
      terminateDelay: micros(0),
    };
    const whole = { files: [file], processes: [process] };
    const groups = { trackGroups: ['g'] };
    const bench = new Bench(groups, '10.0.0.5', whole);
    bench.start();
    bench.input({ kind: 'file', name: 'f', value: 1 });
    bench.input({ kind: 'process-count', name: 'p', count: 1 });
    bench.input({ kind: 'track-group', group: 'g', missing: '10.9.9.9/24' });
    const { context } = bench.router;
    reload(bench, groups, whole);
    expect([...context.objects.keys(), ...context.missing.keys()]).toEqual([
      'file/f',
      'process/p',
      'g',
    ]);
    reload(bench, {});
    expect([...context.objects.keys(), ...context.missing.keys()]).toEqual([]);
    expect(bench.state()).toBe('BACKUP');
  });
});
