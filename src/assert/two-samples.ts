/**
 * The distance of two samples of the same quantity: simulated and measured. It compares whole distributions
 * in addition to the medians, since a model can be right in the middle and wrong at the ends. Pure arithmetic; the samples need
 * neither be sorted nor equally many.
 */
import { type Micros, micros } from '../time.ts';
import { percentile } from './statistics.ts';

export interface SampleComparison {
  readonly simulated: { readonly count: number; readonly median: Micros };
  readonly real: { readonly count: number; readonly median: Micros };
  /** Real median minus simulated median. */
  readonly difference: Micros;
  /** Kolmogorov-Smirnov: the largest distance of the two distribution functions, 0..1. */
  readonly ks: number;
  /** Two samples of one distribution are farther apart than this in 1 % of all cases. */
  readonly ksCritical: number;
  /** Wasserstein-1: the mean distance by which one sample must move to become the other. */
  readonly wasserstein: Micros;
  /** Share of the real sample inside the simulator's [0.5 %, 99.5 %] interval, 0..1. */
  readonly inside: number;
}

/** Undefined if either sample is empty. */
export function compareSamples(
  simulated: readonly Micros[],
  real: readonly Micros[],
): SampleComparison | undefined {
  if (simulated.length === 0 || real.length === 0) return undefined;
  const medians = { simulated: percentile(simulated, 50), real: percentile(real, 50) };
  return {
    simulated: { count: simulated.length, median: medians.simulated },
    real: { count: real.length, median: medians.real },
    difference: micros(medians.real - medians.simulated),
    ks: ksDistance(simulated, real),
    ksCritical: ksCritical(simulated.length, real.length),
    wasserstein: micros(wasserstein1(simulated, real)),
    inside: shareInside(real, {
      from: percentile(simulated, 0.5),
      to: percentile(simulated, 99.5),
    }),
  };
}

export function ksDistance(a: readonly number[], b: readonly number[]): number {
  let largest = 0;
  walk(a, b, (below) => {
    largest = Math.max(largest, below);
  });
  return largest;
}

/** The area between the two distribution functions. */
export function wasserstein1(a: readonly number[], b: readonly number[]): number {
  let area = 0;
  walk(a, b, (distance, width) => {
    area += distance * width;
  });
  return area;
}

/** c(0.01) = sqrt(-ln(0.01 / 2) / 2); good from about ten values a side on, and never above 1. */
export function ksCritical(n: number, m: number): number {
  return Math.min(1, 1.628 * Math.sqrt((n + m) / (n * m)));
}

export function shareInside(
  values: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): number {
  return values.filter((value) => value >= from && value <= to).length / values.length;
}

/**
 * Visits every stretch between neighbouring values of both samples: how far the two distribution functions are
 * apart there, and how wide it is. The last one, beyond all values, is left out: both are 1 there.
 */
function walk(
  a: readonly number[],
  b: readonly number[],
  visit: (distance: number, width: number) => void,
): void {
  const [left, right] = [sorted(a), sorted(b)];
  const places = sorted([...left, ...right]);
  let [i, j] = [0, 0];
  for (const [k, place] of places.entries()) {
    const next = places[k + 1];
    if (next === undefined) return;
    while ((left[i] ?? Number.POSITIVE_INFINITY) <= place) i++;
    while ((right[j] ?? Number.POSITIVE_INFINITY) <= place) j++;
    // Whole numbers until the last division: equal distributions are exactly 0 apart.
    const [n, m] = [left.length, right.length];
    if (next > place) visit(Math.abs(i * m - j * n) / (n * m), next - place);
  }
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((x, y) => x - y);
}
