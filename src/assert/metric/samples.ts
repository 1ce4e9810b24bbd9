/**
 * A metric against its bounds: a statistic over the repeats. A metric that was not
 * observed in some repeat fails; retries or luck never turn it into a pass.
 */
import * as z from 'zod';
import type { Window } from '../../observe/ownership.ts';
import type { Witness } from '../../observe/witness.ts';
import { type Micros, micros } from '../../time.ts';
import { mainProbe, type Topology, type VirtualRouter } from '../../topology/topology.ts';
import { name } from '../../topology/yaml/scalars.ts';
import { bound, type Slice, slice } from '../assertion.ts';
import type { Bound } from '../bound.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf, probeWitnesses, wireOf } from '../grounds.ts';
import { compared, exceeds, type Limit, limitOf } from '../limit.ts';
import { type FaultMetrics, type Metrics, measureFaults, type RepeatRecord } from '../metrics.ts';
import { vip } from '../names.ts';
import { percentile } from '../statistics.ts';
import { CERTAIN, fail, type Judgement, pass, unmeasured, unobserved } from '../verdict.ts';

const BOUNDS = {
  max: bound.optional().describe('The largest value of all repeats [no limit]'),
  p50: bound.optional().describe('The median of all repeats [no limit]'),
  p95: bound.optional().describe('The 95th percentile of all repeats [no limit]'),
  p99: bound.optional().describe('The 99th percentile of all repeats [no limit]'),
};

export const statistics = {
  vip,
  fault: name
    .optional()
    .describe('The id of the fault step that is measured [the first that moved the owner]'),
  ...BOUNDS,
};

type Bounds = { readonly [K in keyof typeof BOUNDS]?: Bound | undefined };

const schema = z
  .strictObject(statistics)
  .refine(({ max, p50, p95, p99 }) => [max, p50, p95, p99].some((one) => one !== undefined), {
    error: 'give at least one bound: max, p50, p95 or p99',
  });
type MetricAssertion = z.output<typeof schema>;
type TimeMetric = Exclude<keyof Metrics, 'garp' | 'outage' | 'dualMaster'>;

/** The value of one repeat and the interval that it was measured in. */
export interface Sample {
  readonly value: Micros | undefined;
  readonly window: Window;
  /** The probe sent nothing there: neither a pass nor a failure. */
  readonly unasked?: boolean;
}

interface FailoverMetric {
  readonly metric: TimeMetric;
  readonly docs: string;
  /** The main probe measures it [not needed]. */
  readonly isProbed?: true;
  /** After a silent fault it includes the down interval of the backup [not]. */
  readonly includesTimer?: true;
}

/** The slice of a metric of failovers. */
export function failoverMetric(of: FailoverMetric): Slice<MetricAssertion, typeof schema> {
  const { metric, docs, isProbed, includesTimer } = of;
  const witnesses = (topology: Topology, router: VirtualRouter | undefined): Witness[] => {
    const probe = isProbed && router !== undefined ? mainProbe(topology, router) : undefined;
    const asked = probe === undefined ? [] : probeWitnesses(probe, topology);
    return [...holdersOf(router), ...wireOf(router), ...asked];
  };
  return slice({
    schema,
    docs,
    witnesses: (_assertion, topology, router) => witnesses(topology, router),
    metric: {
      isMeasured: (_assertion, topology, router) =>
        isProbed !== true || mainProbe(topology, router) !== undefined,
    },
    takeoverWithin: ({ max }, router) =>
      max === undefined || includesTimer !== true
        ? undefined
        : { text: max.text, length: limitOf(max, router).allowed },
    run: {
      judge(assertion, records, router) {
        const samples = records.map((record) => {
          const found = faultOf(record, router, assertion.fault);
          const { window } = found?.failover ?? record;
          return { value: found?.metrics[metric], window };
        });
        const on = witnesses((records[0] as RepeatRecord).topology, router);
        return judgeSamples({ metric, router, bounds: assertion, records, samples, on });
      },
    },
  });
}

/** The effect of the faults of a step, by their ids `STEP-REPEAT-NODE`: the first one that moved the owner [of any step]. */
export function faultOf(
  record: RepeatRecord,
  router: VirtualRouter,
  step: string | undefined,
): FaultMetrics | undefined {
  return measureFaults(record, router).find(
    ({ failover: { fault } }) => step === undefined || fault.id.replace(/-\d+-\d+$/, '') === step,
  );
}

interface Judged {
  readonly metric: string;
  readonly router: VirtualRouter;
  readonly bounds: Bounds;
  readonly records: readonly RepeatRecord[];
  readonly samples: readonly Sample[];
  readonly on: readonly Witness[];
}

export function judgeSamples(judged: Judged): Judgement {
  const { metric, router, bounds, records, samples } = judged;
  const missing = samples.findIndex(({ value }) => value === undefined);
  const lacks = records[missing];
  if (lacks !== undefined) return notObserved(judged, lacks, missing);
  const values = samples.flatMap(({ value }) => value ?? []);
  const statistic: [string, Micros, Bound | undefined][] = [
    ['max', micros(Math.max(...values)), bounds.max],
    ['p99', percentile(values, 99), bounds.p99],
    ['p95', percentile(values, 95), bounds.p95],
    ['p50', percentile(values, 50), bounds.p50],
  ];
  let first: Judgement | undefined;
  for (const [label, value, limit] of statistic) {
    if (limit === undefined) continue;
    const limited = limitOf(limit, router);
    const what = `${label} of ${metric} over ${values.length} ${values.length === 1 ? 'repeat' : 'repeats'}`;
    const outcome = compared(what, value, limited);
    if (value > limited.allowed)
      return exceeded(judged, fail(outcome), limited, Number(label.slice(1)));
    first ??= pass(outcome);
  }
  return first ?? unobserved(`${metric} has no bound`);
}

/** `rank`: of a percentile; NaN: the maximum. So many of the values may exceed the bound as the percentile leaves out. */
function exceeded(
  { router, records, samples, on }: Judged,
  judgement: Judgement,
  limit: Limit,
  rank: number,
): Judgement {
  const over = samples.flatMap(({ value, window }, i) => {
    const record = records[i];
    return record !== undefined && value !== undefined && value > limit.allowed
      ? [{ value, window, record }]
      : [];
  });
  const worst = over.reduce((most, one) => (one.value > most.value ? one : most), over[0] as never);
  const kept = Number.isNaN(rank) ? samples.length : Math.ceil((rank / 100) * samples.length);
  return {
    ...judgement,
    evidence: storyOf(worst.record.timeline, router, worst.record.window),
    violations: over.map(({ value, window, record: { timeline } }) => ({
      ...{ timeline, window, on, because: judgement.because },
      ...exceeds(value, limit),
    })),
    tolerated: samples.length - Math.max(1, kept),
  };
}

function notObserved(
  { metric, router, samples, on }: Judged,
  record: RepeatRecord,
  index: number,
): Judgement {
  const because = `${metric} was not observed in repeat ${index + 1}`;
  if (samples[index]?.unasked === true) return unmeasured(`${because}: its probe asked nothing`);
  const { timeline, window } = record;
  return {
    ...unobserved(because),
    evidence: storyOf(timeline, router, window),
    violations: [{ timeline, window, on, because, ...CERTAIN }],
  };
}
