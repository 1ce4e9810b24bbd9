/** The text of the reason for FAULT, and the effect of tracked objects on the priority. */
import { describe, expect, it } from 'vitest';
import type { VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import type { InterfaceStatus } from '../../../src/engine/vrrp/io.ts';
import { assess, newContext } from '../../../src/engine/vrrp/tracking.ts';
import { ip } from '../../../src/net/address.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const UP: InterfaceStatus = {
  name: 'lan',
  up: true,
  primary4: ip('10.0.0.5'),
  primary6: ip('fe80::5'),
};

function started(change: Partial<VrrpInstanceConfig>, status?: Partial<InterfaceStatus>): Bench {
  const bench = new Bench(change);
  if (status !== undefined)
    bench.input({ kind: 'interface', status: { ...UP, ...status } as InterfaceStatus });
  bench.input({ kind: 'startup' });
  return bench;
}
const why = (bench: Bench): string => {
  const [instance] = bench.router.instances;
  return `${instance?.name}: ${instance?.why}`;
};

describe('FAULT names what is missing', () => {
  const NONE = { primary4: undefined, primary6: undefined };
  const SOURCE = { source: ip('10.0.0.7'), trackSource: true };
  it.each([
    ['no interface', {}, undefined, 'FAULT: interface lan is not there'],
    ['no link', {}, { up: false }, 'FAULT: interface lan is down'],
    [
      'a link of which the host knows more',
      {},
      { up: false, problem: 'no carrier' },
      'FAULT: no carrier',
    ],
    ['no IPv4 address', {}, NONE, 'FAULT: interface lan has no IPv4 address'],
    [
      'no IPv6 address',
      { family: 6 },
      NONE,
      'FAULT: interface lan has no usable link-local IPv6 address',
    ],
    [
      'an address that is not yet usable',
      {},
      { ...NONE, problem: 'tentative' },
      'FAULT: tentative',
    ],
    [
      'not its configured address',
      SOURCE,
      { addresses: [] },
      'FAULT: interface lan has not the address 10.0.0.7',
    ],
    ['nothing', SOURCE, { addresses: [ip('10.0.0.7')] }, 'BACKUP: waits 3.61 s for adverts'],
  ] as const)('%s', (_, change, status, expected) => {
    expect(why(started(change as Partial<VrrpInstanceConfig>, status))).toBe(expected);
  });

  it('is caused by a virtual MAC whose interface is down, not by an interface without a report', () => {
    const vmac = {
      interface: 'vrrp.51',
      transmitOnBase: true,
      fallback: 'none',
      ipvlan: undefined,
    };
    const bench = started({ vmac: vmac as unknown as VrrpInstanceConfig['vmac'] }, {});
    expect(why(bench)).toBe('BACKUP: waits 3.61 s for adverts');
    bench.input({ kind: 'interface', status: { ...UP, name: 'vrrp.51', up: false } });
    expect(why(bench)).toBe('FAULT: its interface vrrp.51 is not there or is down');
    bench.input({ kind: 'interface', status: { ...UP, name: 'vrrp.51' } });
    expect(bench.state()).toBe('BACKUP');
  });

  it('is caused by a missing static address of its track_group, and no other', () => {
    const bench = started({ trackGroups: ['uplink'] }, {});
    const setGroup = (group: string, missing: string | undefined): void =>
      bench.input({ kind: 'track-group', group, missing });
    setGroup('other', '10.9.9.9/24');
    expect(bench.state()).toBe('BACKUP');
    setGroup('uplink', '10.9.9.9/24');
    expect(why(bench)).toBe('FAULT: track_group uplink: 10.9.9.9/24 is gone');
    setGroup('uplink', undefined);
    expect(bench.state()).toBe('BACKUP');
  });

  it('counts reports before the start from the start on', () => {
    const bench = new Bench({ trackGroups: ['uplink'] });
    bench.input({ kind: 'track-group', group: 'uplink', missing: '10.9.9.9/24' });
    expect(bench.take()).toEqual([]);
    bench.start();
    expect(bench.state()).toBe('FAULT');
  });
});

describe('the description of a tracked object', () => {
  const none = newContext();
  const weight = (value: number, reverse = false) => ({ value, reverse });
  const setObject = (
    kind: 'script' | 'file' | 'process',
    value: number,
    object?: { up: boolean | undefined; value?: number },
    reverse = false,
  ) => {
    const context = newContext();
    if (object !== undefined) context.objects.set(`${kind}/x`, object);
    const { change, because, fault } = assess(
      { trackInterfaces: [], tracks: [{ kind, name: 'x', weight: weight(value, reverse) }] },
      context,
    );
    return [change, because[0], fault];
  };
  it.each([
    ['script', 0, undefined, [0, undefined, undefined]],
    ['script', -20, undefined, [0, undefined, undefined]],
    ['script', -20, { up: false }, [-20, 'script x fails: -20', undefined]],
    ['script', 20, { up: true }, [20, 'script x succeeds: +20', undefined]],
    ['script', 0, { up: true }, [0, undefined, undefined]],
    ['process', 0, { up: false }, [0, undefined, 'process x does not run']],
    ['process', 5, { up: true }, [5, 'process x runs: +5', undefined]],
    ['file', 3, { up: undefined, value: 7 }, [21, 'file x says 7: +21', undefined]],
    ['file', 3, undefined, [0, undefined, undefined]],
    ['file', 0, { up: undefined, value: 2 }, [0, undefined, 'file x says 2']],
    ['file', 0, { up: undefined, value: 0 }, [0, undefined, undefined]],
    ['file', -1, { up: undefined, value: 253 }, [-253, 'file x says 253: -253', undefined]],
    ['file', -1, { up: undefined, value: 254 }, [0, undefined, 'file x says 254']],
    ['file', 1, { up: undefined, value: 900 }, [253, 'file x says 900: +253', undefined]],
  ] as const)('%s with weight %i and %o', (kind, value, object, expected) => {
    expect(setObject(kind, value, object)).toEqual(expected);
  });

  it.each([
    [0, { up: undefined, value: 0 }, [0, undefined, 'file x says 0']],
    [0, { up: undefined, value: 5 }, [0, undefined, undefined]],
    [2, { up: undefined, value: 5 }, [-10, 'file x says 5: -10', undefined]],
  ] as const)('a file with reverse, weight %i, %o', (value, object, expected) => {
    expect(setObject('file', value, object, true)).toEqual(expected);
  });

  it('treats an interface without a report as down', () => {
    const track = { interface: 'wan', weight: weight(0) };
    expect(assess({ trackInterfaces: [track], tracks: [] }, none)).toEqual({
      change: 0,
      because: [],
      fault: 'interface wan is down',
    });
  });
});

describe('a sync group', () => {
  const NOTIFY = { priorityChanges: false, smtpAlert: false };
  const TRACK = { interface: 'wan', weight: { value: -30, reverse: false } };
  const NAMES = ['a', 'b', 'c'];

  function group(memberWeights: boolean, shared = [TRACK], own = [TRACK]): Bench {
    const bench = new Bench();
    const members = NAMES.map((name, i) => ({
      ...BASE,
      name,
      vrid: 51 + i,
      trackInterfaces: name === 'a' ? own : [],
    }));
    bench.use({
      ...configOf(...members),
      syncGroups: [
        {
          name: 'G',
          members: NAMES,
          trackInterfaces: shared,
          tracks: [],
          memberWeights,
          notify: NOTIFY,
        },
      ],
    });
    bench.start();
    return bench;
  }
  const priorities = (bench: Bench): number[] =>
    bench.router.instances.map(({ priority }) => priority);
  const names = (bench: Bench): string[] => bench.router.instances.map(({ name }) => name);

  it('moves all members by its tracked objects, and by those of members only if configured', () => {
    expect(priorities(group(false))).toEqual([70, 70, 70]);
    expect(priorities(group(true))).toEqual([40, 70, 70]);
  });

  it('names the member in FAULT', () => {
    const hard = { interface: 'wan', weight: { value: 0, reverse: false } };
    const bench = group(false, [], [hard]);
    expect(names(bench)).toEqual(['FAULT', 'FAULT', 'FAULT']);
    expect(bench.router.instances.map(({ why }) => why)).toEqual([
      'interface wan is down',
      'a of its sync group: interface wan is down',
      'a of its sync group: interface wan is down',
    ]);
    expect(names(group(false, [hard], []))).toEqual(['FAULT', 'FAULT', 'FAULT']);
  });

  it('becomes MASTER only when every one of three is ready', () => {
    const bench = group(false, [], []);
    bench.run(3_000_000);
    bench.hear(200, { vrid: 52 });
    bench.take();
    bench.run(4_000_000);
    expect(names(bench)).toEqual(['BACKUP', 'BACKUP', 'BACKUP']);
    bench.run(8_000_000);
    expect(names(bench)).toEqual(['MASTER', 'MASTER', 'MASTER']);
    expect(bench.take().filter((line) => line.startsWith('group'))).toEqual(['group G MASTER']);
  });
});
