/** `effective-priority`: what a router advertises or, as a Backup, says. */
import * as z from 'zod';
import { isAdvertOf } from '../../observe/adverts.ts';
import type { EventOf } from '../../observe/event.ts';
import { agentOf } from '../../observe/witness.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { name } from '../../topology/yaml/scalars.ts';
import { patient, slice, within } from '../assertion.ts';
import { routerNamed, wireOf } from '../grounds.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { count, fail, pass, unobserved } from '../verdict.ts';
import { lastOf } from './server-view.ts';

const schema = z.strictObject({
  of: name.describe('A virtual router'),
  on: name.describe('A router'),
  is: z.int().min(0).max(255),
  within,
});
type EffectivePriority = z.output<typeof schema>;

export const effectivePriority = slice({
  schema,
  docs: 'what a router advertises or, as a Backup, says',
  subject: ({ of }) => of,
  witnesses: ({ of, on }, topology) => [agentOf(on), ...wireOf(routerNamed(of, topology))],
  step: { patience: patient, judge: judgePriority },
});

/** What it advertises, if that is newer than what it says. */
function judgePriority(assertion: EffectivePriority, view: StepView): StepJudgement {
  const { on } = assertion;
  const router = view.topology.virtualRouters.find(({ name }) => name === assertion.of);
  const member = router?.members.find(({ node }) => node === on);
  if (router === undefined || member === undefined)
    return unobserved(`${on} is no member of ${assertion.of}`);
  const advert = lastOf(adverts(router, on, view));
  const claim = lastOf(
    view.timeline
      .of('priority')
      .filter(({ node, instance }) => node === on && instance === router.name),
  );
  const newest = lastOf([advert, claim].filter((one) => one !== undefined));
  const priority = newest?.priority ?? member.priority;
  const how =
    newest === undefined ? 'is configured with' : newest === advert ? 'advertises' : 'says';
  const outcome = {
    measured: count(priority),
    bound: count(assertion.is),
    because: `${on} ${how} priority ${priority} for ${router.name}`,
  };
  return priority === assertion.is ? pass(outcome) : fail(outcome);
}

/** A resignation tells nothing of the priority. */
function adverts(router: VirtualRouter, on: string, { timeline }: StepView): EventOf<'advert'>[] {
  return timeline
    .of('advert')
    .filter((one) => one.node === on && one.priority > 0 && isAdvertOf(router, one));
}
