/** What each barrier of a step measures and prints, and when it is judged again. */
import { describe, expect, it } from 'vitest';
import { type Assertion, judgeStep } from '../../src/assert/assertions.ts';
import { parseBound } from '../../src/assert/bound.ts';
import type { StepJudgement } from '../../src/assert/step-view.ts';
import { count, text, time } from '../../src/assert/verdict.ts';
import { ip, type Mac } from '../../src/net/address.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { Timeline } from '../../src/observe/timeline.ts';
import { instant, type Micros, milliseconds, seconds } from '../../src/time.ts';
import { patience } from '../support/judge.ts';
import { PAIR_YAML, topologyOf } from '../support/topology.ts';

const topology = topologyOf(
  PAIR_YAML.replace(
    'probes:',
    '  spare:\n    vrid: 52\n    network: lan\n    addresses: [10.0.0.101/24, 10.0.0.102/24]\n    members: { gw1: { priority: 150 }, gw2: { priority: 100 } }\nprobes:',
  ),
);
const VIP = ip('10.0.0.100');
const MACS = { gw1: '02:00:00:00:00:01', gw2: '02:00:00:00:00:02' } as const;
type Node = keyof typeof MACS;

const ms = (value: number) => instant(value * 1_000);
const base = (node: string, at: number) => ({ at: ms(at), source: 'kernel', node }) as const;

const up = (node: Node): LabEvent[] => [
  {
    ...base(node, 0),
    kind: 'node-up',
    interfaces: [{ name: 'lan', network: 'lan', mac: MACS[node] as Mac, addresses: [] }],
  },
  { ...base(node, 0), kind: 'link', interface: 'lan', mac: MACS[node] as Mac, up: true },
];
const gains = (node: Node, at: number, address = VIP): LabEvent => ({
  ...base(node, at),
  kind: 'address-added',
  interface: 'lan',
  address,
  length: 24,
});
const drops = (node: Node, at: number, address = VIP): LabEvent => ({
  ...base(node, at),
  kind: 'address-removed',
  interface: 'lan',
  address,
  length: 24,
});
const garp = (node: Node, at: number, address: string): LabEvent => ({
  ...base(node, at),
  source: 'tap',
  kind: 'garp',
  segment: 'lan',
  address: ip(address),
  mac: MACS[node] as Mac,
});
const neighbor = (at: number, mac: string | undefined): LabEvent => ({
  ...base('client', at),
  kind: 'neighbor',
  interface: 'lan',
  address: VIP,
  mac: mac as Mac | undefined,
});
/** Probes every 5 ms for a second; those of [from, to) are lost. */
function probes(from: number, to: number): LabEvent[] {
  return Array.from({ length: 200 }, (_, i) => i).flatMap((i): LabEvent[] => {
    const at = i * 5;
    const ask = { ...base('client', at), source: 'tap', kind: 'probe-request' } as const;
    const answer = { ...base('gw1', at), source: 'tap', kind: 'probe-reply' } as const;
    const which = { probe: 'vip', sequence: i };
    return at >= from && at < to
      ? [{ ...ask, ...which }]
      : [
          { ...ask, ...which },
          { ...answer, ...which },
        ];
  });
}

/** Judged at `now` (ms), with the step, the barrier and the last fault at `since`. */
function judge(
  assertion: Assertion,
  now: number,
  events: readonly LabEvent[],
  since = 0,
): StepJudgement {
  const timeline = new Timeline(topology);
  for (const event of [...up('gw1'), ...up('gw2'), ...events]) timeline.add(event);
  const from = { stepFrom: ms(since), barrierFrom: ms(since), since: ms(since) };
  return judgeStep(assertion, { timeline, topology, now: ms(now), ...from });
}

describe('the time limit of a barrier', () => {
  const rows: readonly (readonly [Assertion, Micros])[] = [
    [{ kind: 'owner', of: 'web', is: 'gw1' }, seconds(0)],
    [{ kind: 'owner', of: 'web', is: 'gw1', within: seconds(2), for: seconds(3) }, seconds(3)],
    [{ kind: 'owner', of: 'web', is: 'gw1', within: seconds(4), for: seconds(3) }, seconds(4)],
    [{ kind: 'steady-state', for: seconds(2) }, seconds(12)],
    [{ kind: 'adverts', of: 'web', from: 'gw1', for: seconds(2), at_most: 1 }, seconds(2.7)],
    [{ kind: 'single-owner', vip: 'web', within: seconds(2) }, seconds(2)],
    [{ kind: 'garp', for: 'web', within: seconds(3) }, seconds(3)],
    [{ kind: 'arp', at: 'client', for: 'web', is: 'gw1' }, seconds(0)],
    [{ kind: 'outage', ended: true, within: seconds(5) }, seconds(5)],
  ];

  it.each(rows)('%o', (assertion, length) => {
    expect(patience(assertion)).toBe(length);
  });
});

describe('owner', () => {
  const owner = { kind: 'owner', of: 'web', is: 'gw2' } as const;
  const moved = [gains('gw1', 100), drops('gw1', 900), gains('gw2', 1_000)];

  it.each([
    [owner, [], false, 'nobody', 'web is on nobody, not on gw2'],
    [owner, [gains('gw1', 100)], false, 'gw1', 'web is on gw1, not on gw2'],
    [owner, moved, true, 'gw2', 'web is on gw2'],
    [{ ...owner, is: 'none' }, [], true, 'nobody', 'web is on none'],
    [
      { ...owner, is: ['gw1', 'gw2'] },
      [gains('gw1', 100), gains('gw2', 200)],
      true,
      'gw1 and gw2',
      'web is on gw1 and gw2',
    ],
  ] as const)('%o', (assertion, events, ok, measured, because) => {
    const named = assertion.is;
    const bound = text(typeof named === 'string' ? named : named.join(' and '));
    const expected = { ok, measured: text(measured), bound, because, evidence: [] };
    expect(judge(assertion as Assertion, 2_000, events)).toEqual(expected);
  });

  it('names the addresses that the expected node lacks', () => {
    const two = topologyOf(PAIR_YAML.replace('[10.0.0.100/24]', '[10.0.0.100/24, 10.0.0.101/24]'));
    const timeline = new Timeline(two);
    for (const event of [...up('gw1'), gains('gw1', 100)]) timeline.add(event);
    const from = { stepFrom: ms(0), barrierFrom: ms(0), since: ms(0) };
    const view = { timeline, topology: two, now: ms(2_000), ...from };
    expect(judgeStep({ kind: 'owner', of: 'web', is: 'gw1' }, view)).toMatchObject({
      ok: false,
      measured: text('gw1 does not hold 10.0.0.101 of web'),
      because: 'gw1 does not hold 10.0.0.101 of web',
    });
  });

  it('accepts an empty list for no node', () => {
    expect(judge({ ...owner, is: [] }, 2_000, []).ok).toBe(true);
    expect(judge({ ...owner, is: [] }, 2_000, moved).ok).toBe(false);
  });

  it('must hold for the given time', () => {
    const asked = { ...owner, for: milliseconds(500) };
    const short = judge(asked, 1_499, moved);
    expect(short).toMatchObject({
      ok: false,
      retryAt: ms(1_500),
      because: 'web has been on gw2 for 499 ms only',
    });
    expect(judge(asked, 1_500, moved).ok).toBe(true);
    // Events before the step do not count.
    expect(judge(asked, 2_400, moved, 2_000)).toMatchObject({ ok: false, retryAt: ms(2_500) });
  });

  it('applies to the named virtual router', () => {
    expect(judge({ ...owner, of: 'spare', is: 'none' }, 2_000, moved).ok).toBe(true);
    expect(judge({ ...owner, of: 'nothing' }, 2_000, moved)).toMatchObject({
      ok: false,
      because: 'the topology has no virtual router',
    });
  });
});

describe('single-owner', () => {
  it.each([
    [[], false, 'nobody'],
    [[gains('gw1', 1)], true, 'gw1'],
    [[gains('gw1', 1), gains('gw2', 2)], false, 'gw1 and gw2'],
  ])('%o', (events, ok, who) => {
    const bound = text('one owner');
    const expected = { ok, measured: text(who), bound, because: `web is on ${who}`, evidence: [] };
    expect(judge({ kind: 'single-owner', vip: 'web' }, 10, events)).toEqual(expected);
  });
});

describe('steady-state', () => {
  const steady = { kind: 'steady-state', for: milliseconds(500), vip: 'web' } as const;

  it('is inconclusive while no node or more than one node owns the address', () => {
    for (const events of [[], [gains('gw1', 1), gains('gw2', 2)]])
      expect(judge(steady, 5_000, events)).toEqual({
        ok: false,
        measured: text('not settled'),
        bound: time(milliseconds(500)),
        because: 'web has no single owner',
        evidence: [],
        doubt: 'unsettled',
      });
  });

  it('needs the given time without a change', () => {
    expect(judge(steady, 1_499, [gains('gw1', 1_000)])).toEqual({
      ok: false,
      measured: time(milliseconds(499)),
      bound: time(milliseconds(500)),
      because: 'nothing has changed for 499 ms',
      evidence: [],
      doubt: 'unsettled',
      retryAt: ms(1_500),
    });
    expect(judge(steady, 1_500, [gains('gw1', 1_000)]).ok).toBe(true);
  });

  it('covers all virtual routers if none is named', () => {
    const all = { kind: 'steady-state', for: milliseconds(500) } as const;
    const web = gains('gw1', 0);
    const spare = [gains('gw1', 0, ip('10.0.0.101')), gains('gw1', 0, ip('10.0.0.102'))];
    expect(judge(all, 5_000, [web]).because).toBe('spare has no single owner');
    expect(judge(all, 5_000, [web, ...spare]).ok).toBe(true);
  });
});

describe('garp', () => {
  const both = [garp('gw1', 10, '10.0.0.101'), garp('gw1', 11, '10.0.0.102')];

  it.each([
    [{}, [], false, 0, '10.0.0.101, 10.0.0.102 announced 0 times'],
    [{}, both, true, 1, 'every address of spare was announced'],
    [
      { count: 2 },
      [...both, garp('gw2', 12, '10.0.0.101')],
      false,
      1,
      '10.0.0.102 announced 1 times',
    ],
    [{ from: 'gw1' }, both, true, 1, 'every address of spare was announced by gw1'],
    [{ from: 'gw2' }, both, false, 0, '10.0.0.101, 10.0.0.102 announced by gw2 0 times'],
    [
      {},
      [garp('gw1', 4, '10.0.0.101'), ...both.slice(1)],
      false,
      0,
      '10.0.0.101 announced 0 times',
    ],
  ] as const)('%o %#', (more, events, ok, least, because) => {
    const bound = count('count' in more ? more.count : 1);
    const measured = count(least);
    const judgement = judge({ kind: 'garp', for: 'spare', ...more }, 20, events, 5);
    expect(judgement).toEqual({ ok, measured, bound, because, evidence: [] });
  });
});

describe('arp', () => {
  const arp = { kind: 'arp', at: 'client', for: 'web', is: 'gw1' } as const;

  it('needs an entry with the MAC of the owner', () => {
    const bound = text(MACS.gw1);
    expect(judge(arp, 10, [])).toEqual({
      ok: false,
      measured: text('no entry'),
      bound,
      because: 'client has no neighbour entry for web',
      evidence: [],
    });
    for (const [node, ok] of [
      ['gw1', true],
      ['gw2', false],
    ] as const)
      expect(judge(arp, 10, [neighbor(5, MACS[node])])).toEqual({
        ok,
        measured: text(`10.0.0.100 at ${MACS[node]}`),
        bound,
        because: `client's neighbour entries for web: 10.0.0.100 at ${MACS[node]}`,
        evidence: [],
      });
    expect(judge(arp, 10, [neighbor(5, MACS.gw1), neighbor(6, undefined)]).ok).toBe(false);
  });
});

describe('outage', () => {
  const outage = { kind: 'outage', probe: 'vip' } as const;

  it('cannot be judged before the first reply', () => {
    expect(judge({ ...outage, ended: true }, 500, probes(0, 1_000))).toEqual({
      ok: false,
      measured: undefined,
      bound: undefined,
      because: 'no reply to probe vip was ever seen',
      evidence: [],
      retryAt: ms(520),
    });
  });

  it('ends when twenty probes in a row were answered', () => {
    const judgement = judge({ ...outage, ended: true }, 597, probes(300, 500));
    expect(judgement).toEqual({
      ok: false,
      measured: text('not ended'),
      bound: text('ended'),
      because: 'probe vip has not been answered steadily for 100 ms',
      evidence: [],
      retryAt: ms(617),
    });
    expect(judge({ ...outage, ended: true }, 700, probes(300, 500))).toMatchObject({
      ok: true,
      measured: time(milliseconds(205)),
      because: 'replies are back after 205 ms',
    });
  });

  it('is the longest gap between replies, by the main probe if none is named', () => {
    for (const [max, ok] of [
      ['205ms', true],
      ['204ms', false],
    ] as const) {
      const bound = parseBound(max);
      if (typeof bound === 'string') throw new Error(bound);
      const judgement = judge({ kind: 'outage', max: bound }, 700, probes(300, 500));
      expect(judgement).toMatchObject({
        ok,
        measured: time(milliseconds(205)),
        bound: time(milliseconds(Number.parseInt(max, 10))),
        because: 'the longest hole in vip was 205 ms',
      });
      expect(judgement.retryAt).toBe(ok ? undefined : ms(720));
    }
  });

  it('is zero if no probe was lost', () => {
    expect(judge({ ...outage, ended: true }, 700, probes(0, 0))).toMatchObject({
      ok: true,
      measured: time(milliseconds(0)),
    });
  });
});

describe('advert-first', () => {
  const first = { kind: 'advert-first', of: 'web', from: 'gw2' } as const;
  const advert = (node: Node, at: number): LabEvent => ({
    ...base(node, at),
    source: 'tap',
    kind: 'advert',
    segment: 'lan',
    sender: ip(node === 'gw1' ? '10.0.0.1' : '10.0.0.2'),
    mac: MACS[node] as Mac,
    version: 3,
    family: 4,
    vrid: 51,
    priority: 100,
    interval: milliseconds(100),
    addresses: [VIP],
  });

  it.each([
    ['the advert first', [advert('gw2', 1_000), garp('gw2', 1_001, '10.0.0.100')], true],
    ['both at once', [advert('gw2', 1_000), garp('gw2', 1_000, '10.0.0.100')], true],
    ['the announcement first', [garp('gw2', 1_000, '10.0.0.100'), advert('gw2', 1_001)], false],
    ['another address first', [garp('gw2', 1_000, '10.0.0.9'), advert('gw2', 1_001)], false],
    ['no advert', [garp('gw2', 1_000, '10.0.0.100')], false],
    ['no announcement', [advert('gw2', 1_000)], false],
    ['those of another node', [garp('gw1', 1_000, '10.0.0.100'), advert('gw1', 1_001)], false],
  ] as const)('%s', (_what, events, ok) => {
    expect(judge(first, 2_000, events).ok).toBe(ok);
  });
});
