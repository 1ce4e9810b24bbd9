/** `garp`: every address is announced, by gratuitous ARP or an unsolicited Neighbor Advertisement. */
import * as z from 'zod';
import { announcementsOf } from '../../observe/announcements.ts';
import { slice, within } from '../assertion.ts';
import { wireOf } from '../grounds.ts';
import { node, virtualRouter } from '../names.ts';
import { count, judged } from '../verdict.ts';

export const garp = slice({
  schema: z.strictObject({
    for: virtualRouter.describe('A virtual router: each of its addresses must be announced'),
    from: node
      .optional()
      .describe('The node that announces, from its own MAC or the virtual one [any node]'),
    count: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Announcements of each address at least [1]'),
    within,
  }),
  docs: "every address is announced, from that node's MAC",
  witnesses: (_assertion, _topology, router) => wireOf(router),
  step: {
    judge({ from, count: wanted = 1 }, { timeline, since }, router) {
      const heard =
        from === undefined ? timeline.since('garp', since) : announcementsOf(timeline, from, since);
      const counts = router.addresses.map(({ address }) => ({
        address,
        times: heard.filter((event) => event.address === address).length,
      }));
      const least = Math.min(...counts.map(({ times }) => times));
      const who = from === undefined ? '' : ` by ${from}`;
      const silent = counts.filter(({ times }) => times < wanted).map(({ address }) => address);
      const because =
        silent.length === 0
          ? `every address of ${router.name} was announced${who}`
          : `${silent.join(', ')} announced${who} ${least} times`;
      return judged(silent.length === 0, { measured: count(least), bound: count(wanted), because });
    },
  },
});
