/** `advert-first`: a router that takes over sends its first advert before it announces the addresses. */
import * as z from 'zod';
import { advertsOf } from '../../observe/adverts.ts';
import { announcementsOf } from '../../observe/announcements.ts';
import { agentOf } from '../../observe/witness.ts';
import { formatMicros, micros } from '../../time.ts';
import { hasAddress } from '../../topology/topology.ts';
import { slice, within } from '../assertion.ts';
import { wireOf } from '../grounds.ts';
import { node, virtualRouter } from '../names.ts';
import { judged, text, time, unobserved } from '../verdict.ts';

export const advertFirst = slice({
  schema: z.strictObject({
    of: virtualRouter,
    from: node.describe('The node that takes over; counted from the last fault or heal'),
    within,
  }),
  docs: "a node's first advert goes before its first announcement (RFC 9568 6.4.2)",
  witnesses: ({ from }, _topology, router) => [...wireOf(router), agentOf(from)],
  step: {
    judge({ from }, { timeline, since }, router) {
      const advert = advertsOf(timeline, router).find(
        (event) => event.node === from && event.at >= since && event.priority > 0,
      );
      const announced = announcementsOf(timeline, from, since)
        .filter((garp) => hasAddress(router, garp.address))
        .reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
      if (advert === undefined || announced === Number.POSITIVE_INFINITY) {
        const lacks = advert === undefined ? 'sent no advert' : 'announced no address';
        return unobserved(`${from} ${lacks} of ${router.name} since the last fault or heal`);
      }
      const lead = micros(Math.abs(announced - advert.at));
      const order = announced >= advert.at ? 'before' : 'after';
      const because = `${from} sent its first advert ${formatMicros(lead)} ${order} its first announcement`;
      const bound = text('the advert first');
      return judged(order === 'before', { measured: time(lead), bound, because });
    },
  },
});
