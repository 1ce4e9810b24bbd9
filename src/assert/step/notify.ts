/** `notify`: how often the notify script of a router was run for a state. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { name } from '../../topology/yaml/scalars.ts';
import { patient, slice, within } from '../assertion.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { count, fail, pass } from '../verdict.ts';

const schema = z.strictObject({
  of: name.describe('A virtual router with notify: true'),
  on: name.describe('A router'),
  state: z.enum(['MASTER', 'BACKUP', 'FAULT', 'STOP', 'DELETED']),
  times: z.int().min(0).max(1_000).optional().describe('Since the last fault or heal [1]'),
  within,
});

export const notify = slice({
  schema,
  docs: 'how often the notify script was told of a state',
  subject: ({ of }) => of,
  witnesses: ({ on }) => [agentOf(on)],
  step: { patience: patient, judge: judgeNotify },
});

function judgeNotify(assertion: z.output<typeof schema>, view: StepView): StepJudgement {
  const { of, on, state, times = 1 } = assertion;
  const told = view.timeline
    .since('notify', view.since)
    .filter((event) => event.node === on && event.instance === of && event.state === state).length;
  const outcome = {
    measured: count(told),
    bound: count(times),
    because: `the notify script of ${on} was told of ${of} ${state} ${told} times`,
  };
  return told === times ? pass(outcome) : fail(outcome);
}
