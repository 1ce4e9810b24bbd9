/** `arp`: a client's neighbour entry points to that node. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { slice, within } from '../assertion.ts';
import { wireOf } from '../grounds.ts';
import { client, node, virtualRouter } from '../names.ts';
import { fail, judged, text } from '../verdict.ts';

export const arp = slice({
  schema: z.strictObject({
    at: client,
    for: virtualRouter,
    is: node.describe('The node its neighbour entry points to'),
    within,
  }),
  docs: "the client's neighbour entry points to that node",
  // Only the wire shows which node uses a virtual MAC.
  witnesses: ({ at }, _topology, router) => [agentOf(at), ...wireOf(router)],
  step: {
    judge({ at, is }, { timeline }, router) {
      const entries = router.addresses.flatMap(({ address }) => {
        const mac = timeline.neighbor(at, address);
        return mac === undefined ? [] : [{ address, mac }];
      });
      const bound = text(timeline.macOf(is, router.network) ?? `the MAC of ${is}`);
      if (entries.length === 0) {
        const because = `${at} has no neighbour entry for ${router.name}`;
        return fail({ measured: text('no entry'), bound, because });
      }
      const listed = entries.map(({ address, mac }) => `${address} at ${mac}`).join(', ');
      const because = `${at}'s neighbour entries for ${router.name}: ${listed}`;
      const right = entries.every(({ mac }) => timeline.holderOf(mac, router.network) === is);
      return judged(right, { measured: text(listed), bound, because });
    },
  },
});
