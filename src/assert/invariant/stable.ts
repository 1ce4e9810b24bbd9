/** `stable`: the address changes its owner at most this often. */
import * as z from 'zod';
import { slice } from '../assertion.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf } from '../grounds.ts';
import { virtualRouter } from '../names.ts';
import { transitionViolations } from '../transitions.ts';
import { count, fail, pass } from '../verdict.ts';

export const stable = slice({
  schema: z.strictObject({
    vip: virtualRouter,
    max_transitions: z.int().min(0).max(10_000).describe('How many changes of owner are allowed'),
  }),
  docs: 'at most this many changes of owner',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  invariant: {
    judge({ max_transitions: tolerated }, record, router) {
      const { timeline, window } = record;
      const changes = timeline.ownership.transitions(router, window);
      const owners = changes.map(({ node }) => node).join(', ') || 'never';
      const because = `${router.name} changed owner ${changes.length} times: ${owners}`;
      const outcome = { measured: count(changes.length), bound: count(tolerated), because };
      if (changes.length <= tolerated) return pass(outcome);
      return {
        ...fail(outcome),
        evidence: storyOf(timeline, router, window),
        violations: transitionViolations(record, router, { strays: changes, lost: [] }),
        tolerated,
      };
    },
  },
});
