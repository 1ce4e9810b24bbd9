/** `adverts`: how many adverts of a virtual router a node sends, counted from the last fault or heal. */
import * as z from 'zod';
import { isAdvertOf } from '../../observe/adverts.ts';
import { formatMicros, micros, milliseconds, plus } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { problem } from '../contradiction.ts';
import { wireOf } from '../grounds.ts';
import { node, virtualRouter } from '../names.ts';
import { type StepJudgement, type StepView, TAP_DELAY } from '../step-view.ts';
import { count, fail, pass } from '../verdict.ts';

/** Frames that the tap saw before the end of the count have arrived by then; a longer silence is noticed. */
const ARRIVES = milliseconds(550);

const schema = z
  .strictObject({
    of: virtualRouter,
    from: node,
    for: duration.describe('Counted this long from the last fault or heal'),
    at_least: z.int().min(1).max(100_000).optional().describe('Fewer adverts fail [no limit]'),
    at_most: z.int().min(0).max(100_000).optional().describe('More adverts fail [no limit]'),
  })
  .refine(({ at_least, at_most }) => (at_least ?? at_most) !== undefined, {
    error: 'give at_least or at_most',
  });

export const adverts = slice({
  schema,
  docs: 'what a node sends for a virtual router, counted from the last fault',
  witnesses: (_assertion, _topology, router) => wireOf(router),
  contradictions: ({ at_least: least = 0, at_most: most }) =>
    most === undefined || least <= most
      ? []
      : problem(
          'at_least',
          `at_least ${least} is above at_most ${most}: no number is both`,
          'Swap them, or leave one out.',
        ),
  step: {
    patience: (assertion) => micros(assertion.for + TAP_DELAY),
    countsFrom: 'fault',
    judge,
  },
});

function judge(
  assertion: z.output<typeof schema>,
  { timeline, since, now }: StepView,
  router: VirtualRouter,
): StepJudgement {
  const { from, at_least: least = 0, at_most: most = Number.POSITIVE_INFINITY } = assertion;
  const end = plus(since, assertion.for);
  const sent = timeline
    .since('advert', since)
    .filter((one) => one.at <= end && one.node === from && isAdvertOf(router, one)).length;
  const measured = count(sent);
  const bound = most === Number.POSITIVE_INFINITY ? count(least) : count(most);
  const sentence = `${from} sent ${sent} adverts of ${router.name} in ${formatMicros(assertion.for)}`;
  const known = plus(end, ARRIVES);
  if (now < known)
    return { ...fail({ measured, bound, because: `${sentence} so far` }), retryAt: known };
  const outcome = { measured, bound, because: sentence };
  return sent >= least && sent <= most ? pass(outcome) : fail(outcome);
}
