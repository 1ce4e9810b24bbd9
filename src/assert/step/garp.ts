/** `garp`: every address is announced, by gratuitous ARP or an unsolicited Neighbor Advertisement. */
import * as z from 'zod';
import { announcementsOf } from '../../observe/announcements.ts';
import { name } from '../../topology/yaml/scalars.ts';
import { patient, slice, within } from '../assertion.ts';
import { routerNamed, wireOf } from '../grounds.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { count, fail, pass, unobserved } from '../verdict.ts';

const schema = z.strictObject({
  for: name.describe('A virtual router: every one of its addresses is announced'),
  from: name.optional().describe('By this node, from its own MAC or the virtual one'),
  count: z.int().min(1).max(1000).optional().describe('At least so many for each address [1]'),
  within,
});

export const garp = slice({
  schema,
  docs: "every address is announced, from that node's MAC",
  subject: (assertion) => assertion.for,
  witnesses: (assertion, topology) => wireOf(routerNamed(assertion.for, topology)),
  step: { patience: patient, judge },
});

function judge(assertion: z.output<typeof schema>, view: StepView): StepJudgement {
  const router = routerNamed(assertion.for, view.topology);
  if (router === undefined) return unobserved('the topology has no virtual router');
  const { timeline, since } = view;
  const { from, count: wanted = 1 } = assertion;
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
