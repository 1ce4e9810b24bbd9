/** `effective-priority`: what a router advertises or, as a Backup, reports. */
import * as z from 'zod';
import { isAdvertOf } from '../../observe/adverts.ts';
import type { EventOf } from '../../observe/event.ts';
import { agentOf } from '../../observe/witness.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { patient, slice, within } from '../assertion.ts';
import { memberProblems } from '../contradiction.ts';
import { wireOf } from '../grounds.ts';
import { router, virtualRouter } from '../names.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { count, fail, pass, unobserved } from '../verdict.ts';
import { lastOf } from './server-view.ts';

const schema = z.strictObject({
  of: virtualRouter,
  on: router,
  is: z.int().min(0).max(255).describe('The priority'),
  within,
});
type EffectivePriority = z.output<typeof schema>;

export const effectivePriority = slice({
  schema,
  docs: 'what a router advertises or, as a Backup, reports',
  witnesses: ({ on }, _topology, virtual) => [agentOf(on), ...wireOf(virtual)],
  contradictions: ({ on }, situation) => memberProblems('on', [on], situation.router),
  step: { patience: patient, judge: judgePriority },
});

/** By its last advert, or by its own report if that is newer. */
function judgePriority(
  { on, is }: EffectivePriority,
  view: StepView,
  virtual: VirtualRouter,
): StepJudgement {
  const member = virtual.members.find(({ node }) => node === on);
  if (member === undefined) return unobserved(`${on} is no member of ${virtual.name}`);
  const advert = lastOf(adverts(virtual, on, view));
  const claim = lastOf(
    view.timeline
      .of('priority')
      .filter(({ node, instance }) => node === on && instance === virtual.name),
  );
  const newest = lastOf([advert, claim].filter((one) => one !== undefined));
  const priority = newest?.priority ?? member.priority;
  const how =
    newest === undefined ? 'is configured with' : newest === advert ? 'advertises' : 'says';
  const outcome = {
    measured: count(priority),
    bound: count(is),
    because: `${on} ${how} priority ${priority} for ${virtual.name}`,
  };
  return priority === is ? pass(outcome) : fail(outcome);
}

/** Priority 0 is a resignation, not the effective priority. */
function adverts(virtual: VirtualRouter, on: string, { timeline }: StepView): EventOf<'advert'>[] {
  return timeline
    .of('advert')
    .filter((one) => one.node === on && one.priority > 0 && isAdvertOf(virtual, one));
}
