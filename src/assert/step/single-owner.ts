/** `single-owner`: never two holders of one address for longer than tolerated. */
import * as z from 'zod';
import { lengthOf } from '../../observe/ownership.ts';
import { agentOf } from '../../observe/witness.ts';
import { formatMicros, micros } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice, within } from '../assertion.ts';
import { holdersOf } from '../grounds.ts';
import { judgeLongest } from '../longest.ts';
import { virtualRouter } from '../names.ts';
import { judged, text } from '../verdict.ts';

export const singleOwner = slice({
  schema: z.strictObject({
    vip: virtualRouter,
    tolerate: duration.optional().describe('Overlaps up to this long are no violation [0s]'),
    within,
  }),
  docs: 'never two holders for longer than `tolerate`',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  step: {
    judge(_assertion, { timeline }, router) {
      const holders = timeline.ownership.holders(router);
      const measured = text(holders.join(' and ') || 'nobody');
      const because = `${router.name} is on ${measured.value}`;
      return judged(holders.length === 1, { measured, bound: text('one owner'), because });
    },
  },
  invariant: {
    judge({ tolerate = micros(0) }, record, router) {
      const overlaps = record.timeline.ownership.overlaps(router, record.window);
      return judgeLongest(record, router, overlaps, {
        allowed: tolerate,
        allowance: tolerate,
        none: `${router.name} never had two owners`,
        sentence: (stretch) =>
          `${stretch.nodes.join(' and ')} both held ${stretch.address} for ${formatMicros(lengthOf(stretch))}`,
        on: ({ nodes }) => nodes.map(agentOf),
      });
    },
  },
});
