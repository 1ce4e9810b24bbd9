/** `garp`: every address is announced, by gratuitous ARP or an unsolicited Neighbor Advertisement. */
import * as z from 'zod';
import { announcementsOf } from '../../observe/announcements.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { patient, slice, within } from '../assertion.ts';
import { wireOf } from '../grounds.ts';
import { node, virtualRouter } from '../names.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { count, fail, pass } from '../verdict.ts';

const schema = z.strictObject({
  for: virtualRouter.describe('A virtual router: each of its addresses must be announced'),
  from: node
    .optional()
    .describe('The node that announces, from its own MAC or the virtual one [any node]'),
  count: z.int().min(1).max(1000).optional().describe('Announcements of each address at least [1]'),
  within,
});

export const garp = slice({
  schema,
  docs: "every address is announced, from that node's MAC",
  witnesses: (_assertion, _topology, router) => wireOf(router),
  step: { patience: patient, judge },
});

function judge(
  { from, count: wanted = 1 }: z.output<typeof schema>,
  { timeline, since }: StepView,
  router: VirtualRouter,
): StepJudgement {
  const heard =
    from === undefined ? timeline.since('garp', since) : announcementsOf(timeline, from, since);
  const counts = router.addresses.map(
    ({ address }) => heard.filter((one) => one.address === address).length,
  );
  const least = Math.min(...counts);
  const who = from === undefined ? '' : ` by ${from}`;
  const silent = router.addresses
    .filter((_, i) => (counts[i] ?? 0) < wanted)
    .map(({ address }) => address);
  const because =
    silent.length === 0
      ? `every address of ${router.name} was announced${who}`
      : `${silent.join(', ')} announced${who} ${least} times`;
  const outcome = { measured: count(least), bound: count(wanted), because };
  return silent.length === 0 ? pass(outcome) : fail(outcome);
}
