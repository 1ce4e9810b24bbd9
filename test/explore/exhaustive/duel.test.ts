/**
 * The duelling backups. Two fast routers below a slow Active: one becomes Active, the Active makes it yield, but an
 * advert that it had already sent teaches the other one the fast interval again, which expires before the Active
 * advertises. RFC 5798 never ends this; under RFC 9568 6.4.3 the Active answers the loser at once, which restores the slow interval.
 */
import { describe, expect, it } from 'vitest';
import { broken, DUEL, explored } from '../../support/check.ts';

describe('duelling backups', () => {
  it('are found under RFC 5798 with mixed intervals', () => {
    const { violations } = explored({ ...DUEL, profile: 'rfc5798' });
    expect(violations.map(({ invariant }) => invariant)).toEqual(['T4', 'S4']);
    const steps = violations[0]?.steps ?? [];
    const round = steps.slice(steps.findIndex((line) => line.includes('round and round')));
    const active = round.map((line) => /^ *[\d.]+ \w+ {2}(\w+)/.exec(line)?.[1]);
    // r1 stays Active, and the other two take turns beside it.
    expect(active.filter((state) => state?.startsWith('M') === false)).toEqual([]);
    expect(active).toContain('MMB');
    expect(active).toContain('MBM');
  });

  it('are absent under RFC 9568', () => {
    expect(broken(explored(DUEL))).toEqual([]);
  });

  it('are absent under RFC 5798 with equal intervals', () => {
    const routers = DUEL.routers.map((member) => ({ ...member, interval: 4 }));
    expect(
      broken(explored({ ...DUEL, profile: 'rfc5798', routers, delay: { least: 1, most: 2 } })),
    ).toEqual([]);
  });

  it('are absent if the better fast router preempts: it does not learn from the lower one', () => {
    const routers = DUEL.routers.map((member) => ({ ...member, preempt: true }));
    expect(broken(explored({ ...DUEL, profile: 'rfc5798', routers }))).toEqual([]);
  });

  it('are absent if every advert takes equally long', () => {
    const report = explored({ ...DUEL, profile: 'rfc5798', delay: { least: 2, most: 2 } });
    expect(broken(report)).toEqual([]);
  });

  it('return under RFC 9568 if one path is as slow as two others: the answer is overtaken', () => {
    const { violations } = explored({ ...DUEL, delay: { least: 1, most: 2 } });
    expect(violations.map(({ invariant }) => invariant)).toEqual(['T4', 'S4']);
    expect(violations[0]?.steps.some((line) => /hears r1, hears r[23] \(2 ticks/.test(line))).toBe(
      true,
    );
  });
});
