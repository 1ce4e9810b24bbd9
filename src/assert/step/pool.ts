/** `pool`: these nodes, and no other, get new connections: what the kernel of the owner holds. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { formatMicros, micros, plus } from '../../time.ts';
import { duration, name } from '../../topology/yaml/scalars.ts';
import { slice, within } from '../assertion.ts';
import { balancersOf } from '../grounds.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { fail, pass, unobserved, words } from '../verdict.ts';
import { holderOf, lastOf, nodesIn, poolsOf, serverNamed } from './server-view.ts';

const schema = z.strictObject({
  of: name.optional().describe('A virtual server [the first one]'),
  on: name.optional().describe('Whose kernel balances [who holds the address]'),
  is: z.array(name).max(250).describe('The nodes that get new connections, in any order'),
  within,
  for: duration.optional().describe('It must stay so for this long'),
});
type Pool = z.output<typeof schema>;

export const pool = slice({
  schema,
  docs: "these nodes, and no other, get new connections: what the owner's kernel holds",
  subject: () => undefined,
  witnesses: ({ of, on }, topology) => [
    ...balancersOf(serverNamed(of, topology), topology),
    ...(on === undefined ? [] : [agentOf(on)]),
  ],
  step: {
    patience: (assertion) =>
      micros(Math.max(assertion.within ?? 0, assertion.for ?? 0) + (assertion.for ?? 0)),
    judge: judgePool,
  },
});

function judgePool(assertion: Pool, view: StepView): StepJudgement {
  const server = serverNamed(assertion.of, view.topology);
  if (server === undefined) return unobserved('the topology has no virtual server');
  const on = assertion.on ?? holderOf(server, view);
  if (on === undefined) return unobserved(`nobody holds ${server.address}`);
  const last = lastOf(poolsOf(server, on, view));
  if (last === undefined) return unobserved(`nothing is known of the pool on ${on}`);
  const nodes = nodesIn(last, server);
  const measured = words(nodes.join(' and ') || 'nobody');
  const bound = words([...assertion.is].sort().join(' and ') || 'nobody');
  const told = `${server.name} on ${on} is balanced over ${measured.value}`;
  if (measured.value !== bound.value)
    return fail({ measured, bound, because: `${told}, not over ${bound.value}` });
  const from = last.at > view.stepFrom ? last.at : view.stepFrom;
  const needed = plus(from, assertion.for ?? micros(0));
  if (view.now >= needed) return pass({ measured, bound, because: told });
  const because = `${told} for ${formatMicros(micros(view.now - from))} only`;
  return { ...fail({ measured, bound, because }), retryAt: needed };
}
