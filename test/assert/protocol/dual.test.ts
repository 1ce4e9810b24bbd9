/** S6: the maximum length of each kind of dual window in microseconds, and what voids it. */
import { expect, it } from 'vitest';
import type { ElectionChange, ProfileName } from '../../../src/observe/election.ts';
import { calm, routerFacts, type Stream } from '../../support/election.ts';

/** 200 is Active; 150 becomes Active beside it at 9.5 s, and its advert arrives. */
const second = (profile: ProfileName = 'rfc9568'): Stream =>
  calm(9_300, { profile }).takes(9_500, 1);

/** The path from 200 to 150 is cut, 150 becomes Active, and at 15 s the path heals. */
function healed(): Stream {
  const s = calm(9_300).change(9_400, { kind: 'reach', from: 0, to: 1, reaches: false });
  return s
    .takes(12_700, 1, 'no-response', [2])
    .change(15_000, { kind: 'reach', from: 0, to: 1, reaches: true });
}

/** An interval in true time, rounded up. */
const AI = 1_000_002;

const WINDOWS: readonly (readonly [
  what: string,
  make: () => Stream,
  from: number,
  most: number,
])[] = [
  ['the loser is answered', () => second(), 9_500, 6_000],
  ['the loser is discarded in silence', () => second('rfc5798'), 9_500, AI + 3_000],
  [
    'its advert to the winner was lost',
    () => calm(9_300).advert(9_500, 1, [2], 150, [0]).role(9_500, 1, 'MASTER', 'no-response'),
    9_500,
    AI + 3_000,
  ],
  ['a later advert was lost', () => second().advert(9_501, 1, [2], 150, [0]), 9_500, AI + 3_000],
  [
    'losses for the third router do not count',
    () => second().advert(9_501, 1, [0], 150, [2]),
    9_500,
    6_000,
  ],
  [
    "the winner's next two were lost",
    () => second().advert(9_501, 0, [2], 200, [1]).advert(9_502, 0, [2], 200, [1]),
    9_500,
    3 * AI + 3_000,
  ],
  ['a path heals', healed, 15_000, AI + 3_000],
  ['and the next is lost', () => healed().advert(15_100, 0, [2], 200, [1]), 15_000, 2 * AI + 3_000],
];

it.each(WINDOWS)('%s', (_, make, from, most) => {
  const violationsAt = (us: number): readonly (readonly number[])[] =>
    make()
      .yields(from + us / 1_000, 1)
      .judge(30_000, 'S6')
      .map(({ routers }) => routers);
  expect(violationsAt(most)).toEqual([]);
  expect(violationsAt(most + 1)).toEqual([[0, 1]]);
});

it('a lost first advert of the better router allows one interval more', () => {
  const lost = (after: number): Stream => {
    const s = calm(20_000).crash(9_300, 0).takes(12_700, 1);
    s.start(14_000, 0).advert(17_219, 0, [2], 200, [1]).role(17_219, 0, 'MASTER', 'no-response');
    return s.yields(17_219 + after, 1);
  };
  expect(lost(1_003.002).judge(19_000, 'S6')).toEqual([]);
  expect(lost(1_003.003).judge(19_000, 'S6')).toHaveLength(1);
});

const VOIDS: readonly ElectionChange[] = [
  { kind: 'process', router: 2, what: 'pause' },
  { kind: 'link', router: 2, up: false },
  { kind: 'reach', from: 0, to: 2, reaches: false },
  { kind: 'noise', on: true },
  { kind: 'priority', router: 2, priority: 90 },
  { kind: 'claimed-priority', virtual: 0, router: 2, priority: 90 },
  { kind: 'configured', router: 2, facts: routerFacts(100) },
  { kind: 'garbage', virtual: 0, router: 2 },
];

it.each(VOIDS)('is void after %o unless it was already too long', (change) => {
  expect(second().change(9_503, change).judge(20_000, 'S6')).toEqual([]);
  const [late, ...more] = second().change(9_507, change).judge(20_000, 'S6');
  expect([late?.at, more.length]).toEqual([9_507_000, 0]);
});

it('does not count during noise, during a pause, or if a path does not reach', () => {
  const beside = (change: ElectionChange): Stream =>
    calm(9_300).change(9_400, change).takes(9_500, 1).adverts(9_600, 12_000, 1);
  expect(beside({ kind: 'noise', on: true }).judge(12_000, 'S6')).toEqual([]);
  expect(beside({ kind: 'process', router: 0, what: 'pause' }).judge(12_000, 'S6')).toEqual([]);
  expect(beside({ kind: 'process', router: 1, what: 'pause' }).judge(12_000, 'S6')).toEqual([]);
  const cut = { kind: 'reach', from: 0, to: 1, reaches: false } as const;
  expect(beside(cut).judge(12_000, 'S6')).toEqual([]);
});
