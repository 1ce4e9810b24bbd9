import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareSamples,
  ksCritical,
  ksDistance,
  shareInside,
  wasserstein1,
} from '../../src/assert/two-samples.ts';
import { type Micros, micros } from '../../src/time.ts';

const sample = fc.array(fc.integer({ min: -1_000, max: 100_000 }), { minLength: 1, maxLength: 40 });
const of = (values: readonly number[]): Micros[] => values.map(micros);

describe('the Kolmogorov-Smirnov distance', () => {
  it.each([
    ['equal samples', [1, 2, 3], [3, 1, 2], 0],
    ['apart', [1, 2], [3, 4], 1],
    ['interleaved', [1, 3], [2, 4], 0.5],
    ['a tie at one place', [1, 1, 2, 2], [2, 2, 2, 2], 0.5],
    ['of different sizes', [1, 2, 3, 4], [4], 0.75],
  ])('%s', (_name, a, b, expected) => {
    expect(ksDistance(a, b)).toBeCloseTo(expected, 12);
  });

  it('matches its definition: the largest difference of the two empirical distributions', () => {
    const below = (values: readonly number[], x: number): number =>
      values.filter((value) => value <= x).length / values.length;
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const brute = Math.max(...[...a, ...b].map((x) => Math.abs(below(a, x) - below(b, x))));
        expect(ksDistance(a, b)).toBeCloseTo(brute, 12);
      }),
    );
  });

  it('is between 0 and 1, symmetric, and independent of the unit', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const distance = ksDistance(a, b);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1);
        expect(ksDistance(b, a)).toBe(distance);
        expect(
          ksDistance(
            a.map((x) => 3 * x + 7),
            b.map((x) => 3 * x + 7),
          ),
        ).toBe(distance);
      }),
    );
  });

  it('has the published critical value: 0.23 for 100 values per side, 0.115 for 400', () => {
    expect(ksCritical(100, 100)).toBeCloseTo(0.23, 3);
    expect(ksCritical(400, 400)).toBeCloseTo(0.115, 3);
    expect(ksCritical(1, 1)).toBe(1);
  });
});

describe('the Wasserstein-1 distance', () => {
  it.each([
    ['equal samples', [5, 1], [1, 5], 0],
    ['a shift', [0, 10, 20], [3, 13, 23], 3],
    ['one of two values moved', [0, 0], [0, 10], 5],
    ['of different sizes', [0], [0, 10], 5],
    ['more mass to the right', [0, 1], [0, 1, 1, 1], 0.25],
  ])('%s', (_name, a, b, expected) => {
    expect(wasserstein1(a, b)).toBeCloseTo(expected, 9);
  });

  it('of equally large samples is the mean distance of the sorted values', () => {
    const pairs = fc.array(fc.tuple(fc.nat(10_000), fc.nat(10_000)), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(pairs, (both) => {
        const sorted = (side: 0 | 1): number[] =>
          both.map((pair) => pair[side]).sort((x, y) => x - y);
        const [a, b] = [sorted(0), sorted(1)];
        const mean = a.reduce((sum, x, i) => sum + Math.abs(x - (b[i] ?? 0)), 0) / a.length;
        expect(wasserstein1(a, b)).toBeCloseTo(mean, 6);
      }),
    );
  });

  it('is a metric: 0 to itself, symmetric, with the triangle inequality', () => {
    fc.assert(
      fc.property(sample, sample, sample, (a, b, c) => {
        expect(wasserstein1(a, a)).toBe(0);
        expect(wasserstein1(a, b)).toBeCloseTo(wasserstein1(b, a), 6);
        expect(wasserstein1(a, c)).toBeLessThanOrEqual(
          wasserstein1(a, b) + wasserstein1(b, c) + 1e-6,
        );
      }),
    );
  });
});

describe('two samples', () => {
  it('count real values outside the range of the simulator', () => {
    expect(shareInside([1, 2, 3, 10], { from: 2, to: 3 })).toBe(0.5);
  });

  it('give no result if one of them is empty', () => {
    expect(compareSamples([], of([1]))).toBeUndefined();
    expect(compareSamples(of([1]), [])).toBeUndefined();
  });

  it('have distance 0 if they are equal', () => {
    fc.assert(
      fc.property(sample, (values) => {
        expect(compareSamples(of(values), of(values))).toMatchObject({
          difference: 0,
          ks: 0,
          wasserstein: 0,
          inside: 1,
        });
      }),
    );
  });

  it('differ by the shift of one of them, with the sign of the real sample', () => {
    const simulated = of(Array.from({ length: 100 }, (_, i) => 1_000 * i));
    const real = simulated.map((value) => micros(value + 2_000));
    expect(compareSamples(simulated, real)).toEqual({
      simulated: { count: 100, median: 49_000 },
      real: { count: 100, median: 51_000 },
      difference: 2_000,
      ks: 0.02,
      ksCritical: ksCritical(100, 100),
      wasserstein: 2_000,
      inside: 0.98,
    });
  });
});
