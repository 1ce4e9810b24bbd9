/** The result for machines: schema `halab.run/1`. Times are microseconds; missing observations are null. */
import type { Metrics } from '../assert/metrics.ts';
import type { Verdict } from '../assert/verdict.ts';
import { printableJson } from '../printable.ts';
import {
  exitCodeOf,
  type RepeatResult,
  type RunResult,
  type ScenarioResult,
} from '../run/result.ts';

export function jsonReport(result: RunResult): string {
  return `${printableJson(
    {
      schema: 'halab.run/1',
      ok: exitCodeOf(result) === 0,
      backend: result.backend,
      backend_reason: result.backendReason,
      engine: result.engine,
      seed: result.seed,
      exit_code: exitCodeOf(result),
      ended: result.ended?.reason ?? null,
      clock: result.backend === 'sim' ? 'virtual' : 'real',
      environment: result.environment,
      scenarios: result.scenarios.map((scenario) =>
        scenarioJson(scenario, result.backend === 'sim'),
      ),
    },
    2,
  )}\n`;
}

/** Virtual time has no wall clock: the same seed gives the same file. */
function scenarioJson(scenario: ScenarioResult, virtual: boolean) {
  return {
    name: scenario.name,
    file: scenario.file,
    cell: scenario.cell,
    status: scenario.status,
    reason: scenario.reason ?? null,
    error: scenario.error ?? null,
    judged: scenario.unjudged === undefined && scenario.status !== 'skipped',
    unjudged: scenario.unjudged ?? null,
    engines: Object.fromEntries(
      Object.entries(scenario.engines ?? {}).map(([node, { engine, version, commit }]) => [
        node,
        { engine, version: version ?? null, commit: commit ?? null },
      ]),
    ),
    verdicts: scenario.verdicts.map(verdictJson),
    skipped: scenario.skipped.map(({ text, where, step, reason }) => ({
      text,
      step: step ?? null,
      ...placeJson(where),
      reason,
    })),
    repeats: scenario.repeats.map(repeatJson),
    statistics: Object.fromEntries(
      Object.entries(scenario.statistics).map(([name, summary]) => [
        METRIC_KEYS[name as keyof Metrics],
        summary,
      ]),
    ),
    warnings: scenario.warnings,
    evidence: scenario.evidence ?? null,
    evidence_lost: scenario.evidenceLost ?? null,
    reproduce: scenario.reproduce,
    elapsed_us: scenario.elapsed,
    wall_us: virtual ? null : scenario.wall,
  };
}

const METRIC_KEYS: Record<keyof Metrics, string> = {
  detection: 'detection_us',
  takeover: 'takeover_us',
  announcement: 'announcement_us',
  outage: 'outage_us',
  convergence: 'convergence_us',
  overhead: 'overhead_us',
  dualMaster: 'dual_master_us',
  garp: 'garp_count',
};

function repeatJson(repeat: RepeatResult) {
  return {
    index: repeat.index,
    status: repeat.status,
    metrics: metricsJson(repeat.metrics),
    failovers: repeat.failovers.map(({ router, fault, node, from, to, metrics }) => ({
      virtual_router: router,
      fault,
      node,
      from,
      to,
      metrics: metricsJson(metrics),
    })),
    noise_us: repeat.noise ?? null,
    faults: repeat.faults,
    verdicts: repeat.verdicts.map(verdictJson),
  };
}

function metricsJson(metrics: Metrics) {
  return Object.fromEntries(
    Object.entries(METRIC_KEYS).map(([name, key]) => [key, metrics[name as keyof Metrics] ?? null]),
  );
}

function verdictJson(verdict: Verdict) {
  return {
    assertion: verdict.assertion,
    ok: verdict.ok,
    inconclusive: verdict.inconclusive === true,
    measured: verdict.measured?.value ?? null,
    bound: verdict.bound?.value ?? null,
    because: verdict.because,
    text: verdict.text,
    step: verdict.step ?? null,
    ...placeJson(verdict.where),
    evidence: verdict.ok ? [] : verdict.evidence,
  };
}

function placeJson({ file, line, column }: Verdict['where']) {
  return { file, line, column };
}
