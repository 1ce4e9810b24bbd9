/**
 * Judges the expectations over all repeats of a cell: statistics of a metric against bounds. A metric
 * that was not observed in some repeat fails; retries or luck never turn it into a pass.
 */
import { lengthOf, longest, total } from '../observe/ownership.ts';
import { formatMicros, type Micros, micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import {
  type Assertion,
  type AssertionOf,
  METRIC_ASSERTIONS,
  type MetricAssertionKind,
} from './assertion.ts';
import { type Bound, evaluateBound } from './bound.ts';
import { storyOf } from './evidence.ts';
import { successOf } from './judge-service.ts';
import { routerOf } from './judge-step.ts';
import { measure, outageOf, type RepeatRecord } from './metrics.ts';
import { protocolTimes } from './protocol-times.ts';
import { percentile } from './statistics.ts';
import { type Judgement, time } from './verdict.ts';

type Sample = Micros | undefined;
type MetricAssertion = Extract<Assertion, { kind: MetricAssertionKind }>;

export function judgeRun(assertion: Assertion, records: readonly RepeatRecord[]): Judgement {
  const router = records[0] === undefined ? undefined : routerOf(assertion, records[0].topology);
  if (router === undefined)
    return {
      ok: false,
      measured: undefined,
      bound: undefined,
      because: 'no repeat was run to its end',
      evidence: [],
    };
  if (assertion.kind === 'dual-master') return judgeDual(assertion, router, records);
  if (assertion.kind === 'request-success') return judgeRequests(assertion, records);
  if (!isMetric(assertion))
    throw new Error(`checked when the file was read: ${assertion.kind} stands in a step`);
  const samples = records.map((record) => sampleOf(assertion, record, router));
  const bounds: [string, (values: Micros[]) => Micros, Bound | undefined][] = [
    ['max', (values) => micros(Math.max(...values)), assertion.max],
    ['p99', (values) => percentile(values, 99), assertion.p99],
    ['p95', (values) => percentile(values, 95), assertion.p95],
    ['p50', (values) => percentile(values, 50), assertion.p50],
  ];
  const missing = samples.indexOf(undefined);
  if (missing >= 0) return notObserved(assertion.kind, records[missing], missing, router);
  const values = samples.filter((value) => value !== undefined);
  return worstOf(
    bounds.flatMap(([label, statistic, bound]) => {
      if (bound === undefined) return [];
      const label2 = `${label} of ${assertion.kind} over ${values.length} ${values.length === 1 ? 'repeat' : 'repeats'}`;
      return [
        compare(label2, statistic(values), evaluateBound(bound, protocolTimes(router)), bound),
      ];
    }),
    () => evidenceOf(records, samples, router),
  );
}

/** Each repeat by itself: a bad one cannot hide behind good ones. */
function judgeRequests(
  { probe, min }: AssertionOf<'request-success'>,
  records: readonly RepeatRecord[],
): Judgement {
  const judged = records.map((record) => successOf(record, probe, record.window, min.share));
  const [first] = judged;
  if (first === undefined) throw new Error('the caller has looked: there is a repeat');
  return judged.find(({ ok }) => !ok) ?? first;
}

function judgeDual(
  assertion: AssertionOf<'dual-master'>,
  router: VirtualRouter,
  records: readonly RepeatRecord[],
): Judgement {
  const overlaps = records.map(({ timeline, window }) =>
    timeline.ownership.overlaps(router, window),
  );
  const longestOnes = overlaps.map((stretches) => {
    const worst = longest(stretches);
    return worst === undefined ? micros(0) : lengthOf(worst);
  });
  const times = protocolTimes(router);
  const judgements: Judgement[] = [];
  const longestBound = assertion.max ?? (assertion.total === undefined ? ZERO : undefined);
  if (longestBound !== undefined) {
    judgements.push(
      compare(
        'the longest dual master',
        micros(Math.max(...longestOnes)),
        evaluateBound(longestBound, times),
        longestBound,
      ),
    );
  }
  if (assertion.total !== undefined) {
    const totals = overlaps.map(total);
    judgements.push(
      compare(
        'dual masters added up',
        micros(Math.max(...totals)),
        evaluateBound(assertion.total, times),
        assertion.total,
      ),
    );
  }
  return worstOf(judgements, () => evidenceOf(records, longestOnes, router));
}

const ZERO: Bound = { text: '0s', expression: { kind: 'duration', value: micros(0) } };

function compare(label: string, value: Micros, allowed: Micros, bound: Bound): Judgement {
  const ok = value <= allowed;
  const because = `${label} was ${formatMicros(value)}, ${ok ? 'within' : 'over'} ${bound.text} = ${formatMicros(allowed)}`;
  return { ok, measured: time(value), bound: time(allowed), because, evidence: [] };
}

/** The first failure, with its proof; otherwise the first bound. */
function worstOf(
  judgements: readonly Judgement[],
  evidence: () => Judgement['evidence'],
): Judgement {
  const failed = judgements.find(({ ok }) => !ok);
  if (failed !== undefined) return { ...failed, evidence: evidence() };
  const [first] = judgements;
  if (first === undefined) throw new Error('checked when the file was read: at least one bound');
  return first;
}

function notObserved(
  kind: string,
  record: RepeatRecord | undefined,
  index: number,
  router: VirtualRouter,
): Judgement {
  const because = `${kind} was not observed in repeat ${index + 1}`;
  const evidence = record === undefined ? [] : storyOf(record.timeline, router, record.window);
  return { ok: false, measured: undefined, bound: undefined, because, evidence };
}

/** The story of the repeat with the largest value. */
function evidenceOf(
  records: readonly RepeatRecord[],
  samples: readonly Sample[],
  router: VirtualRouter,
): Judgement['evidence'] {
  const worst = micros(Math.max(...samples.map((value) => value ?? 0)));
  const record = records[samples.indexOf(worst)];
  return record === undefined ? [] : storyOf(record.timeline, router, record.window);
}

function sampleOf(assertion: MetricAssertion, record: RepeatRecord, router: VirtualRouter): Sample {
  if (assertion.kind === 'outage' && assertion.probe !== undefined) {
    return outageOf(
      record,
      record.topology.probes.find(({ name }) => name === assertion.probe),
    );
  }
  return measure(record, router)[assertion.kind];
}

function isMetric(assertion: Assertion): assertion is MetricAssertion {
  return METRIC_ASSERTIONS.some((kind) => kind === assertion.kind);
}
