/** `always-owned`: never without a holder for longer than is allowed. */
import * as z from 'zod';
import { lengthOf } from '../../observe/ownership.ts';
import { formatMicros } from '../../time.ts';
import { bound, slice } from '../assertion.ts';
import { holdersOf } from '../grounds.ts';
import { limitOf } from '../limit.ts';
import { judgeLongest } from '../longest.ts';
import { virtualRouter } from '../names.ts';

export const alwaysOwned = slice({
  schema: z.strictObject({
    vip: virtualRouter,
    max_gap: bound.describe('The longest time without an owner'),
  }),
  docs: 'never without a holder for longer than this',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  invariant: {
    judge({ max_gap }, record, router) {
      const gaps = record.timeline.ownership.gaps(router, record.window);
      return judgeLongest(record, router, gaps, {
        ...limitOf(max_gap, router),
        none: `${router.name} always had an owner`,
        sentence: (gap) => `nobody held ${gap.address} for ${formatMicros(lengthOf(gap))}`,
        on: () => holdersOf(router),
      });
    },
  },
});
