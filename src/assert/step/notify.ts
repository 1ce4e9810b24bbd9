/** `notify`: how often the notify script of a router was run for a state. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { type Problem, patient, type Situation, slice, within } from '../assertion.ts';
import { memberProblems, problem } from '../contradiction.ts';
import { router, virtualRouter } from '../names.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { count, fail, pass } from '../verdict.ts';

const schema = z.strictObject({
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
});

export const notify = slice({
  schema,
  docs: 'how often the notify script was run for a state',
  witnesses: ({ on }) => [agentOf(on)],
  contradictions: ({ on }, situation) => [
    ...memberProblems('on', [on], situation.router),
    ...scriptProblems(situation),
  ],
  step: { patience: patient, judge: judgeNotify },
});

function scriptProblems({ router: virtual }: Situation): Problem[] {
  if (virtual?.notify !== false) return [];
  const hint = `Write notify: true at "${virtual.name}" in the topology.`;
  return problem('of', `"${virtual.name}" runs no notify script of the lab`, hint);
}

function judgeNotify(assertion: z.output<typeof schema>, view: StepView): StepJudgement {
  const { of, on, state, times = 1 } = assertion;
  const calls = view.timeline
    .since('notify', view.since)
    .filter((event) => event.node === on && event.instance === of && event.state === state).length;
  const outcome = {
    measured: count(calls),
    bound: count(times),
    because: `the notify script of ${on} was told of ${of} ${state} ${calls} times`,
  };
  return calls === times ? pass(outcome) : fail(outcome);
}
