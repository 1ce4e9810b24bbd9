/** When a judgement is valid: blind witnesses make it inconclusive, and only a late machine in its interval excuses a violated bound. */
import { describe, expect, it } from 'vitest';
import { fail, type Grounds, pass, time, type Violation } from '../../src/assert/verdict.ts';
import type { Mac } from '../../src/net/address.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import type { Witness } from '../../src/observe/witness.ts';
import { settle, slackOf, statusOf, unfinishedStatus, worstOf } from '../../src/run/status.ts';
import { instant, micros } from '../../src/time.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(PAIR_YAML);
const GW1: Witness = 'agent gw1';
const TAP: Witness = 'tap lan';
const ms = (value: number): number => value * 1_000;

interface Beats {
  readonly late?: (at: number) => number;
  readonly dropped?: (at: number) => number;
  readonly skip?: (at: number) => boolean;
}

/** Ten heartbeats a second of both witnesses, from 0 to 10 s. */
function timelineOf(odd: Partial<Record<Witness, Beats>> = {}, most?: number): Timeline {
  const timeline = new Timeline(topology, most);
  for (const witness of [GW1, TAP]) {
    const { late = () => 0, dropped = () => 0, skip = () => false } = odd[witness] ?? {};
    let number = 0;
    for (let at = 0; at <= 10_000; at += 100) {
      if (skip(at)) continue;
      timeline.add({
        kind: 'heartbeat',
        at: instant(ms(at)),
        source: 'agent',
        node: witness === GW1 ? 'gw1' : undefined,
        witness,
        number: number++,
        late: micros(ms(late(at))),
        dropped: dropped(at),
      });
    }
  }
  return timeline;
}

const grounds = (
  timeline: Timeline,
  from: number,
  to: number,
  on: readonly Witness[] = [GW1],
): Grounds => ({ timeline, window: { from: instant(ms(from)), to: instant(ms(to)) }, on });

const OK = pass({ measured: undefined, bound: undefined, because: 'it held' });
const NOT = fail({ measured: undefined, bound: undefined, because: 'it did not hold' });
const zero = instant(0);
const settled = (judgement: typeof OK, ...all: Grounds[]) => {
  const { ok, inconclusive, because } = settle(judgement, { grounds: all, basis: [], zero });
  return [ok ? 'ok' : inconclusive === true ? 'open' : 'failed', because] as const;
};

/** A violation of the bound `allowed` by `excess` milliseconds. */
function missed(base: Grounds, allowed: number, excess: number): typeof OK {
  const violation: Violation = {
    ...base,
    because: 'it took too long',
    allowed: micros(ms(allowed)),
    persists: (slack) => ms(excess) > slack,
  };
  const measured = time(micros(ms(allowed + excess)));
  return {
    ...fail({ measured, bound: time(micros(ms(allowed))), because: 'it took too long' }),
    violations: [violation],
  };
}

describe('a judgement with witnesses that', () => {
  it('are alive and complete is valid', () => {
    const timeline = timelineOf();
    expect(settled(OK, grounds(timeline, 1_000, 9_950))).toEqual(['ok', 'it held']);
    expect(settled(NOT, grounds(timeline, 1_000, 9_950))).toEqual(['failed', 'it did not hold']);
  });

  it.each<[string, Beats, string]>([
    [
      'said nothing in the middle',
      { skip: (at) => at > 3_000 && at < 4_000 },
      'said nothing from 3.000 s to 4.000 s',
    ],
    [
      'said nothing to the end',
      { skip: (at) => at > 3_000 },
      'said nothing from 3.000 s to 9.950 s',
    ],
    [
      'lost frames in the kernel',
      { dropped: (at) => (at === 3_000 ? 7 : 0) },
      'lost 7 events from 2.900 s to 3.000 s',
    ],
  ])('%s is inconclusive, pass or failure', (_what, odd, reason) => {
    const timeline = timelineOf({ [GW1]: odd });
    for (const judgement of [OK, NOT])
      expect(settled(judgement, grounds(timeline, 1_000, 9_950))).toEqual([
        'open',
        `${judgement.because}; but the agent of gw1 ${reason}`,
      ]);
    // Before that, and for other witnesses, it is valid.
    expect(settled(OK, grounds(timeline, 1_000, 2_500))[0]).toBe('ok');
    expect(settled(OK, grounds(timeline, 1_000, 9_950, [TAP]))[0]).toBe('ok');
  });

  it('lost an event is inconclusive from then on', () => {
    const timeline = timelineOf();
    const about = { at: instant(ms(10_050)), source: 'kernel', node: 'gw1' } as const;
    timeline.add({
      kind: 'heartbeat',
      ...about,
      witness: GW1,
      number: 102,
      late: micros(0),
      dropped: 0,
    });
    expect(settled(OK, grounds(timeline, 1_000, 9_950))[0]).toBe('ok');
    expect(settled(OK, grounds(timeline, 1_000, 10_040))).toEqual([
      'open',
      'it held; but the agent of gw1 lost 1 event from 10.000 s on',
    ]);
  });

  it('reported more than can be kept is inconclusive from then on', () => {
    const timeline = timelineOf({}, 2);
    for (const at of [3_000, 4_000, 5_000, 6_000])
      timeline.add({
        kind: 'link',
        at: instant(ms(at)),
        source: 'kernel',
        node: 'gw1',
        witness: GW1,
        interface: 'lan',
        mac: '02:00:00:00:00:01' as Mac,
        up: true,
      });
    expect(timeline.of('link')).toHaveLength(2);
    // Actions of the runner need no witness: they are kept.
    const fault = { id: 'x-1-0', fault: 'vrrp.block', effects: [], evidence: '' } as const;
    timeline.add({ kind: 'fault', at: instant(ms(7_000)), source: 'lab', node: 'gw1', ...fault });
    expect(timeline.of('fault')).toHaveLength(1);
    expect(settled(OK, grounds(timeline, 1_000, 4_900))[0]).toBe('ok');
    expect(settled(OK, grounds(timeline, 1_000, 9_950))).toEqual([
      'open',
      'it held; but the agent of gw1 told of more than the 2 events that can be kept from 5.000 s on',
    ]);
    expect(settled(OK, grounds(timeline, 1_000, 9_950, [TAP]))[0]).toBe('ok');
  });

  it('never reported anything is inconclusive', () => {
    expect(settled(OK, grounds(new Timeline(topology), 0, 1_000))[1]).toBe(
      'it held; but the agent of gw1 was never heard of from 0.000 s to 1.000 s',
    );
  });

  it('were lost before they selected a target is inconclusive', () => {
    const timeline = timelineOf({ [GW1]: { skip: (at) => at > 3_000 && at < 4_000 } });
    const basis = [grounds(timeline, 0, 5_000)];
    const { inconclusive } = settle(OK, {
      grounds: [grounds(timeline, 6_000, 7_000)],
      basis,
      zero,
    });
    expect(inconclusive).toBe(true);
  });
});

describe('a violated bound', () => {
  const late = (value: number, from: number, to: number): Timeline =>
    timelineOf({ [GW1]: { late: (at) => (at >= from && at <= to ? value : 0) } });

  it.each<[number, number, number, string]>([
    // lateness, allowance, excess: all in ms
    [0, 100, 1, 'failed'],
    [20, 100, 1, 'failed'], // no more than a fifth of the allowance
    [21, 100, 1, 'open'],
    [21, 100, 42, 'open'], // twice the lateness
    [21, 100, 43, 'failed'],
    [60, 150, 300, 'failed'], // three times the allowance
    [5, 0, 10, 'open'],
    [5, 0, 11, 'failed'],
  ])(
    'with %i ms of lateness and %i ms allowed, violated by %i ms: %s',
    (lateness, allowed, excess, answer) => {
      const base = grounds(late(lateness, 4_000, 5_000), 4_000, 5_000);
      expect(settled(missed(base, allowed, excess), base)[0]).toBe(answer);
    },
  );

  it('is not excused by lateness before, after or elsewhere', () => {
    const timeline = late(50, 1_000, 3_000);
    const base = grounds(timeline, 4_000, 5_000);
    expect(settled(missed(base, 100, 20), base)[0]).toBe('failed');
    const tap = grounds(timeline, 1_000, 3_000, [TAP]);
    expect(settled(missed(tap, 100, 20), tap)[0]).toBe('failed');
  });

  it('names the late nodes and their lateness', () => {
    const base = grounds(late(50, 4_000, 5_000), 4_000, 5_000);
    expect(settled(missed(base, 100, 20), base)[1]).toBe(
      'it took too long; but this machine was too busy: the agent of gw1 ran up to 50 ms late',
    );
  });

  it('stays violated if only one of several violations is excused, and is described by another', () => {
    const timeline = late(50, 4_000, 5_000);
    const first = missed(grounds(timeline, 4_000, 5_000), 100, 20);
    const second = missed(grounds(timeline, 7_000, 8_000), 100, 20);
    const [own] = second.violations ?? [];
    if (own === undefined) throw new Error('it has one');
    const violations = [...(first.violations ?? []), { ...own, because: 'the second one' }];
    const both = { ...first, violations };
    expect(settled(both, grounds(timeline, 1_000, 9_000))).toEqual(['failed', 'the second one']);
    expect(settled({ ...both, tolerated: 1 }, grounds(timeline, 1_000, 9_000))[0]).toBe('open');
  });

  it('stays violated if a witness elsewhere was silent: it was observed', () => {
    const timeline = timelineOf({ [GW1]: { skip: (at) => at > 6_000 && at < 7_000 } });
    const all = grounds(timeline, 1_000, 9_000);
    expect(settled(missed(grounds(timeline, 4_000, 5_000), 100, 20), all)[0]).toBe('failed');
    expect(settled(missed(grounds(timeline, 6_100, 6_500), 100, 20), all)[0]).toBe('open');
  });

  it('extends a barrier by twice the lateness if that is more than a fifth of its time', () => {
    const timeline = late(50, 4_000, 5_000);
    expect(slackOf(grounds(timeline, 4_000, 5_000), micros(ms(249)))).toBe(ms(100));
    expect(slackOf(grounds(timeline, 4_000, 5_000), micros(ms(250)))).toBeUndefined();
  });
});

it('one failure makes a failure, one open verdict makes it inconclusive', () => {
  const open = { ok: false, inconclusive: true };
  expect(statusOf([OK])).toBe('passed');
  expect(statusOf([OK, open])).toBe('inconclusive');
  expect(statusOf([OK, open, NOT])).toBe('failed');
});

it('the status of a run is the worst of its parts, and an observed failure survives a later error', () => {
  expect(worstOf(['passed', 'inconclusive', 'failed'])).toBe('failed');
  expect(worstOf(['passed', 'inconclusive'])).toBe('inconclusive');
  expect(worstOf([])).toBe('passed');
  expect([unfinishedStatus('failed'), unfinishedStatus('passed'), unfinishedStatus()]).toEqual([
    'failed',
    'inconclusive',
    'inconclusive',
  ]);
});

it.each(['unmeasured', 'unsettled', 'unhealed', 'not-on-time'] as const)(
  'a judgement that is %s is inconclusive whatever its witnesses saw',
  (doubt) => {
    const verdict = settle({ ...NOT, doubt }, { grounds: [], basis: [], zero });
    expect(verdict).toEqual({ ...NOT, inconclusive: true });
  },
);
