/** The "sometimes" classes in which an election is counted: exactly those that it is an example of. */
import { expect, it } from 'vitest';
import {
  addCounts,
  type Counts,
  coverage,
  noCounts,
} from '../../../src/assert/protocol/coverage.ts';
import { watchElection } from '../../../src/assert/protocol/watch.ts';
import { seconds } from '../../../src/time.ts';
import { calm, routerFacts, Stream } from '../../support/election.ts';
import {
  checked,
  crash,
  crashed,
  newcomer,
  nopreempt,
  owners,
  pause,
  stop,
} from '../../support/elections.ts';

function classesOf(stream: Stream, until = 20_000): Partial<Counts> {
  const counts = noCounts();
  stream.play(
    until,
    watchElection(stream.facts, [], () => {}, [coverage(counts)]),
  );
  return Object.fromEntries(Object.entries(counts).filter(([, times]) => times > 0));
}

const NOPREEMPT = [routerFacts(200, { preempt: false }), routerFacts(150, { preempt: false })];

/** 200 and 150 cannot hear each other in the directions that are cut, and both are Active. */
function split(routers = [routerFacts(200), routerFacts(150)], back = true): Stream {
  const s = new Stream({ routers }).boot().takes(3_220, 0).adverts(4_220, 9_300, 0);
  s.change(9_500, { kind: 'reach', from: 0, to: 1, reaches: false });
  if (back) s.change(9_500, { kind: 'reach', from: 1, to: 0, reaches: false });
  return s.takes(12_635.5, 1, 'no-response', []);
}

function heal(s: Stream): Stream {
  return s.change(15_000, { kind: 'reach', from: 0, to: 1, reaches: true });
}

const EQUALS = [
  routerFacts(150, { name: 'a', address: 9 }),
  routerFacts(150, { name: 'b', address: 3 }),
];
const SLOW = [routerFacts(200), routerFacts(150, { interval: seconds(2) }), routerFacts(100)];

const claims = (priority: number): Stream =>
  checked().change(10_100, { kind: 'claimed-priority', virtual: 0, router: 0, priority });

/** In addition to the calm beginning, which is one takeover by timer. */
const ELECTIONS: readonly (readonly [what: string, make: () => Stream, Partial<Counts>])[] = [
  ['nothing', () => calm(9_300), {}],
  ['a crash', crash, { 'nobody-crash': 1, 'no-response-takeover': 2 }],
  [
    'a crash of all, one after the other',
    () => crashed().crash(9_600, 1).crash(9_700, 2),
    { 'nobody-crash': 1 },
  ],
  ['a stop', stop, { 'priority-zero-takeover': 1 }],
  [
    'a priority 0 that one Backup did not hear',
    () => calm(9_300).advert(9_400, 0, [2], 0, [1]),
    { 'priority-zero-lost': 1 },
  ],
  [
    'two losses in a row',
    () =>
      calm(9_300)
        .advert(9_320, 0, [2], 200, [1])
        .advert(10_320, 0, [2], 200, [1])
        .advert(11_320, 0),
    { 'two-losses-survived': 1 },
  ],
  ['one loss', () => calm(9_300).advert(9_320, 0, [2], 200, [1]).advert(10_320, 0), {}],
  [
    'a takeover after too few losses',
    () => calm(9_300).advert(9_320, 0, [2], 200, [1]).takes(12_700, 1),
    { 'dual-lossy-path': 1, 'no-response-takeover': 2 },
  ],
  [
    'a better router that preempts',
    () => newcomer().adverts(10_414.5, 13_219, 1).takes(13_219, 0),
    { 'dual-preemption': 1, 'no-response-takeover': 2 },
  ],
  ['a better router with nopreempt', nopreempt, { 'nopreempt-stays': 1 }],
  [
    'a better router with preempt_delay',
    () => calm(9_000).takes(9_500, 1, 'preempted'),
    { 'dual-lossy-path': 1, 'preempt-delay': 1 },
  ],
  [
    'two timers at once',
    () => new Stream().boot().takes(3_220, 0, 'no-response', []).takes(3_221, 1),
    { 'dual-simultaneous': 1, 'no-response-takeover': 2 },
  ],
  ['a partition', () => split(), { 'dual-partition': 1, 'no-response-takeover': 2 }],
  [
    'a one-way path',
    () => split(undefined, false),
    { 'dual-one-way': 1, 'no-response-takeover': 2 },
  ],
  ['a merge', () => heal(split()), { 'dual-partition': 1, merge: 1, 'no-response-takeover': 2 }],
  [
    'a merge of two that do not preempt',
    () => heal(split(NOPREEMPT)),
    { 'dual-partition': 1, merge: 1, 'merge-nopreempt': 1, 'no-response-takeover': 2 },
  ],
  [
    'a pause',
    () => calm(9_300).process(9_500, 0, 'pause').takes(12_635.6, 1),
    { 'dual-pause': 1, 'no-response-takeover': 2 },
  ],
  [
    'a pause and its consequences',
    pause,
    { 'dual-pause': 1, 'dual-preemption': 1, stalled: 1, 'no-response-takeover': 3 },
  ],
  [
    'intervals that version 2 refuses',
    () => calm(9_300, { profile: 'rfc3768', routers: SLOW }).takes(12_700, 1),
    { 'dual-mismatch': 1, 'no-response-takeover': 2 },
  ],
  [
    'refused packets that silence keepalived',
    () =>
      calm(9_300, { profile: 'keepalived' })
        .change(9_400, { kind: 'garbage', virtual: 0, router: 0 })
        .takes(9_900, 1),
    { silenced: 1, 'dual-lossy-path': 1, 'no-response-takeover': 2 },
  ],
  ['a drop below the next', () => claims(140), { 'weight-crossing': 1 }],
  ['a drop of priority without a takeover', () => claims(160), {}],
  [
    'equal priorities',
    () => new Stream({ routers: EQUALS }).boot().takes(3_415, 0).adverts(4_415, 20_000, 0),
    { tie: 1 },
  ],
  [
    'two owners',
    owners,
    {
      tie: 1,
      'owner-start': 2,
      'address-decided': 1,
      'dual-simultaneous': 1,
      'no-response-takeover': 0,
    },
  ],
  [
    'a fault of all',
    () => new Stream({ routers: [routerFacts(200)] }).boot().role(100, 0, 'FAULT'),
    { 'nobody-fault': 1, 'no-response-takeover': 0 },
  ],
  [
    'a group that follows',
    () =>
      new Stream({ virtuals: 2 }).boot().takes(3_220, 0).role(3_220, 0, 'MASTER', 'sync-group', 1),
    { 'sync-group': 1 },
  ],
];

it.each(ELECTIONS)('%s', (_, make, classes) => {
  const { settled = 0, ...found } = classesOf(make());
  expect(settled).toBeGreaterThan(0);
  expect({ 'no-response-takeover': 0, ...found }).toEqual({
    'no-response-takeover': 1,
    ...classes,
  });
});

it('adds up', () => {
  const sum = noCounts();
  addCounts(sum, { ...noCounts(), merge: 2 });
  addCounts(sum, { ...noCounts(), merge: 1, tie: 1 });
  expect(sum).toEqual({ ...noCounts(), merge: 3, tie: 1 });
});
