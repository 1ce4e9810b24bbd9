/** `outage`: the hole in a client's replies (RFC 6414, Time-Based Loss Method), in a step or over the repeats. */
import * as z from 'zod';
import { formatMicros, micros, plus } from '../../time.ts';
import type { Probe, Topology } from '../../topology/topology.ts';
import { name } from '../../topology/yaml/scalars.ts';
import { patient, slice, within } from '../assertion.ts';
import { allowanceOf, evaluateBound } from '../bound.ts';
import { probeWitnesses, routerNamed } from '../grounds.ts';
import { mainProbe, measureFaults, outageOf, type RepeatRecord } from '../metrics.ts';
import { protocolTimes } from '../protocol-times.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { fail, type Judgement, pass, time, unmeasured, unobserved, words } from '../verdict.ts';
import { isOf, judgeSamples, routerOf, type Sample, statistics } from './samples.ts';

/** Replies must have come back for this many probes before an outage counts as ended. */
const VALIDATION_PROBES = 20;
/** Probes are no news of their own: an outage is looked at again after this long (us). */
const RECHECK = 20_000;

const schema = z.strictObject({
  ...statistics,
  probe: name.optional().describe("[the first probe to the virtual router's address]"),
  ended: z.literal(true).optional().describe('Replies have come back and stay'),
  within,
});
type Outage = z.output<typeof schema>;

export const outage = slice({
  schema,
  docs: 'the hole in the replies',
  subject: ({ vip }) => vip,
  witnesses: (assertion, topology) => {
    const probe = probeOf(assertion, topology);
    return probe === undefined ? [] : probeWitnesses(probe, topology);
  },
  step: { patience: patient, judge: judgeStep },
  run: { judge: judgeRun },
});

/** The probe an outage is measured by; undefined: none goes to an address of the virtual router. */
export function probeOf(
  { vip, probe }: Pick<Outage, 'vip' | 'probe'>,
  topology: Topology,
): Probe | undefined {
  if (probe !== undefined) return topology.probes.find((one) => one.name === probe);
  const router = routerNamed(vip, topology);
  return router === undefined ? undefined : mainProbe(topology, router);
}

function judgeStep(assertion: Outage, view: StepView): StepJudgement {
  const { timeline, topology, since, now } = view;
  const router = routerNamed(assertion.vip, topology);
  const probe = probeOf(assertion, topology);
  const log = probe === undefined ? undefined : timeline.probes.get(probe.name);
  if (router === undefined || log === undefined)
    return unobserved('no probe goes to an address of the virtual router');
  const again = { retryAt: plus(now, micros(RECHECK)) };
  if (log.count({ from: since, to: now }).asked === 0)
    return { ...unmeasured(`probe ${log.name} has asked nothing since the last fault`), ...again };
  if (log.lastReply() === undefined)
    return { ...unobserved(`no reply to probe ${log.name} was ever seen`), ...again };
  const validation = micros(log.every * VALIDATION_PROBES);
  if (assertion.ended === true && !log.steadySince(since, now, validation)) {
    const because = `probe ${log.name} has not been answered steadily for ${formatMicros(validation)}`;
    return { ...fail({ measured: words('not ended'), bound: words('ended'), because }), ...again };
  }
  const hole = log.longestHole({ from: since, to: now });
  const length = hole === undefined ? micros(0) : micros((hole.to ?? now) - hole.from);
  const measured = time(length);
  if (assertion.max === undefined) {
    const because = `replies are back after ${formatMicros(length)}`;
    return pass({ measured, bound: words('ended'), because });
  }
  const allowed = evaluateBound(assertion.max, protocolTimes(router));
  const because = `the longest hole in ${log.name} was ${formatMicros(length)}`;
  const outcome = { measured, bound: time(allowed), because };
  if (length <= allowed) return pass(outcome);
  const violation = {
    timeline,
    window: { from: hole?.from ?? since, to: hole?.to ?? now },
    on: probe === undefined ? [] : probeWitnesses(probe, topology),
    because,
    allowed: allowanceOf(assertion.max, protocolTimes(router)),
    persists: (slack: number) => length > allowed + slack,
  };
  return { ...fail(outcome), ...again, violations: [violation] };
}

function judgeRun(assertion: Outage, records: readonly RepeatRecord[]): Judgement {
  const router = routerOf(assertion.vip, records);
  const topology = records[0]?.topology;
  if (router === undefined || topology === undefined)
    return unobserved('no repeat was run to its end');
  const probe = probeOf(assertion, topology);
  if (probe === undefined) return unobserved('no probe goes to an address of the virtual router');
  const samples = records.map((record) => sampleOf(assertion, record, probe));
  const on = probeWitnesses(probe, topology);
  return judgeSamples({ metric: 'outage', router, bounds: assertion, records, samples, on });
}

function sampleOf({ vip, fault }: Outage, record: RepeatRecord, probe: Probe): Sample {
  const { timeline, topology, window } = record;
  const asked = timeline.probes.get(probe.name)?.count(window).asked ?? 0;
  const about = { window, unasked: asked === 0 };
  if (fault === undefined) return { value: outageOf(record, probe), ...about };
  const router = routerNamed(vip, topology);
  const of = router === undefined ? [] : measureFaults(record, router);
  const found = of.find(({ failover }) => isOf(failover.fault.id, fault));
  return { value: found?.metrics.outage, ...about };
}
