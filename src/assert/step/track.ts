/** `track`: a router says that a tracked script succeeds or fails. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { name } from '../../topology/yaml/scalars.ts';
import { patient, slice, within } from '../assertion.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { unobserved } from '../verdict.ts';
import { lastOf } from './server-view.ts';
import { after, is, turned } from './turned.ts';

const schema = z.strictObject({
  script: name.describe('A tracked script'),
  on: name.describe('A router'),
  is,
  after,
  within,
});

export const track = slice({
  schema,
  docs: 'a tracked script succeeds or fails',
  subject: () => undefined,
  witnesses: ({ on }) => [agentOf(on)],
  step: { patience: patient, judge: judgeTrack },
});

function judgeTrack(assertion: z.output<typeof schema>, view: StepView): StepJudgement {
  const { script, on } = assertion;
  const last = lastOf(
    view.timeline.of('script').filter((event) => event.node === on && event.script === script),
  );
  if (last === undefined) return unobserved(`${on} has said nothing of script ${script}`);
  const told = `script ${script} ${last.up ? 'succeeds' : 'fails'} on ${on}`;
  return turned(last, assertion, told, view);
}
