/** `adverts`: how many adverts of a virtual router a node sends, counted from the last fault or heal. */
import * as z from 'zod';
import { isAdvertOf } from '../../observe/adverts.ts';
import { formatMicros, micros, milliseconds, plus } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { problem } from '../contradiction.ts';
import { wireOf } from '../grounds.ts';
import { node, virtualRouter } from '../names.ts';
import { TAP_DELAY } from '../step-view.ts';
import { count, fail, judged } from '../verdict.ts';

/** Frames that the tap saw before the end of the count have arrived by then; a longer silence is noticed. */
const ARRIVES = milliseconds(550);

export const adverts = slice({
  schema: z
    .strictObject({
      of: virtualRouter,
      from: node,
      for: duration.describe('Counted this long from the last fault or heal'),
      at_least: z.int().min(1).max(100_000).optional().describe('Fewer adverts fail [no limit]'),
      at_most: z.int().min(0).max(100_000).optional().describe('More adverts fail [no limit]'),
    })
    .refine(({ at_least, at_most }) => (at_least ?? at_most) !== undefined, {
      error: 'give at_least or at_most',
    }),
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
    judge({ from, for: length, at_least: least = 0, at_most: most }, view, router) {
      const end = plus(view.since, length);
      const sent = view.timeline
        .since('advert', view.since)
        .filter((one) => one.at <= end && one.node === from && isAdvertOf(router, one)).length;
      const because = `${from} sent ${sent} adverts of ${router.name} in ${formatMicros(length)}`;
      const outcome = { measured: count(sent), bound: count(most ?? least), because };
      const known = plus(end, ARRIVES);
      if (view.now < known)
        return { ...fail({ ...outcome, because: `${because} so far` }), retryAt: known };
      return judged(sent >= least && sent <= (most ?? Number.POSITIVE_INFINITY), outcome);
    },
  },
});
