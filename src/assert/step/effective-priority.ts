/** `effective-priority`: the priority that a router advertises or, as a Backup, reports. */
import * as z from 'zod';
import { isAdvertOf } from '../../observe/adverts.ts';
import { agentOf } from '../../observe/witness.ts';
import { slice, within } from '../assertion.ts';
import { memberProblems } from '../contradiction.ts';
import { wireOf } from '../grounds.ts';
import { router, virtualRouter } from '../names.ts';
import { count, judged, unobserved } from '../verdict.ts';
import { lastOf } from './server-view.ts';

export const effectivePriority = slice({
  schema: z.strictObject({
    of: virtualRouter,
    on: router,
    is: z.int().min(0).max(255).describe('The priority'),
    within,
  }),
  docs: 'what a router advertises or, as a Backup, reports',
  witnesses: ({ on }, _topology, virtual) => [agentOf(on), ...wireOf(virtual)],
  contradictions: ({ on }, situation) => memberProblems('on', [on], situation.router),
  step: {
    /** By its last advert, or by its own report if that is newer. */
    judge({ on, is }, { timeline }, virtual) {
      const member = virtual.members.find(({ node }) => node === on);
      if (member === undefined) return unobserved(`${on} is no member of ${virtual.name}`);
      // Priority 0 is a resignation, not the effective priority.
      const adverts = timeline
        .of('advert')
        .filter((event) => event.node === on && event.priority > 0 && isAdvertOf(virtual, event));
      const claims = timeline
        .of('priority')
        .filter(({ node, instance }) => node === on && instance === virtual.name);
      const advert = lastOf(adverts);
      const newest = lastOf([advert, lastOf(claims)].filter((event) => event !== undefined));
      const priority = newest?.priority ?? member.priority;
      const how =
        newest === undefined ? 'is configured with' : newest === advert ? 'advertises' : 'says';
      const because = `${on} ${how} priority ${priority} for ${virtual.name}`;
      return judged(priority === is, { measured: count(priority), bound: count(is), because });
    },
  },
});
