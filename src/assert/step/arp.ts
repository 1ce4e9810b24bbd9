/** `arp`: a client's neighbour entry points to that node. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { patient, slice, within } from '../assertion.ts';
import { wireOf } from '../grounds.ts';
import { client, node, virtualRouter } from '../names.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { fail, pass, text } from '../verdict.ts';

const schema = z.strictObject({
  at: client,
  for: virtualRouter,
  is: node.describe('The node its neighbour entry points to'),
  within,
});

export const arp = slice({
  schema,
  docs: "the client's neighbour entry points to that node",
  // Only the wire shows which node uses a virtual MAC.
  witnesses: ({ at }, _topology, router) => [agentOf(at), ...wireOf(router)],
  step: { patience: patient, judge },
});

function judge(
  assertion: z.output<typeof schema>,
  { timeline }: StepView,
  router: VirtualRouter,
): StepJudgement {
  const wanted = timeline.macOf(assertion.is, router.network);
  const entries = router.addresses.flatMap(({ address }) => {
    const mac = timeline.neighbor(assertion.at, address);
    return mac === undefined ? [] : [{ address, mac }];
  });
  const wrong = entries.find(({ mac }) => timeline.holderOf(mac, router.network) !== assertion.is);
  const listed = entries.map(({ address, mac }) => `${address} at ${mac}`).join(', ');
  const measured = text(listed || 'no entry');
  const bound = text(wanted ?? `the MAC of ${assertion.is}`);
  if (entries.length === 0) {
    const because = `${assertion.at} has no neighbour entry for ${router.name}`;
    return fail({ measured, bound, because });
  }
  const because = `${assertion.at}'s neighbour entries for ${router.name}: ${measured.value}`;
  return wrong === undefined
    ? pass({ measured, bound, because })
    : fail({ measured, bound, because });
}
