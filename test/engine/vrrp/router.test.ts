/** Handling of an input before it reaches a virtual router. */
import { describe, expect, it } from 'vitest';
import type { VrrpEffect } from '../../../src/engine/vrrp/io.ts';
import { ip } from '../../../src/net/address.ts';
import { micros, milliseconds, seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const WEIGHT = { value: -10, reverse: false };
const script = (name: string) => ({
  name,
  command: { argv: ['/bin/check'], user: undefined },
  interval: seconds(1),
  timeout: seconds(1),
  rise: 1,
  fall: 1,
  weight: WEIGHT,
  initFail: false,
});
const process = (name: string) => ({
  name,
  argv: [name],
  match: undefined,
  fullCommand: false,
  weight: WEIGHT,
  quorum: 1,
  quorumMax: undefined,
  forkDelay: micros(0),
  terminateDelay: micros(0),
});
const of = <K extends VrrpEffect['kind']>(bench: Bench, kind: K) =>
  bench.raw().filter((effect) => effect.kind === kind);

describe('a received packet', () => {
  const received = (bench: Bench) => of(bench, 'received');
  const base = { kind: 'received', instance: 'web', outcome: 'accepted', source: '10.0.0.9' };

  it('with other settings in version 3 is accepted and reported', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(200);
    expect(received(bench)).toEqual([base]);
    bench.hear(200, { interval: seconds(2) });
    expect(received(bench)).toEqual([{ ...base, differs: 'interval' }]);
    bench.hear(200, { addresses: [ip('10.0.0.101')] });
    expect(received(bench)).toEqual([{ ...base, differs: 'addresses' }]);
  });

  it('in version 2 with other settings is refused; an owner may have more addresses', () => {
    const bench = new Bench({ version: 2 });
    bench.start();
    bench.hear(200, { version: 2, interval: seconds(2) });
    expect(received(bench)).toEqual([{ ...base, outcome: 'interval-mismatch' }]);
    bench.hear(255, { version: 2, addresses: [ip('10.0.0.101')] });
    expect(received(bench)).toEqual([base]);
  });

  it('for no local instance is reported without a name', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(200, { vrid: 52 });
    expect(received(bench)).toEqual([{ ...base, instance: undefined, outcome: 'vrid' }]);
  });

  it.each([
    [true, ['address-list', 'accepted', 'accepted', 'address-list']],
    [false, ['address-list', 'accepted', 'address-list', 'address-list']],
  ])(
    'skip_check_adv_addr %s: an address list is checked until its sender is the known Active',
    (skip, verdicts) => {
      const bench = new Bench({ version: 2, skipCheckAddresses: skip });
      bench.start();
      const other = { version: 2 as const, addresses: [ip('10.0.0.101')] };
      bench.hear(200, other);
      bench.hear(200, { version: 2 });
      bench.hear(200, other);
      bench.hear(200, other, '10.0.0.8');
      expect(received(bench)).toMatchObject(verdicts.map((outcome) => ({ outcome })));
    },
  );
});

describe('a tracked object', () => {
  const tracks = ['a', 'b'].map((name) => ({ kind: 'script' as const, name, weight: WEIGHT }));

  it('is found by its name, and is reported once for each change', () => {
    const bench = new Bench({ tracks }, '10.0.0.5', { scripts: [script('a'), script('b')] });
    bench.start();
    bench.input({ kind: 'script-ended', name: 'b', ok: false });
    expect(bench.raw()).toMatchObject([
      { kind: 'script', name: 'b', up: false },
      { kind: 'priority', priority: 90, detail: 'script b fails: -10' },
    ]);
    bench.input({ kind: 'script-ended', name: 'a', ok: true });
    expect(bench.raw()).toEqual([{ kind: 'script', name: 'a', up: true }]);
    bench.run(1_000_000);
    bench.take();
    bench.input({ kind: 'script-ended', name: 'a', ok: true });
    expect(bench.raw()).toEqual([]);
  });

  it.each([
    { kind: 'script-ended', name: 'x', ok: false },
    { kind: 'process-count', name: 'x', count: 0 },
    { kind: 'host-failed', instance: 'x', reason: 'no' },
  ] as const)('that no instance tracks changes nothing: %o', (input) => {
    const bench = new Bench({ tracks }, '10.0.0.5', { scripts: [script('a'), script('b')] });
    bench.start();
    bench.input(input);
    expect(bench.take()).toEqual([]);
    expect([...bench.router.context.objects.keys()]).toEqual([]);
  });

  it('that is no script is not reported as a script', () => {
    const processes = [process('p'), process('q')];
    const track = { kind: 'process' as const, name: 'q', weight: WEIGHT };
    const bench = new Bench({ tracks: [track] }, '10.0.0.5', { processes });
    bench.start();
    bench.input({ kind: 'process-count', name: 'q', count: 0 });
    expect(bench.take()).toEqual(['priority']);
    bench.input({ kind: 'process-count', name: 'q', count: 4 });
    expect(bench.take()).toEqual(['priority']);
    bench.input({ kind: 'process-count', name: 'q', count: 5 });
    expect(bench.take()).toEqual([]);
  });

  it('that is a file without a number has the value 0', () => {
    const files = [{ name: 'f', path: '/f', weight: WEIGHT, initial: undefined }];
    const track = { kind: 'file' as const, name: 'f', weight: WEIGHT };
    const bench = new Bench({ tracks: [track] }, '10.0.0.5', { files });
    bench.start();
    bench.input({ kind: 'file', name: 'f', value: 3 });
    expect(bench.take()).toEqual(['priority']);
    bench.input({ kind: 'file', name: 'f', value: undefined });
    expect(bench.last('priority')).toMatchObject({ priority: 100, detail: 'as configured' });
  });

  it('reports nothing before the start and after the end', () => {
    const bench = new Bench({ tracks }, '10.0.0.5', { scripts: [script('a'), script('b')] });
    bench.input({ kind: 'script-ended', name: 'a', ok: false });
    expect(bench.take()).toEqual([]);
    bench.start();
    bench.input({ kind: 'shutdown' });
    bench.take();
    bench.input({ kind: 'script-ended', name: 'b', ok: false });
    expect(bench.take()).toEqual([]);
  });
});

describe('an interface', () => {
  it('has its own delay and no other', () => {
    const linkDelays = [{ interface: 'wan', up: seconds(1), down: seconds(1) }];
    const bench = new Bench({}, '10.0.0.5', { linkDelays });
    bench.start();
    bench.interface(false);
    expect(bench.take()).toEqual(['BACKUP->FAULT interface-down']);
  });

  it('affects only instances that track it', () => {
    const wan = (up: boolean) =>
      ({
        kind: 'interface',
        status: { name: 'wan', up, primary4: undefined, primary6: undefined },
      }) as const;
    const bench = new Bench();
    const track = { interface: 'wan', weight: WEIGHT };
    bench.use(configOf(BASE, { ...BASE, name: 'b', vrid: 52, trackInterfaces: [track] }));
    bench.input(wan(true));
    bench.start();
    bench.input(wan(false));
    expect(bench.raw()).toMatchObject([
      { kind: 'priority', instance: 'b', priority: 90, detail: 'interface wan is down: -10' },
    ]);
    bench.input(wan(false));
    expect(bench.take()).toEqual([]);
  });
});

describe('the start', () => {
  it('is delayed by the longer of its delays', () => {
    const bench = new Bench();
    const config = configOf(BASE);
    const global = { ...config.global, startupDelay: seconds(2), delayAfterBoot: seconds(60) };
    bench.use({ ...config, global });
    bench.interface();
    bench.input({ kind: 'startup', uptime: micros(seconds(60) - milliseconds(2_500)) });
    expect(bench.deadline()).toBe(2_500_000);
    bench.run(2_500_000);
    expect(bench.take()).toEqual(['INIT->BACKUP startup']);
    expect(bench.deadline()).toBe(2_500_000 + 3_609_375);
  });
});
