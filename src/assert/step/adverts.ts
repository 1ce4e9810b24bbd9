/** `adverts`: how many adverts of a virtual router a node sends, counted from the last fault or heal. */
import * as z from 'zod';
import { isAdvertOf } from '../../observe/adverts.ts';
import { formatMicros, micros, milliseconds, plus } from '../../time.ts';
import { duration, name } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { routerNamed, wireOf } from '../grounds.ts';
import { type StepJudgement, type StepView, TAP_DELAY } from '../step-view.ts';
import { count, fail, pass, unobserved } from '../verdict.ts';

/** What the tap has seen up to the end of the count has arrived by then: a silence as long as this is noticed. */
const ARRIVES = milliseconds(550);

const schema = z
  .strictObject({
    of: name.describe('A virtual router'),
    from: name.describe('A node'),
    for: duration.describe('Counted this long from the last fault or heal'),
    at_least: z.int().min(1).max(100_000).optional(),
    at_most: z.int().min(0).max(100_000).optional(),
  })
  .refine(({ at_least, at_most }) => (at_least ?? at_most) !== undefined, {
    error: 'give at_least or at_most',
  });

export const adverts = slice({
  schema,
  docs: 'what a node sends for a virtual router, counted from the last fault',
  subject: ({ of }) => of,
  witnesses: ({ of }, topology) => wireOf(routerNamed(of, topology)),
  step: {
    patience: (assertion) => micros(assertion.for + TAP_DELAY),
    countsFrom: 'fault',
    judge,
  },
});

function judge(assertion: z.output<typeof schema>, view: StepView): StepJudgement {
  const router = routerNamed(assertion.of, view.topology);
  if (router === undefined) return unobserved('the topology has no virtual router');
  const { timeline, since, now } = view;
  const { from, at_least: least = 0, at_most: most = Number.POSITIVE_INFINITY } = assertion;
  const end = plus(since, assertion.for);
  const sent = timeline
    .since('advert', since)
    .filter((one) => one.at <= end && one.node === from && isAdvertOf(router, one)).length;
  const measured = count(sent);
  const bound = most === Number.POSITIVE_INFINITY ? count(least) : count(most);
  const told = `${from} sent ${sent} adverts of ${router.name} in ${formatMicros(assertion.for)}`;
  const known = plus(end, ARRIVES);
  if (now < known)
    return { ...fail({ measured, bound, because: `${told} so far` }), retryAt: known };
  const outcome = { measured, bound, because: told };
  return sent >= least && sent <= most ? pass(outcome) : fail(outcome);
}
