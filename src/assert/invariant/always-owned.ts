/** `always-owned`: never without a holder for longer than is allowed. */
import * as z from 'zod';
import { lengthOf } from '../../observe/ownership.ts';
import { formatMicros } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { bound, slice } from '../assertion.ts';
import { holdersOf } from '../grounds.ts';
import { limitOf } from '../limit.ts';
import { judgeLongest } from '../longest.ts';
import type { RepeatRecord } from '../metrics.ts';
import { virtualRouter } from '../names.ts';
import type { Judgement } from '../verdict.ts';

const schema = z.strictObject({
  vip: virtualRouter,
  max_gap: bound.describe('The longest time without an owner'),
});

export const alwaysOwned = slice({
  schema,
  docs: 'never without a holder for longer than this',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  invariant: { judge },
});

function judge(
  { max_gap }: z.output<typeof schema>,
  record: RepeatRecord,
  router: VirtualRouter,
): Judgement {
  const { allowed, allowance } = limitOf(max_gap, router);
  const gaps = record.timeline.ownership.gaps(router, record.window);
  return judgeLongest(record, router, gaps, {
    limit: allowed,
    allowance,
    none: `${router.name} always had an owner`,
    sentence: (one) => `nobody held ${one.address} for ${formatMicros(lengthOf(one))}`,
    on: () => holdersOf(router),
  });
}
