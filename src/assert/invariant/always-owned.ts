/** `always-owned`: never without a holder for longer than is allowed. */
import * as z from 'zod';
import { lengthOf, longest } from '../../observe/ownership.ts';
import { formatMicros, micros } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { bound, slice } from '../assertion.ts';
import { allowanceOf, evaluateBound } from '../bound.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf, routerNamed } from '../grounds.ts';
import type { RepeatRecord } from '../metrics.ts';
import { virtualRouter } from '../names.ts';
import { protocolTimes } from '../protocol-times.ts';
import { fail, type Judgement, pass, time } from '../verdict.ts';

const schema = z.strictObject({
  vip: virtualRouter,
  max_gap: bound.describe('The longest time without an owner'),
});

export const alwaysOwned = slice({
  schema,
  docs: 'never without a holder for longer than this',
  witnesses: ({ vip }, topology) => holdersOf(routerNamed(vip, topology)),
  invariant: { judge },
});

function judge(
  assertion: z.output<typeof schema>,
  { timeline, window }: RepeatRecord,
  router: VirtualRouter,
): Judgement {
  const gaps = timeline.ownership.gaps(router, window);
  const worst = longest(gaps);
  const allowed = evaluateBound(assertion.max_gap, protocolTimes(router));
  if (worst === undefined) {
    const because = `${router.name} always had an owner`;
    return pass({ measured: time(micros(0)), bound: time(allowed), because });
  }
  const sentence = (one: typeof worst): string =>
    `nobody held ${one.address} for ${formatMicros(lengthOf(one))}`;
  const measured = time(lengthOf(worst));
  const outcome = { measured, bound: time(allowed), because: sentence(worst) };
  if (lengthOf(worst) <= allowed) return pass(outcome);
  return {
    ...fail(outcome),
    evidence: storyOf(timeline, router, worst),
    violations: gaps
      .filter((one) => lengthOf(one) > allowed)
      .map((one) => ({
        timeline,
        window: { from: one.from, to: one.to },
        on: holdersOf(router),
        because: sentence(one),
        allowed: allowanceOf(assertion.max_gap, protocolTimes(router)),
        persists: (slack) => lengthOf(one) > allowed + slack,
      })),
  };
}
