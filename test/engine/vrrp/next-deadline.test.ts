/** The next call of the machine: the earliest of all its deadlines. */
import { describe, expect, it } from 'vitest';
import { speaksOn } from '../../../src/engine/core/same-router.ts';
import {
  clearDeadlines,
  type Deadlines,
  earliest,
  noDeadlines,
} from '../../../src/engine/vrrp/deadlines.ts';
import {
  createRouter,
  nextRouterDeadline,
  type RouterState,
  takeoverDue,
} from '../../../src/engine/vrrp/router-state.ts';
import { instant, micros, seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const KINDS = Object.keys(noDeadlines()) as (keyof Deadlines)[];

const table = (set: Partial<Record<keyof Deadlines, number>>): Deadlines => ({
  ...noDeadlines(),
  ...(set as Partial<Deadlines>),
});

describe('the deadlines of an instance', () => {
  it('are empty at first', () => {
    expect(KINDS).toHaveLength(7);
    expect(earliest(noDeadlines())).toBeUndefined();
  });

  it.each(KINDS)('include %s alone, or before or after any other', (kind) => {
    expect(earliest(table({ [kind]: 5 }))).toBe(5);
    for (const other of KINDS) {
      if (other === kind) continue;
      expect(earliest(table({ [kind]: 5, [other]: 7 }))).toBe(5);
      expect(earliest(table({ [kind]: 5, [other]: 3 }))).toBe(3);
    }
  });

  it.each(KINDS)('drop %s when they are cleared', (kind) => {
    const deadlines = table({ [kind]: 5 });
    clearDeadlines(deadlines);
    expect(deadlines).toEqual(noDeadlines());
  });

  it('are not shared between two instances', () => {
    const [a, b] = createRouter(configOf(BASE, { ...BASE, name: 'b', vrid: 52 })).instances;
    expect(a?.deadlines).toEqual(b?.deadlines);
    expect(a?.deadlines).not.toBe(b?.deadlines);
  });
});

describe('a router', () => {
  const SCRIPT = {
    name: 'check',
    command: { argv: ['/bin/check'], user: undefined },
    interval: seconds(1),
    timeout: seconds(1),
    rise: 1,
    fall: 1,
    weight: { value: 0, reverse: false },
    initFail: false,
  };
  const STATUS = { name: 'lan', up: true, primary4: undefined, primary6: undefined };
  /** One deadline of each kind; undefined: none. */
  const router = (waits: { link?: number; pacing?: number; down?: number }) => {
    const second = { ...BASE, name: 'b', vrid: 52 };
    const state: RouterState = createRouter({ ...configOf(BASE, second), scripts: [SCRIPT] });
    const { link, pacing, down } = waits;
    if (link !== undefined) state.pending.set('lan', { status: STATUS, at: instant(link) });
    if (pacing !== undefined) state.pacing.set('lan/4', { queue: [], nextAt: instant(pacing) });
    const [, last] = state.instances;
    if (down !== undefined && last !== undefined) last.deadlines.down = instant(down);
    return state;
  };
  const WAITS = ['link', 'pacing', 'down'] as const;

  it('has no deadline without a timer', () => {
    expect(nextRouterDeadline(router({}))).toBeUndefined();
  });

  it.each(WAITS)('has the deadline of a %s alone, or before or after any other', (kind) => {
    expect(nextRouterDeadline(router({ [kind]: 5 }))).toBe(5);
    for (const other of WAITS) {
      if (other === kind) continue;
      expect(nextRouterDeadline(router({ [kind]: 5, [other]: 7 }))).toBe(5);
      expect(nextRouterDeadline(router({ [kind]: 5, [other]: 3 }))).toBe(3);
    }
  });

  it('has the deadline of its scripts, before or after a timer', () => {
    const weight = { value: -10, reverse: false };
    const tracks = [{ kind: 'script' as const, name: 'check', weight }];
    const fast = { ...SCRIPT, weight, interval: micros(700_000), timeout: micros(700_000) };
    const bench = new Bench({ tracks }, '10.0.0.5', { scripts: [fast] });
    bench.start();
    expect(bench.deadline()).toBe(700_000);
    const slow = new Bench({ tracks }, '10.0.0.5', {
      scripts: [{ ...fast, interval: seconds(9), timeout: seconds(9) }],
    });
    slow.start();
    expect(slow.deadline()).toBe(3_609_375);
  });

  it('says whether one of its Backups would take over by then', () => {
    expect(takeoverDue(router({}), instant(9))).toBe(false);
    const waiting = router({ down: 5 });
    expect([4, 5, 6].map((at) => takeoverDue(waiting, instant(at)))).toEqual([false, true, true]);
  });
});

describe('a new router', () => {
  it('has only the state of its configuration', () => {
    const state = createRouter(configOf());
    expect(state).toMatchObject({ instances: [], groups: [], scripts: [], started: false });
    expect(state.context.objects.size).toBe(0);
  });

  it('knows the result of a script that counts as failed from the start', () => {
    const script = {
      name: 'check',
      command: { argv: ['/bin/check'], user: undefined },
      interval: seconds(1),
      timeout: seconds(1),
      rise: 1,
      fall: 1,
      weight: { value: 0, reverse: false },
      initFail: true,
    };
    const router = createRouter({ ...configOf(BASE), scripts: [script] });
    expect([...router.context.objects]).toEqual([['script/check', { up: false }]]);
    const other = createRouter({ ...configOf(BASE), scripts: [{ ...script, initFail: false }] });
    expect([...other.context.objects]).toEqual([]);
  });

  it('sends from its virtual MAC unless configured to transmit on the base interface', () => {
    const vmac = { interface: 'vrrp.51', transmitOnBase: false } as (typeof BASE)['vmac'];
    expect(speaksOn(BASE)).toBe('lan');
    expect(speaksOn({ ...BASE, vmac })).toBe('vrrp.51');
    const base = { ...vmac, transmitOnBase: true } as (typeof BASE)['vmac'];
    expect(speaksOn({ ...BASE, vmac: base })).toBe('lan');
  });

  it('drops an unknown member of a sync group', () => {
    const notify = { priorityChanges: false, smtpAlert: false };
    const state = createRouter({
      ...configOf(BASE),
      syncGroups: [
        {
          name: 'G',
          members: ['web', 'gone'],
          trackInterfaces: [],
          tracks: [],
          memberWeights: false,
          notify,
        },
      ],
    });
    expect(state.groups[0]?.members.map(({ config }) => config.name)).toEqual(['web']);
  });
});
