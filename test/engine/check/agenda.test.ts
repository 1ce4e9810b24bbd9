import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Agenda, addEntry, dropFirst, firstEntry } from '../../../src/engine/check/agenda.ts';
import { instant } from '../../../src/time.ts';

/** Removes all entries in order. */
function drain(agenda: Agenda<number>): number[] {
  const order: number[] = [];
  for (let first = firstEntry(agenda, () => true); first; first = firstEntry(agenda, () => true)) {
    order.push(first.item);
    dropFirst(agenda);
  }
  return order;
}

describe('an agenda', () => {
  it('returns the earliest entry first, equal times by rank', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const agenda: Agenda<number> = [];
        for (const [rank, at] of times.entries())
          addEntry(agenda, { at: instant(at), rank, item: rank });
        const wanted = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
        expect(drain(agenda)).toEqual(wanted);
      }),
    );
  });

  it('skips entries that are no longer valid', () => {
    const agenda: Agenda<string> = [];
    for (const [rank, item] of ['old', 'new', 'newer'].entries())
      addEntry(agenda, { at: instant(rank), rank, item });
    expect(firstEntry(agenda, ({ item }) => item !== 'old')?.item).toBe('new');
    expect(agenda).toHaveLength(2);
    expect(firstEntry(agenda, () => false)).toBeUndefined();
    expect(agenda).toHaveLength(0);
  });
});
