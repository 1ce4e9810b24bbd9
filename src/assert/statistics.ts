/** The few statistics of a lab: nearest rank, no interpolation, every sample published. */
import { type Micros, micros } from '../time.ts';

export interface Summary {
  readonly count: number;
  readonly min: Micros;
  readonly p50: Micros;
  readonly p95: Micros;
  readonly max: Micros;
}

/** Nearest-rank percentile; `values` must not be empty. */
export function percentile(values: readonly Micros[], rank: number): Micros {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? micros(0);
}

export function summarize(values: readonly Micros[]): Summary | undefined {
  if (values.length === 0) return undefined;
  return {
    count: values.length,
    min: percentile(values, 0),
    p50: percentile(values, 50),
    p95: percentile(values, 95),
    max: percentile(values, 100),
  };
}
