/** `role`: the role that a router reports for a virtual router. */
import * as z from 'zod';
import { claimedRole } from '../../observe/claimed-role.ts';
import { agentOf } from '../../observe/witness.ts';
import { slice, within } from '../assertion.ts';
import { memberProblems } from '../contradiction.ts';
import { router, virtualRouter } from '../names.ts';
import { judged, text, unobserved } from '../verdict.ts';
import { lastOf } from './server-view.ts';

export const role = slice({
  schema: z.strictObject({
    of: virtualRouter,
    on: router,
    is: z.enum(['MASTER', 'BACKUP', 'FAULT']).describe('The role'),
    within,
  }),
  docs: 'the role that a router reports; `owner` judges by the addresses instead',
  witnesses: ({ on }) => [agentOf(on)],
  contradictions: ({ on }, situation) => memberProblems('on', [on], situation.router),
  step: {
    judge({ on, is }, { timeline }, virtual) {
      const reports = timeline
        .of('state')
        .filter(({ node, instance }) => node === on && instance === virtual.name)
        .filter(({ state }) => claimedRole(state) !== 'same');
      const last = lastOf(reports);
      if (last === undefined) return unobserved(`${on} has reported no state of ${virtual.name}`);
      const because = `${on} reports ${last.state} for ${virtual.name}`;
      const outcome = { measured: text(last.state), bound: text(is), because };
      return judged(claimedRole(last.state) === is, outcome);
    },
  },
});
