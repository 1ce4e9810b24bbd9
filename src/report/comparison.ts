/** The differences of two backends: a table for people, and schema `halab.compare/1` with every sample for machines. */
import { printableJson } from '../printable.ts';
import type { MetricComparison, ScenarioComparison, World } from '../run/compare.ts';
import { TIMES, titleOf } from '../run/result.ts';
import { formatMicros, type Micros } from '../time.ts';

const HEADER = ['metric', 'n', 'sim', 'docker', 'difference', 'of mdi', 'KS (1 %)', 'W1', 'inside'];

/** A line each. */
export function comparisonTable(comparison: ScenarioComparison): string[] {
  const { simulated, real, downInterval, agreement, skipped, engines } = comparison;
  const head = `${titleOf(comparison)} · ${engines} · mdi ${formatMicros(downInterval)}`;
  const lines =
    skipped === undefined
      ? [
          ...aligned([HEADER, ...comparison.metrics.map((metric) => cells(metric, downInterval))]),
          `roles: ${percent(agreement ?? 0)} of the real repeats went as simulated ones did`,
        ]
      : [`not compared: ${skipped}`];
  return [head, ...[...lines, ...notes([simulated, real])].map((line) => `  ${line}`), ''];
}

function cells(metric: MetricComparison, downInterval: Micros): string[] {
  const { simulated, real, difference, ks, ksCritical, wasserstein, inside } = metric;
  return [
    metric.metric,
    `${simulated.count}/${real.count}`,
    formatMicros(simulated.median),
    formatMicros(real.median),
    `${difference > 0 ? '+' : ''}${formatMicros(difference)}`,
    `${((100 * difference) / downInterval).toFixed(2)} %`,
    `${ks.toFixed(2)} (${ksCritical.toFixed(2)})`,
    formatMicros(wasserstein),
    percent(inside),
  ];
}

/** Reasons for fewer or doubtful samples. */
function notes(worlds: readonly World[]): string[] {
  return worlds.flatMap(({ backend, status, reason, failed, kept, rejected }) => [
    ...(failed ? [`${backend}: the scenario's own expectations failed`] : []),
    ...(status === 'inconclusive' && reason !== undefined ? [`${backend}: ${reason}`] : []),
    ...(rejected.length === 0
      ? []
      : [`${backend}: ${rejected.length} of ${kept.length + rejected.length} repeats rejected`]),
    ...rejected.map((rejection) => `  repeat ${rejection.repeat}: ${rejection.reason}`),
  ]);
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  '),
  );
}

/** `machine`: the properties of the machine that affect timer lateness. */
export function comparisonJson(
  comparisons: readonly ScenarioComparison[],
  { seed, machine }: { readonly seed: number; readonly machine: Readonly<Record<string, number>> },
): string {
  const scenarios = comparisons.map((comparison) => ({
    name: comparison.name,
    file: comparison.file,
    cell: comparison.cell,
    engines: comparison.engines,
    skipped: comparison.skipped ?? null,
    down_interval_us: comparison.downInterval,
    agreement: comparison.agreement ?? null,
    metrics: comparison.metrics.map((metric) => ({
      metric: metric.metric,
      simulated: { count: metric.simulated.count, median_us: metric.simulated.median },
      real: { count: metric.real.count, median_us: metric.real.median },
      difference_us: metric.difference,
      ks: metric.ks,
      ks_critical: metric.ksCritical,
      wasserstein_us: metric.wasserstein,
      inside: metric.inside,
    })),
    simulated: worldJson(comparison.simulated),
    real: worldJson(comparison.real),
  }));
  return `${printableJson({ schema: 'halab.compare/1', seed, machine, scenarios }, 2)}\n`;
}

function worldJson({ backend, status, reason, failed, kept, rejected, environment }: World) {
  const samples = TIMES.map((metric) => [
    `${metric}_us`,
    kept.map(({ metrics }) => metrics[metric] ?? null),
  ]);
  return {
    backend,
    status,
    reason: reason ?? null,
    failed,
    environment,
    rejected,
    samples: Object.fromEntries(samples),
    traces: kept.map(({ trace }) => trace),
  };
}
