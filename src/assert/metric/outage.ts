/** `outage`: the hole in a client's replies (RFC 6414, Time-Based Loss Method), in a step or over the repeats. */
import * as z from 'zod';
import type { Witness } from '../../observe/witness.ts';
import { formatMicros, micros, plus } from '../../time.ts';
import {
  mainProbe,
  type Probe,
  routerWith,
  type Topology,
  type VirtualRouter,
} from '../../topology/topology.ts';
import { patient, slice, within } from '../assertion.ts';
import { probeWitnesses, routerNamed } from '../grounds.ts';
import { limitOf } from '../limit.ts';
import { measureFaults, outageOf, type RepeatRecord } from '../metrics.ts';
import { probe } from '../names.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { fail, type Judgement, pass, text, time, unmeasured, unobserved } from '../verdict.ts';
import { isOf, judgeSamples, type Sample, statistics } from './samples.ts';

/** Replies must have come back for this many probes before an outage counts as ended. */
const VALIDATION_PROBES = 20;
/** A probe's reply does not wake a barrier, so an outage is judged again after this long (us). */
const RECHECK = 20_000;

const schema = z.strictObject({
  ...statistics,
  probe: probe.optional().describe("A probe [the first one to the virtual router's address]"),
  ended: z.literal(true).optional().describe('Replies have come back and stay [not required]'),
  within,
});
type Outage = z.output<typeof schema>;

export const outage = slice({
  schema,
  docs: 'the hole in the replies',
  witnesses: witnessesOf,
  needs: (assertion, topology) => {
    if (assertion.vip !== undefined) return assertion.vip;
    if (assertion.probe === undefined) return topology.virtualRouters[0]?.name;
    return routerWith(topology, probeOf(assertion, topology)?.to ?? '')?.name;
  },
  metric: { isMeasured: (assertion, topology) => probeOf(assertion, topology) !== undefined },
  step: { patience: patient, judge: judgeStep },
  run: { judge: judgeRun },
});

function witnessesOf(assertion: Outage, topology: Topology): Witness[] {
  const asks = probeOf(assertion, topology);
  return asks === undefined ? [] : probeWitnesses(asks, topology);
}

/** The probe an outage is measured by; undefined: none goes to an address of the virtual router. */
function probeOf(assertion: Outage, topology: Topology): Probe | undefined {
  if (assertion.probe !== undefined)
    return topology.probes.find((one) => one.name === assertion.probe);
  const router = routerNamed(assertion.vip, topology);
  return router === undefined ? undefined : mainProbe(topology, router);
}

function judgeStep(assertion: Outage, view: StepView, router: VirtualRouter): StepJudgement {
  const { timeline, topology, since, now } = view;
  const log = timeline.probes.get(probeOf(assertion, topology)?.name ?? '');
  if (log === undefined) return unobserved('no probe goes to an address of the virtual router');
  const again = { retryAt: plus(now, micros(RECHECK)) };
  if (log.count({ from: since, to: now }).asked === 0)
    return { ...unmeasured(`probe ${log.name} has asked nothing since the last fault`), ...again };
  if (log.lastReply() === undefined)
    return { ...unobserved(`no reply to probe ${log.name} was ever seen`), ...again };
  const validation = micros(log.every * VALIDATION_PROBES);
  if (assertion.ended === true && !log.steadySince(since, now, validation)) {
    const because = `probe ${log.name} has not been answered steadily for ${formatMicros(validation)}`;
    return { ...fail({ measured: text('not ended'), bound: text('ended'), because }), ...again };
  }
  const hole = log.longestHole({ from: since, to: now });
  const length = hole === undefined ? micros(0) : micros((hole.to ?? now) - hole.from);
  const measured = time(length);
  if (assertion.max === undefined) {
    const because = `replies are back after ${formatMicros(length)}`;
    return pass({ measured, bound: text('ended'), because });
  }
  const { allowed, allowance } = limitOf(assertion.max, router);
  const because = `the longest hole in ${log.name} was ${formatMicros(length)}`;
  const outcome = { measured, bound: time(allowed), because };
  if (length <= allowed) return pass(outcome);
  const violation = {
    timeline,
    window: { from: hole?.from ?? since, to: hole?.to ?? now },
    on: witnessesOf(assertion, topology),
    because,
    allowed: allowance,
    persists: (slack: number) => length > allowed + slack,
  };
  return { ...fail(outcome), ...again, violations: [violation] };
}

function judgeRun(
  assertion: Outage,
  records: readonly RepeatRecord[],
  router: VirtualRouter,
): Judgement {
  const { topology } = records[0] as RepeatRecord;
  const asks = probeOf(assertion, topology);
  if (asks === undefined) return unobserved('no probe goes to an address of the virtual router');
  const samples = records.map((record) => sampleOf(assertion, record, router, asks));
  const on = probeWitnesses(asks, topology);
  return judgeSamples({ metric: 'outage', router, bounds: assertion, records, samples, on });
}

function sampleOf(
  { fault }: Outage,
  record: RepeatRecord,
  router: VirtualRouter,
  asks: Probe,
): Sample {
  const { timeline, window } = record;
  const asked = timeline.probes.get(asks.name)?.count(window).asked ?? 0;
  const about = { window, unasked: asked === 0 };
  if (fault === undefined) return { value: outageOf(record, asks), ...about };
  const found = measureFaults(record, router).find(({ failover }) =>
    isOf(failover.fault.id, fault),
  );
  return { value: found?.metrics.outage, ...about };
}
