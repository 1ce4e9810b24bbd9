/** Hand-computed values for each profile: 3 routers at 1 s, D- = 0, D+ = 2 ms, g = 1 ms, exact clocks by default. */
import { describe, expect, it } from 'vitest';
import {
  answersLosers,
  down,
  equalIntervals,
  isFine,
  isVersion2,
  jitter,
  least,
  most,
  ownerListens,
  skew,
  spaced,
  stabilisation,
  toleratedLosses,
} from '../../../src/assert/protocol/arithmetic.ts';
import type { ProfileName } from '../../../src/observe/election.ts';
import { milliseconds, seconds } from '../../../src/time.ts';
import { electionFacts, routerFacts } from '../../support/election.ts';

const S = 1_000_000;

it.each([
  // Priority 192: a quarter of the interval; 100 at 256 ms: 156 ms.
  ['rfc9568', 192, S, 2 * S, 500_000, true, true, false],
  ['rfc5798', 192, S, 2 * S, 250_000, false, false, false],
  ['rfc3768', 192, 2 * S, 2 * S, 250_000, false, false, true],
  ['keepalived', 100, S, 256_000, 156_000, true, true, false],
  ['frr', 100, S, 256_000, 150_000, false, true, false],
] as const)(
  '%s: the skew of %i',
  (profile, priority, own, learnt, length, answers, listens, two) => {
    expect(skew(profile, priority, own, learnt)).toBe(length);
    expect([answersLosers(profile), ownerListens(profile), isVersion2(profile)]).toEqual([
      answers,
      listens,
      two,
    ]);
  },
);

it.each([
  ['rfc9568', 3, 6_500_000],
  ['rfc9568', 2, 4_500_000],
  ['rfc5798', 3, 6_250_000],
  ['rfc3768', 3, 3_250_000],
] as const)('%s: the down interval of 192, %i adverts of 2 s', (profile, downAdverts, length) => {
  expect(down({ profile, downAdverts }, 192, S, 2 * S)).toBe(length);
});

it('true time allows for the clock error in both directions, and two microseconds of rounding', () => {
  expect(least({ rateError: 0 }, S)).toBe(S - 2);
  expect(most({ rateError: 0 }, S)).toBe(S + 2);
  expect(least({ rateError: 0.25 }, S)).toBe(800_000 - 2);
  expect(most({ rateError: 0.5 }, S)).toBe(2 * S + 2);
  expect(jitter(electionFacts({ delayLeast: milliseconds(0.5) }))).toBe(1_500);
});

describe('spaced', () => {
  // J + D+ + g = 5 ms and 4 us: of 1 s 1.28 of 256.
  const apart = (...priorities: number[]): boolean => {
    const routers = priorities.map((priority) => routerFacts(priority));
    return spaced(electionFacts({ routers }), routers, priorities, S);
  };

  it('compares every pair in any order', () => {
    expect(apart(200, 198)).toBe(true);
    expect(apart(200, 199)).toBe(false);
    expect(apart(100, 200, 198)).toBe(true);
    expect(apart(100, 200, 101)).toBe(false);
    expect(apart(100, 200, 100)).toBe(false);
  });

  it('uses the effective priorities, and under RFC 5798 the own interval', () => {
    const routers = [routerFacts(200), routerFacts(150)];
    expect(spaced(electionFacts(), routers, [150, 150], S)).toBe(false);
    const own = [routerFacts(200, { interval: seconds(1) }), routerFacts(199)];
    expect(spaced(electionFacts({ profile: 'rfc5798' }), own, [200, 199], 40 * S)).toBe(false);
    expect(spaced(electionFacts(), own, [200, 199], 40 * S)).toBe(true);
  });

  it('is exact to the microsecond, with clock drift', () => {
    // dp = 1: 3906.25 us at 1 s; at 1.282048 s 5008 us, where 5004 are needed.
    const two = [routerFacts(200), routerFacts(199)];
    expect(spaced(electionFacts(), two, [200, 199], 1_281_024)).toBe(false);
    expect(spaced(electionFacts(), two, [200, 199], 1_281_025)).toBe(true);
    expect(spaced(electionFacts({ rateError: 0.001 }), two, [200, 199], 1_282_048)).toBe(false);
  });
});

it('detects unequal intervals', () => {
  const mixed = [routerFacts(1), routerFacts(2, { interval: seconds(3) }), routerFacts(3)];
  expect([equalIntervals(mixed), equalIntervals(mixed.slice(0, 1)), equalIntervals([])]).toEqual([
    false,
    true,
    true,
  ]);
});

describe('stabilisation', () => {
  const facts = electionFacts();
  const length = (more: object, interval = S, depth = 1, priorities: number[] = []): number => {
    const given = { ...facts, ...more };
    return stabilisation(given, given.routers, priorities, { interval, depth });
  };
  // M_100 = 3609375, and each of M and AI with D+ + g + 2 us.
  const once = 3_609_375 + 3_002;

  it.each([
    ['max M + AI, with what is under way', {}, S, 1, once + S + 3_002],
    ['depth 0 is 1', {}, S, 0, once + S + 3_002],
    ['depth', {}, S, 3, 3 * once + S + 3_002],
    ['a sync group: twice', { virtuals: 2 }, S, 1, 2 * (once + S + 3_002)],
    ['a longer interval', {}, 2 * S, 1, 2 * 3_609_375 + 3_002 + 2 * S + 3_002],
    [
      'a preempt_delay: itself and an interval',
      { routers: [routerFacts(100, { preemptDelay: seconds(5) }), routerFacts(200)] },
      S,
      1,
      once + S + 3_002 + 6 * S + 2,
    ],
  ] as const)('%s', (_, more, interval, depth, us) => {
    expect(length(more, interval, depth)).toBe(us);
  });

  it('uses the effective priorities', () => {
    expect(length({}, S, 1, [255, 254, 253])).toBe(3 * S + (3 * S) / 256 + 3_002 + S + 3_002);
  });
});

it.each([
  // (k + 1) AI + J + g + 4 us < M: M = 3.4 s bears 2, M = 3.003 s and less only 1.
  [3_414_062, 0, 2],
  [3_003_004, 0, 1],
  [3_003_005, 0, 2],
  [1_003_004, 0, -1],
  [3_003_005, 0.01, 1],
])(
  'a down interval of %i us bears so many losses in a row at a clock drift of %d',
  (wait, rateError, k) => {
    expect(toleratedLosses(electionFacts({ rateError }), S, wait)).toBe(k);
  },
);

it.each([
  ['as it is', {}, true],
  ['a jitter as long as the interval', { delayMost: milliseconds(999) }, false],
  ['and a little less', { delayMost: milliseconds(998) }, true],
  ['one advert to wait for', { downAdverts: 1, delayMost: milliseconds(300) }, false],
  [
    'one router that is too fast',
    { routers: [routerFacts(200), routerFacts(100, { interval: milliseconds(3) })] },
    false,
  ],
] as const)('accepted: %s', (_, more, fine) => {
  expect(isFine(electionFacts(more))).toBe(fine);
});

it('knows every profile', () => {
  const all: readonly ProfileName[] = ['rfc9568', 'rfc5798', 'rfc3768', 'keepalived', 'frr'];
  expect(all.map((profile) => skew(profile, 256, S, S))).toEqual([0, 0, 0, 0, 0]);
});
