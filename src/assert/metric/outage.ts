/** `outage`: the hole in a client's replies (RFC 6414, Time-Based Loss Method), in a step or over the repeats. */
import * as z from 'zod';
import type { Witness } from '../../observe/witness.ts';
import { between, formatMicros, micros, plus } from '../../time.ts';
import {
  mainProbe,
  type Probe,
  routerWith,
  type Topology,
  type VirtualRouter,
} from '../../topology/topology.ts';
import { slice, within } from '../assertion.ts';
import { probeWitnesses, routerNamed } from '../grounds.ts';
import { exceeds, limitOf } from '../limit.ts';
import { outageOf, type RepeatRecord } from '../metrics.ts';
import { probe } from '../names.ts';
import { fail, pass, text, time, unmeasured, unobserved } from '../verdict.ts';
import { faultOf, judgeSamples, type Sample, statistics } from './samples.ts';

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

const NO_PROBE = 'no probe goes to an address of the virtual router';

export const outage = slice({
  schema,
  docs: 'the longest gap in the replies',
  witnesses: witnessesOf,
  needs: (assertion, topology) => {
    if (assertion.vip !== undefined) return assertion.vip;
    if (assertion.probe === undefined) return topology.virtualRouters[0]?.name;
    return routerWith(topology, probeOf(assertion, topology)?.to ?? '')?.name;
  },
  metric: { isMeasured: (assertion, topology) => probeOf(assertion, topology) !== undefined },
  step: {
    judge(assertion, { timeline, topology, since, now }, router) {
      const log = timeline.probes.get(probeOf(assertion, topology)?.name ?? '');
      if (log === undefined) return unobserved(NO_PROBE);
      const again = { retryAt: plus(now, micros(RECHECK)) };
      const nothing = `probe ${log.name} has asked nothing since the last fault`;
      if (log.count({ from: since, to: now }).asked === 0)
        return { ...unmeasured(nothing), ...again };
      if (log.lastReply() === undefined)
        return { ...unobserved(`no reply to probe ${log.name} was ever seen`), ...again };
      const validation = micros(log.every * VALIDATION_PROBES);
      if (assertion.ended === true && !log.steadySince(since, now, validation)) {
        const because = `probe ${log.name} has not been answered steadily for ${formatMicros(validation)}`;
        return {
          ...fail({ measured: text('not ended'), bound: text('ended'), because }),
          ...again,
        };
      }
      const { from, to = now } = log.longestHole({ from: since, to: now }) ?? { from: now };
      const length = between(from, to);
      const measured = time(length);
      if (assertion.max === undefined) {
        const because = `replies are back after ${formatMicros(length)}`;
        return pass({ measured, bound: text('ended'), because });
      }
      const limit = limitOf(assertion.max, router);
      const because = `the longest hole in ${log.name} was ${formatMicros(length)}`;
      const outcome = { measured, bound: time(limit.allowed), because };
      if (length <= limit.allowed) return pass(outcome);
      const violation = {
        ...{ timeline, window: { from, to }, on: witnessesOf(assertion, topology), because },
        ...exceeds(length, limit),
      };
      return { ...fail(outcome), ...again, violations: [violation] };
    },
  },
  run: {
    judge(assertion, records, router) {
      const { topology } = records[0] as RepeatRecord;
      const asks = probeOf(assertion, topology);
      if (asks === undefined) return unobserved(NO_PROBE);
      const samples = records.map((record) => sampleOf(assertion, record, router, asks));
      const on = probeWitnesses(asks, topology);
      return judgeSamples({ metric: 'outage', router, bounds: assertion, records, samples, on });
    },
  },
});

function witnessesOf(assertion: Outage, topology: Topology): Witness[] {
  const asks = probeOf(assertion, topology);
  return asks === undefined ? [] : probeWitnesses(asks, topology);
}

/** The probe an outage is measured by; undefined: none goes to an address of the virtual router. */
function probeOf(assertion: Outage, topology: Topology): Probe | undefined {
  if (assertion.probe !== undefined)
    return topology.probes.find((probe) => probe.name === assertion.probe);
  const router = routerNamed(assertion.vip, topology);
  return router === undefined ? undefined : mainProbe(topology, router);
}

function sampleOf(
  { fault }: Outage,
  record: RepeatRecord,
  router: VirtualRouter,
  asks: Probe,
): Sample {
  const { timeline, window } = record;
  const value =
    fault === undefined ? outageOf(record, asks) : faultOf(record, router, fault)?.metrics.outage;
  return { value, window, unasked: !timeline.probes.get(asks.name)?.count(window).asked };
}
