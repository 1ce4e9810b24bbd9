/** S2, T1, T3, T4, T5: which events excuse a change of roles. */
import { describe, expect, it } from 'vitest';
import type { ElectionChange } from '../../../src/observe/election.ts';
import { milliseconds, seconds } from '../../../src/time.ts';
import { calm, routerFacts, type Stream } from '../../support/election.ts';
import { crashed } from '../../support/elections.ts';

const MIXED = [
  routerFacts(200),
  routerFacts(150, { interval: seconds(2) }),
  routerFacts(100, { interval: seconds(2) }),
];

const found = (s: Stream, id: string, until = 20_000): number => s.judge(until, id).length;

describe('S2', () => {
  const early = (cause: string, more = {}): Stream => calm(9_300, more).takes(9_600, 1, cause);

  it.each([
    ['no-response', 1],
    ['priority-zero', 1],
    ['preempted', 0],
    ['sync-group', 0],
    ['owner', 0],
    ['resumed', 0],
  ])('an early takeover because of %s', (cause, times) => {
    expect(found(early(cause), 'S2')).toBe(times);
  });

  it('an owner waits for no timer', () => {
    const routers = [routerFacts(200), routerFacts(255), routerFacts(100)];
    expect(found(early('no-response', { routers }), 'S2')).toBe(0);
  });

  it('a router that resumes after a pause waits for no timer', () => {
    const paused = (ms: number): Stream =>
      calm(9_300).process(9_300, 1, 'pause').process(9_600, 1, 'resume').takes(ms, 1);
    expect([found(paused(9_600), 'S2'), found(paused(9_601), 'S2')]).toEqual([0, 1]);
  });

  it('applies only to a takeover from Backup', () => {
    expect(found(calm(9_300).role(9_500, 1, 'FAULT').takes(9_600, 1), 'S2')).toBe(0);
  });
});

describe('T1', () => {
  /** 150 loses the advert of 9.22 s and takes over from 200 too early. */
  const hasty = (change?: ElectionChange, more = {}): Stream => {
    const s = calm(9_200, more).advert(9_220, 0, [2], 200, [1]);
    if (change !== undefined) s.change(9_000, change);
    return s.takes(9_900, 1, 'no-response', [2]);
  };

  it.each([
    ['its timer bears one loss', undefined, {}, 1],
    ['there is noise', { kind: 'noise', on: true }, {}, 0],
    ['a path moved', { kind: 'reach', from: 2, to: 1, reaches: false }, {}, 0],
    ['its priority is the higher one', { kind: 'priority', router: 1, priority: 210 }, {}, 0],
    ['its timer bears no loss', undefined, { downAdverts: 1 }, 0],
    ['there are groups', undefined, { virtuals: 2 }, 0],
  ] as const)('too few losses: %s', (_, change, more, times) => {
    const violations = hasty(change, more).judge(9_901, 'T1');
    expect(violations.filter(({ at }) => at >= 9_900_000)).toHaveLength(times);
  });

  it('allows exactly this number', () => {
    const lost = (count: number): Stream => {
      const s = calm(9_200);
      for (let i = 0; i < count; i++) s.advert(9_220 + i * 1_000, 0, [2], 200, [1]);
      return s.takes(12_636, 1, 'no-response', [2]);
    };
    expect([2, 3].map((count) => found(lost(count), 'T1', 12_637))).toEqual([1, 0]);
  });

  it('applies only without a cause at that instant and without the end of a process', () => {
    expect(found(calm(20_000).role(12_000, 0, 'BACKUP'), 'T1')).toBe(1);
    expect(found(calm(20_000).role(12_000, 0, 'INIT', 'shutdown'), 'T1')).toBe(0);
    expect(found(calm(20_000).process(12_000, 0, 'pause').role(12_000, 0, 'BACKUP'), 'T1')).toBe(0);
    const late = calm(20_000).role(12_000, 0, 'BACKUP').process(12_000, 0, 'pause');
    expect(found(late, 'T1')).toBe(0);
  });

  it('excuses duelling Backups where losers are discarded and intervals differ', () => {
    const changes = (profile: 'rfc5798' | 'rfc9568'): Stream =>
      calm(40_000, { profile, routers: MIXED }).role(30_000, 0, 'BACKUP');
    expect(found(changes('rfc9568'), 'T1', 40_000)).toBe(1);
    expect(found(changes('rfc5798'), 'T1', 40_000)).toBe(0);
  });
});

describe('T3', () => {
  const both = (s: Stream): Stream => s.takes(12_635.5, 1, 'no-response', []).takes(12_830.9, 2);

  it('names the winner and the loser', () => {
    expect(both(crashed()).judge(20_000, 'T3')[0]?.routers).toEqual([1, 2]);
  });

  it.each([
    ['a stop', () => both(calm(9_300).stop(9_500, 0)), 1],
    [
      'a pulled cable',
      () =>
        both(
          calm(9_300).change(9_500, { kind: 'link', router: 0, up: false }).role(9_500, 0, 'FAULT'),
        ),
      1,
    ],
    [
      'a cable plugged in',
      () => both(calm(9_300).change(9_500, { kind: 'link', router: 0, up: true })),
      0,
    ],
    ['the crash of a Backup', () => both(calm(9_300).crash(9_500, 1)), 0],
    ['something else at that instant', () => both(crashed().process(9_500, 2, 'pause')), 0],
    ['something else since', () => both(crashed().process(12_700, 2, 'pause')), 0],
    [
      'the same one again',
      () => crashed().takes(12_635.5, 1).yields(12_700, 1).takes(12_800, 1),
      0,
    ],
    [
      'an interval not yet heard',
      () => both(calm(9_300, { routers: MIXED }).start(9_400, 2).crash(9_500, 0)),
      0,
    ],
  ] as const)('after %s', (_, make, times) => {
    expect(found(make(), 'T3')).toBe(times);
  });

  it('does not apply if priorities are too close', () => {
    const routers = [routerFacts(200), routerFacts(150), routerFacts(149)];
    expect(found(both(calm(9_300, { routers }).crash(9_500, 0)), 'T3')).toBe(0);
  });
});

describe('T4 and T5', () => {
  const flaps = (s: Stream, times: number, apart = 10): Stream => {
    for (let i = 0; i < times; i++)
      s.role(10_000 + 2 * apart * i, 1, 'MASTER', 'no-response').role(
        10_000 + apart * (2 * i + 1),
        1,
        'BACKUP',
      );
    return s;
  };

  it.each([
    // The roles before the first change count, too.
    [2, 10, 0],
    [3, 10, 1],
    [4, 10, 2],
    [8, 10, 2],
    // Steps on the way to an agreement: 2 D+ + g = 5 ms.
    [8, 5, 0],
    [8, 5.001, 2],
  ])('the same roles %i times, %d ms apart', (times, apart, reports) => {
    expect(found(flaps(calm(10_000), times, apart), 'T4', 11_000)).toBe(reports);
  });

  it('excuses one repetition per member if intervals differ, and names the protocol as a possible cause', () => {
    const routers = [...MIXED, routerFacts(90)];
    const violationsOf = (times: number, more = {}) =>
      flaps(calm(10_000, { routers, ...more }), times)
        .judge(11_000, 'T4')
        .map(({ known }) => known);
    expect(violationsOf(3)).toEqual([]);
    expect(violationsOf(4)).toEqual(['duelling-backups-overtaken']);
    expect(violationsOf(4, { delayLeast: milliseconds(1.5) })).toEqual([undefined]);
  });

  it('starts again after a disturbance, and pauses during noise', () => {
    const twice = flaps(calm(10_000), 3).process(10_065, 2, 'pause').role(10_070, 1, 'MASTER');
    expect(found(twice.role(10_080, 1, 'BACKUP'), 'T4', 11_000)).toBe(0);
    const noisy = calm(9_900).change(9_950, { kind: 'noise', on: true });
    expect([found(flaps(noisy, 8), 'T4', 11_000), found(flaps(noisy, 8), 'T5', 11_000)]).toEqual([
      0, 0,
    ]);
  });

  it.each([
    [{}, 3, 0],
    [{}, 4, 1],
    [{ routers: MIXED }, 6, 0],
    [{ routers: MIXED }, 7, 1],
  ])('role changes after one event: %o, %i times', (more, times, reports) => {
    expect(found(flaps(calm(10_000, more).process(9_990, 2, 'pause'), times), 'T5', 11_000)).toBe(
      reports,
    );
  });
});
