/** `track`: a router reports that a tracked script succeeds or fails. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { slice, within } from '../assertion.ts';
import { problem } from '../contradiction.ts';
import { router, script } from '../names.ts';
import { unobserved } from '../verdict.ts';
import { lastOf } from './server-view.ts';
import { after, is, turned } from './turned.ts';

export const track = slice({
  schema: z.strictObject({ script, on: router, is, after, within }),
  docs: 'a tracked script succeeds or fails',
  witnesses: ({ on }) => [agentOf(on)],
  contradictions: ({ script: name, on }, { topology: { virtualRouters } }) => {
    const trackers = virtualRouters.filter(({ track }) => track.some((one) => one.name === name));
    if (trackers.some(({ members }) => members.some(({ node }) => node === on))) return [];
    const hint = 'Name a member of the virtual router that tracks it.';
    return problem('on', `"${on}" does not track script "${name}"`, hint);
  },
  step: {
    judge(assertion, view) {
      const { script: name, on } = assertion;
      const said = view.timeline.of('script').filter((one) => one.node === on);
      const last = lastOf(said.filter((one) => one.script === name));
      if (last === undefined) return unobserved(`${on} has said nothing of script ${name}`);
      const sentence = `script ${name} ${last.up ? 'succeeds' : 'fails'} on ${on}`;
      return turned(last, assertion, sentence, view);
    },
  },
});
