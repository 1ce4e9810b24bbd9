import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LATENESS, quantileOf } from '../../src/sim/election/lateness.ts';

const TABLES = Object.entries(LATENESS).flatMap(([profile, { advert, takeover }]) => [
  [`${profile} advert`, advert] as const,
  [`${profile} takeover`, takeover] as const,
]);

describe('the tables of lateness', () => {
  it.each(TABLES)('%s has seventeen ascending integers (us)', (_name, table) => {
    expect(table).toHaveLength(17);
    expect(table.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
    expect([...table].sort((a, b) => a - b)).toEqual(table);
  });

  it('are interpolated linearly between their points', () => {
    const table = Array.from({ length: 17 }, (_, i) => 100 * i);
    expect(quantileOf(table, 0)).toBe(0);
    expect(quantileOf(table, 0.5)).toBe(800);
    expect(quantileOf(table, 1 / 32)).toBe(50);
    expect(quantileOf(table, 1)).toBe(1_600);
  });

  it('are monotonic', () => {
    const uniform = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...TABLES), uniform, uniform, ([, table], a, b) => {
        const [low, high] = [quantileOf(table, Math.min(a, b)), quantileOf(table, Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(table[0] ?? 0);
        expect(high).toBeLessThanOrEqual(table[16] ?? 0);
      }),
    );
  });
});
