/** `stable`: the address changes its owner so often and no more. */
import * as z from 'zod';
import type { VirtualRouter } from '../../topology/topology.ts';
import { slice } from '../assertion.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf } from '../grounds.ts';
import type { RepeatRecord } from '../metrics.ts';
import { virtualRouter } from '../names.ts';
import { transitionViolations } from '../transitions.ts';
import { count, fail, type Judgement, pass } from '../verdict.ts';

const schema = z.strictObject({
  vip: virtualRouter,
  max_transitions: z.int().min(0).max(10_000).describe('How many changes of owner are allowed'),
});

export const stable = slice({
  schema,
  docs: 'at most this many changes of owner',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  invariant: { judge },
});

function judge(
  assertion: z.output<typeof schema>,
  record: RepeatRecord,
  router: VirtualRouter,
): Judgement {
  const { timeline, window } = record;
  const changes = timeline.ownership.transitions(router, window);
  const owners = changes.map(({ node }) => node).join(', ') || 'never';
  const because = `${router.name} changed owner ${changes.length} times: ${owners}`;
  const allowed = assertion.max_transitions;
  const outcome = { measured: count(changes.length), bound: count(allowed), because };
  if (changes.length <= allowed) return pass(outcome);
  return {
    ...fail(outcome),
    evidence: storyOf(timeline, router, window),
    violations: transitionViolations(record, router, { strays: changes, lost: [] }),
    tolerated: allowed,
  };
}
