/** `pool`: exactly these nodes get new connections by the kernel of the owner. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { formatMicros, micros, plus } from '../../time.ts';
import { forLength, slice, within } from '../assertion.ts';
import { balancersOf } from '../grounds.ts';
import { node, router, virtualServer } from '../names.ts';
import { fail, pass, text, unobserved } from '../verdict.ts';
import { holderOf, lastOf, nodesIn, poolsOf, serverNamed } from './server-view.ts';

export const pool = slice({
  schema: z.strictObject({
    of: virtualServer.optional().describe('A virtual server [the first one]'),
    on: router
      .optional()
      .describe('The router whose kernel balances [the one that holds the address]'),
    is: z.array(node).max(250).describe('The nodes that get new connections, in any order'),
    within,
    for: forLength,
  }),
  docs: 'exactly these nodes get new connections, by the kernel of the owner',
  witnesses: ({ of, on }, topology) => [
    ...balancersOf(serverNamed(of, topology), topology),
    ...(on === undefined ? [] : [agentOf(on)]),
  ],
  step: {
    patience: ({ within: wait = 0, for: length = 0 }) => micros(Math.max(wait, length) + length),
    judge(assertion, view) {
      const server = serverNamed(assertion.of, view.topology);
      if (server === undefined) return unobserved('the topology has no virtual server');
      const on = assertion.on ?? holderOf(server, view);
      if (on === undefined) return unobserved(`nobody holds ${server.address}`);
      const last = lastOf(poolsOf(server, on, view));
      if (last === undefined) return unobserved(`nothing is known of the pool on ${on}`);
      const measured = text(nodesIn(last, server).join(' and ') || 'nobody');
      const bound = text([...assertion.is].sort().join(' and ') || 'nobody');
      const sentence = `${server.name} on ${on} is balanced over ${measured.value}`;
      if (measured.value !== bound.value)
        return fail({ measured, bound, because: `${sentence}, not over ${bound.value}` });
      const from = last.at > view.stepFrom ? last.at : view.stepFrom;
      const needed = plus(from, assertion.for ?? micros(0));
      if (view.now >= needed) return pass({ measured, bound, because: sentence });
      const because = `${sentence} for ${formatMicros(micros(view.now - from))} only`;
      return { ...fail({ measured, bound, because }), retryAt: needed };
    },
  },
});
