/** S8: when a client that sends to a router that is not the Active violates the invariant, and when it does not. */
import { expect, it } from 'vitest';
import { calm, Stream } from '../../support/election.ts';
import { merge } from '../../support/elections.ts';

/** At `ms` the host learns that `router` has the address. */
const learns = (s: Stream, ms = 12_000, router = 2, host = 0): Stream =>
  s.change(ms, { kind: 'learnt', virtual: 0, host, router });

const announces = (s: Stream, ms: number, router: number): Stream =>
  s.change(ms, { kind: 'announce', virtual: 0, router, count: 1 });

/** 100 announces the addresses as its own at 6 s, before the second burst of 200 is due, and a host believes it. */
const deceived = (host = 0): Stream => learns(announces(calm(25_000), 5_999, 2), 6_000, 2, host);

const violationsOf = (s: Stream, until = 20_000) =>
  s.judge(until, 'S8').map(({ because, routers, known }) => [because, routers, known]);

it('S8 is violated: routers, and whether the Active ever heard the loser', () => {
  expect(violationsOf(deceived())).toEqual([
    ['host 0 sends to p100, but p200 is the Active', [0, 2], 'winner-silent-after-split'],
  ]);
  expect(violationsOf(deceived(1))).toEqual([
    ['host 1 sends to p100, but p200 is the Active', [0, 2], 'winner-silent-after-split'],
  ]);
  // The winner received an advert of 150 just before the host learnt it, so it knew of both.
  const known = learns(announces(calm(25_000), 11_999, 1).advert(11_998, 1), 12_000, 1);
  expect(violationsOf(known)).toEqual([
    ['host 0 sends to p150, but p200 is the Active', [0, 1], undefined],
  ]);
});

it('a resignation of the loser does not inform the winner', () => {
  const s = learns(announces(calm(25_000), 11_999, 1).advert(11_998, 1, [0, 2], 0), 12_000, 1);
  expect(violationsOf(s)[0]?.[2]).toBe('winner-silent-after-split');
});

it('a host without a neighbour entry does not know the Active', () => {
  const mute = new Stream({ hosts: 1 }).boot().advert(3_220, 0);
  mute.change(3_220, { kind: 'install', virtual: 0, router: 0 });
  mute.role(3_220, 0, 'MASTER', 'no-response').adverts(4_220, 25_000, 0);
  expect(violationsOf(mute)).toEqual([
    ['host 0 sends to nobody, but p200 is the Active', [0], undefined],
  ]);
});

const EXCUSED: readonly (readonly [string, () => Stream])[] = [
  ['the Active announced later, and was overtaken', () => announces(deceived(), 5_999.5, 0)],
  [
    'the host could not hear',
    () => deceived().change(6_001, { kind: 'deaf', virtual: 0, host: 0, router: 0 }),
  ],
  ['there was noise', () => deceived().change(6_002, { kind: 'noise', on: true })],
  ['it has learnt the Active', () => learns(deceived(), 6_500, 0)],
  [
    'not every path is whole',
    () => deceived().change(5_000, { kind: 'reach', from: 2, to: 1, reaches: false }),
  ],
];

it.each(EXCUSED)('excused: %s', (_, make) => {
  expect(violationsOf(make())).toEqual([]);
});

it('S8 does not apply before the second burst, 5 s after the takeover', () => {
  // Settled soon after the merge at 20.22 s, where 200 announced last at 20.222 s.
  const s = learns(announces(merge(), 20_300, 1), 20_301, 1);
  expect(violationsOf(s, 25_224)).toEqual([]);
  expect(violationsOf(learns(announces(merge(), 20_300, 1), 20_301, 1), 40_000)).toHaveLength(1);
});

it('S8 applies only if there are hosts', () => {
  expect(violationsOf(learns(calm(25_000, { hosts: 0 })))).toEqual([]);
});
