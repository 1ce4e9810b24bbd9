/** `single-owner`: never two holders of one address for longer than is tolerated. */
import * as z from 'zod';
import { lengthOf } from '../../observe/ownership.ts';
import { agentOf } from '../../observe/witness.ts';
import { formatMicros, micros } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { patient, slice, within } from '../assertion.ts';
import { holdersOf } from '../grounds.ts';
import { judgeLongest } from '../longest.ts';
import type { RepeatRecord } from '../metrics.ts';
import { virtualRouter } from '../names.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { fail, type Judgement, pass, text } from '../verdict.ts';

const schema = z.strictObject({
  vip: virtualRouter,
  tolerate: duration.optional().describe('Overlaps up to this long are no violation [0s]'),
  within,
});
type SingleOwner = z.output<typeof schema>;

export const singleOwner = slice({
  schema,
  docs: 'never two holders for longer than `tolerate`',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  step: { patience: patient, judge: judgeNow },
  invariant: { judge: judgeAlways },
});

function judgeNow(_: SingleOwner, { timeline }: StepView, router: VirtualRouter): StepJudgement {
  const holders = timeline.ownership.holders(router);
  const measured = text(holders.join(' and ') || 'nobody');
  const because = `${router.name} is on ${measured.value}`;
  const outcome = { measured, bound: text('one owner'), because };
  return holders.length === 1 ? pass(outcome) : fail(outcome);
}

function judgeAlways(
  { tolerate = micros(0) }: SingleOwner,
  record: RepeatRecord,
  router: VirtualRouter,
): Judgement {
  const overlaps = record.timeline.ownership.overlaps(router, record.window);
  return judgeLongest(record, router, overlaps, {
    limit: tolerate,
    allowance: tolerate,
    none: `${router.name} never had two owners`,
    sentence: (one) =>
      `${one.nodes.join(' and ')} both held ${one.address} for ${formatMicros(lengthOf(one))}`,
    on: ({ nodes }) => nodes.map(agentOf),
  });
}
