/** A measured number with its bound, printed as one line of the benchmark's table. */
import { appendFileSync } from 'node:fs';

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** `>= 2` or `<= 4`; undefined where there is no bound. */
  readonly bound?: string;
}

export function report(row: Row): void {
  const { name, value, unit, bound } = row;
  const verdict = bound === undefined ? '' : meets(row) ? `  ok (${bound})` : `  MISSED (${bound})`;
  console.log(
    `${name.padEnd(64)} ${String(Number(value.toPrecision(4))).padStart(10)} ${unit}${verdict}`,
  );
  const file = process.env.HALAB_BENCH_FILE;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

export function meets({ value, bound }: Row): boolean {
  const [, sign, limit] = /^(<=|>=) ([\d.]+)$/.exec(bound ?? '') ?? [];
  if (sign === undefined) return true;
  return sign === '<=' ? value <= Number(limit) : value >= Number(limit);
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? Number.NaN;
}
