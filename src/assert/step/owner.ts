/** `owner`: that node, and no other, holds every address; as an invariant, all the time. */
import * as z from 'zod';
import { formatMicros, type Instant, micros, plus } from '../../time.ts';
import { membersByPriority, type VirtualRouter } from '../../topology/topology.ts';
import { forLength, slice, within } from '../assertion.ts';
import { memberProblems } from '../contradiction.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf } from '../grounds.ts';
import { nodeOrNone, virtualRouter } from '../names.ts';
import type { StepView } from '../step-view.ts';
import { transitionViolations } from '../transitions.ts';
import { fail, pass, text } from '../verdict.ts';

export const owner = slice({
  schema: z.strictObject({
    of: virtualRouter,
    is: z
      .union([nodeOrNone, z.array(nodeOrNone).max(8)])
      .describe(
        'A node; none or an empty list: no node; a list: exactly these nodes at once, where a split is expected',
      ),
    within,
    for: forLength,
  }),
  docs: 'that node, and no other, holds every address; a list of nodes: exactly these; none: no node',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  contradictions: ({ is }, { router }) => memberProblems('is', [is].flat(), router),
  takeoverWithin({ is, within: wait = micros(0) }, router) {
    // Its best member may own it, so no router has to take over.
    const mayStay = wantedOwners(is).wanted.includes(membersByPriority(router)[0]?.node ?? '');
    return { text: formatMicros(wait), length: mayStay ? Number.POSITIVE_INFINITY : wait };
  },
  step: {
    patience: ({ within: wait = 0, for: length = 0 }) => micros(Math.max(wait, length)),
    judge(assertion, view, router) {
      const { ownership } = view.timeline;
      const holders = ownership.holders(router);
      const { wanted, named } = wantedOwners(assertion.is);
      const measured = text(holders.join(' and ') || 'nobody');
      const bound = text(named);
      if (!same(holders, wanted)) {
        const because = `${router.name} is on ${measured.value}, not on ${named}`;
        return fail({ measured, bound, because });
      }
      // With several holders there is no owner, so a list is compared with the holders.
      if (wanted.length <= 1 && !same(ownership.owners(router), wanted)) {
        const because = missing(router, holders, view);
        return fail({ measured: text(because), bound, because });
      }
      const since = lastEdge(router, view);
      const needed = plus(since, assertion.for ?? micros(0));
      if (view.now >= needed)
        return pass({ measured, bound, because: `${router.name} is on ${named}` });
      const because = `${router.name} has been on ${named} for ${formatMicros(micros(view.now - since))} only`;
      return { ...fail({ measured, bound, because }), retryAt: needed };
    },
  },
  invariant: {
    judge({ is }, record, router) {
      const { timeline, window } = record;
      const { wanted, named } = wantedOwners(is);
      const isStray = (node: string): boolean => !wanted.includes(node);
      const strays = timeline.ownership
        .transitions(router, window)
        .filter(({ node }) => isStray(node));
      const lost = wanted.length === 0 ? [] : timeline.ownership.gaps(router, window);
      const there = timeline.ownership.ownersAt(router, window.from);
      const isRight = same(there, wanted);
      const bound = text(named);
      if (strays.length === 0 && lost.length === 0 && isRight)
        return pass({ measured: bound, bound, because: `${router.name} stayed on ${named}` });
      const measured = text(strays[0]?.node ?? there.find(isStray) ?? 'nobody');
      return {
        ...fail({ measured, bound, because: `${router.name} left ${named}` }),
        evidence: storyOf(timeline, router, window),
        violations: transitionViolations(record, router, { strays, lost }),
      };
    },
  },
});

/** The nodes that are to hold the address, and how messages name them. */
function wantedOwners(is: string | readonly string[]) {
  const wanted: readonly string[] = is === 'none' ? [] : [is].flat();
  return { wanted, named: wanted.join(' and ') || 'none' };
}

/** The missing addresses, if the expected node holds only some. */
function missing(router: VirtualRouter, holders: readonly string[], { timeline }: StepView) {
  const [first = ''] = holders;
  const lacking = router.addresses
    .map(({ address }) => address)
    .filter((address) => !timeline.ownership.holds(first, address));
  return `${first} does not hold ${lacking.join(', ')} of ${router.name}`;
}

/** When the holders last changed, or the beginning of the step if that is later. */
function lastEdge(router: VirtualRouter, view: StepView): Instant {
  const edges = view.timeline.ownership
    .holdingsOf(router)
    .flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]));
  return edges.reduce((last, at) => (at > last ? at : last), view.stepFrom);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
