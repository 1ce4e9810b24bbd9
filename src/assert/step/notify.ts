/** `notify`: how often the notify script of a router was run for a state. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { slice, within } from '../assertion.ts';
import { memberProblems, problem } from '../contradiction.ts';
import { router, virtualRouter } from '../names.ts';
import { count, judged } from '../verdict.ts';

export const notify = slice({
  schema: z.strictObject({
    of: virtualRouter.describe('A virtual router with notify: true'),
    on: router,
    state: z
      .enum(['MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED'])
      .describe('The state that the script is called with'),
    times: z
      .int()
      .min(0)
      .max(1_000)
      .optional()
      .describe('How often exactly, since the last fault or heal [1]'),
    within,
  }),
  docs: 'how often the notify script was run for a state',
  witnesses: ({ on }) => [agentOf(on)],
  contradictions({ on }, { router: virtual }) {
    const problems = memberProblems('on', [on], virtual);
    if (virtual?.notify !== false) return problems;
    const hint = `Write notify: true at "${virtual.name}" in the topology.`;
    return [
      ...problems,
      ...problem('of', `"${virtual.name}" runs no notify script of the lab`, hint),
    ];
  },
  step: {
    judge({ of, on, state, times = 1 }, { timeline, since }) {
      const calls = timeline
        .since('notify', since)
        .filter((one) => one.node === on && one.instance === of && one.state === state).length;
      const because = `the notify script of ${on} was told of ${of} ${state} ${calls} times`;
      return judged(calls === times, { measured: count(calls), bound: count(times), because });
    },
  },
});
