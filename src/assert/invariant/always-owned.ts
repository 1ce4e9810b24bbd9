/** `always-owned`: never without a holder for longer than is allowed. */
import * as z from 'zod';
import { lengthOf } from '../../observe/ownership.ts';
import { formatMicros } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { bound, slice } from '../assertion.ts';
import { allowanceOf, evaluateBound } from '../bound.ts';
import { holdersOf, routerNamed } from '../grounds.ts';
import { judgeLongest } from '../longest.ts';
import type { RepeatRecord } from '../metrics.ts';
import { virtualRouter } from '../names.ts';
import { protocolTimes } from '../protocol-times.ts';
import type { Judgement } from '../verdict.ts';

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
  { max_gap }: z.output<typeof schema>,
  record: RepeatRecord,
  router: VirtualRouter,
): Judgement {
  const times = protocolTimes(router);
  const gaps = record.timeline.ownership.gaps(router, record.window);
  return judgeLongest(record, router, gaps, {
    limit: evaluateBound(max_gap, times),
    allowance: allowanceOf(max_gap, times),
    none: `${router.name} always had an owner`,
    sentence: (one) => `nobody held ${one.address} for ${formatMicros(lengthOf(one))}`,
    on: () => holdersOf(router),
  });
}
