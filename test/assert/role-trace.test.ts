import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement, type RoleTrace, roleTrace, sameTrace } from '../../src/assert/role-trace.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, micros, milliseconds } from '../../src/time.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const EPS = milliseconds(1);

/** `gw1 BACKUP>MASTER no-response @361000`, a step a line. */
function trace(...lines: string[]): RoleTrace {
  return lines.map((line) => {
    const [, router = '', from = '', to = '', cause = '', at = ''] =
      /^(\w+) (\w+)>(\w+) (\S+) @(\d+)$/.exec(line) ?? [];
    return {
      at: instant(Number(at)),
      router,
      from,
      to,
      cause: cause === '?' ? undefined : cause,
    };
  });
}

const PREEMPTED = trace(
  'gw1 BACKUP>MASTER no-response @1000000',
  'gw2 MASTER>BACKUP higher-priority @1000020',
);

describe('two role traces', () => {
  it.each([
    [
      'at other times',
      ['gw1 BACKUP>MASTER no-response @1', 'gw2 MASTER>BACKUP higher-priority @90000'],
    ],
    [
      'reported in the other order within eps',
      ['gw2 MASTER>BACKUP higher-priority @500', 'gw1 BACKUP>MASTER no-response @1400'],
    ],
    ['of an engine that gives no reason', ['gw1 BACKUP>MASTER ? @500', 'gw2 MASTER>BACKUP ? @600']],
  ])('agree: %s', (_name, lines) => {
    expect(sameTrace(PREEMPTED, trace(...lines), EPS)).toBe(true);
  });

  it.each([
    [
      'in the other order, and not within eps',
      ['gw2 MASTER>BACKUP higher-priority @500', 'gw1 BACKUP>MASTER no-response @1501'],
    ],
    [
      'for another reason',
      ['gw1 BACKUP>MASTER priority-zero @500', 'gw2 MASTER>BACKUP higher-priority @600'],
    ],
    ['another role', ['gw1 BACKUP>MASTER no-response @500', 'gw2 MASTER>FAULT ? @600']],
    ['a step less', ['gw1 BACKUP>MASTER no-response @500']],
    ['another router', ['gw1 BACKUP>MASTER no-response @500', 'gw3 MASTER>BACKUP ? @600']],
  ])('differ: %s', (_name, lines) => {
    expect(sameTrace(PREEMPTED, trace(...lines), EPS)).toBe(false);
  });

  it('never agree if one router takes another path, even with close steps', () => {
    const there = trace('gw1 BACKUP>MASTER x @10', 'gw1 MASTER>BACKUP x @11');
    const back = trace('gw1 MASTER>BACKUP x @10', 'gw1 BACKUP>MASTER x @11');
    expect(sameTrace(there, back, EPS)).toBe(false);
  });

  const steps = fc
    .array(
      fc.record({
        gap: fc.nat(3_000),
        router: fc.constantFrom('gw1', 'gw2', 'gw3'),
        to: fc.constantFrom('MASTER', 'BACKUP'),
      }),
      { maxLength: 8 },
    )
    .map((list): RoleTrace => {
      let at = 0;
      return list.map(({ gap, router, to }) => {
        at += gap;
        return { at: instant(at), router, from: 'INIT', to, cause: undefined };
      });
    });

  it('agree with themselves at any offset, and agree symmetrically', () => {
    fc.assert(
      fc.property(steps, steps, fc.nat(1_000_000), (a, b, offset) => {
        const later = a.map((step) => ({ ...step, at: instant(step.at + offset) }));
        expect(sameTrace(a, later, micros(0))).toBe(true);
        expect(sameTrace(a, b, EPS)).toBe(sameTrace(b, a, EPS));
      }),
    );
  });

  it('still agree after two neighbouring steps of different routers within eps are swapped', () => {
    fc.assert(
      fc.property(steps, fc.nat(7), (a, where) => {
        const [first, other] = [a[where], a[where + 1]];
        fc.pre(first !== undefined && other !== undefined && first.router !== other.router);
        if (first === undefined || other === undefined) return;
        fc.pre(other.at - first.at <= EPS);
        const swapped = [...a];
        swapped[where] = { ...other, at: first.at };
        swapped[where + 1] = { ...first, at: other.at };
        expect(sameTrace(a, swapped, EPS)).toBe(true);
      }),
    );
  });

  it('that agree still agree with a wider eps', () => {
    fc.assert(
      fc.property(steps, steps, (a, b) => {
        if (sameTrace(a, b, EPS)) expect(sameTrace(a, b, micros(2 * EPS))).toBe(true);
      }),
    );
  });
});

describe('the agreement of two backends', () => {
  const [pair, alone] = [PREEMPTED, PREEMPTED.slice(0, 1)];

  it('is the share of real traces that the simulator also produced', () => {
    expect(agreement([pair], [pair, pair, alone, pair], EPS)).toBe(0.75);
    expect(agreement([pair, alone], [pair, pair, alone, pair], EPS)).toBe(1);
  });

  it('is unknown without traces', () => {
    expect(agreement([], [pair], EPS)).toBeUndefined();
    expect(agreement([pair], [], EPS)).toBeUndefined();
  });
});

describe('the trace of a timeline', () => {
  const claim = (at: number, node: string, state: string, reason = 'notify'): LabEvent => ({
    kind: 'state',
    at: instant(at),
    source: 'engine',
    node,
    instance: 'web',
    state,
    reason,
    detail: '',
  });

  it('contains every role change in the window with its old role and reason, in time order', () => {
    const timeline = new Timeline(topologyOf(PAIR_YAML));
    for (const event of [
      claim(10, 'gw1', 'BACKUP'),
      claim(20, 'gw2', 'BACKUP'),
      claim(30, 'gw1', 'MASTER'),
      claim(200, 'gw2', 'MASTER', 'no-response'),
      { kind: 'node-down', at: instant(150), source: 'agent', node: 'gw1' } as LabEvent,
      claim(210, 'gw2', 'MASTER', 'again'),
      claim(300, 'gw1', 'BACKUP'),
      claim(500, 'gw1', 'MASTER'),
    ])
      timeline.add(event);
    expect(roleTrace(timeline, { from: instant(100), to: instant(400) })).toEqual([
      { at: 200, router: 'gw2 web', from: 'BACKUP', to: 'MASTER', cause: 'no-response' },
      { at: 300, router: 'gw1 web', from: 'DOWN', to: 'BACKUP', cause: undefined },
    ]);
  });
});
