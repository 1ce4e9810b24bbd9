/** `owner`: that node, and no other, holds every address; as an invariant, all the time. */
import * as z from 'zod';
import { formatMicros, type Instant, micros, plus } from '../../time.ts';
import { membersByPriority, type VirtualRouter } from '../../topology/topology.ts';
import { forLength, slice, within } from '../assertion.ts';
import { memberProblems } from '../contradiction.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf } from '../grounds.ts';
import type { RepeatRecord } from '../metrics.ts';
import { nodeOrNone, virtualRouter } from '../names.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { transitionViolations } from '../transitions.ts';
import { fail, type Judgement, pass, text } from '../verdict.ts';

const schema = z.strictObject({
  of: virtualRouter,
  is: z
    .union([nodeOrNone, z.array(nodeOrNone).max(8)])
    .describe(
      'A node; none or an empty list: no node; a list: exactly these nodes at once, where a split is expected',
    ),
  within,
  for: forLength,
});
type Owner = z.output<typeof schema>;

export const owner = slice({
  schema,
  docs: 'that node, and no other, holds every address; a list of nodes: exactly these; none: no node',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  contradictions: ({ is }, { router }) => memberProblems('is', [is].flat(), router),
  takeoverWithin: (assertion, router) => ({
    text: formatMicros(assertion.within ?? micros(0)),
    length: mayStay(assertion, router) ? Number.POSITIVE_INFINITY : (assertion.within ?? 0),
  }),
  step: {
    patience: (assertion) => micros(Math.max(assertion.within ?? 0, assertion.for ?? 0)),
    judge: judgeOwner,
  },
  invariant: { judge: judgeAlways },
});

/** Its best member may own it, so no router has to take over. */
function mayStay(assertion: Owner, router: VirtualRouter): boolean {
  return wantedOwners(assertion).includes(membersByPriority(router)[0]?.node ?? '');
}

/** The nodes that are to hold the address. */
function wantedOwners({ is }: Pick<Owner, 'is'>): readonly string[] {
  if (typeof is !== 'string') return is;
  return is === 'none' ? [] : [is];
}

function judgeOwner(assertion: Owner, view: StepView, router: VirtualRouter): StepJudgement {
  const { timeline, now } = view;
  const holders = timeline.ownership.holders(router);
  const owners = timeline.ownership.owners(router);
  const wanted = wantedOwners(assertion);
  const named = wanted.join(' and ') || 'none';
  // With several holders there is no owner, so a list is compared with the holders.
  const right = same(holders, wanted) && (wanted.length > 1 || same(owners, wanted));
  const measured = text(holders.join(' and ') || 'nobody');
  const bound = text(named);
  if (!right) {
    const lacking = same(holders, wanted) ? missing(router, holders, view) : undefined;
    const because = lacking ?? `${router.name} is on ${measured.value}, not on ${named}`;
    return fail({ measured: lacking === undefined ? measured : text(lacking), bound, because });
  }
  const since = lastEdge(router, view);
  const needed = plus(since, assertion.for ?? micros(0));
  if (now < needed) {
    const because = `${router.name} has been on ${named} for ${formatMicros(micros(now - since))} only`;
    return { ...fail({ measured, bound, because }), retryAt: needed };
  }
  return pass({ measured, bound, because: `${router.name} is on ${named}` });
}

/** The right node holds only some of the addresses: which ones it lacks. */
function missing(
  router: VirtualRouter,
  holders: readonly string[],
  { timeline }: StepView,
): string | undefined {
  for (const node of holders) {
    const lacking = router.addresses
      .map(({ address }) => address)
      .filter((address) => !timeline.ownership.holds(node, address));
    if (lacking.length > 0) return `${node} does not hold ${lacking.join(', ')} of ${router.name}`;
  }
  return undefined;
}

/** When the holders last changed, or the beginning of the step if that is later. */
function lastEdge(router: VirtualRouter, view: StepView): Instant {
  const edges = view.timeline.ownership
    .holdingsOf(router)
    .flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]));
  return edges.reduce((last, at) => (at > last ? at : last), view.stepFrom);
}

function judgeAlways(assertion: Owner, record: RepeatRecord, router: VirtualRouter): Judgement {
  const { ownership } = record.timeline;
  const { from, to } = record.window;
  const wanted = wantedOwners(assertion);
  const named = wanted.join(' and ') || 'none';
  const strays = ownership
    .transitions(router, record.window)
    .filter(({ node }) => !wanted.includes(node));
  const lost = wanted.length === 0 ? [] : ownership.gaps(router, { from, to });
  const there = ownership.ownersAt(router, from);
  const stranger = there.find((node) => !wanted.includes(node));
  const absent = wanted.find((one) => !there.includes(one));
  const bound = text(named);
  if (strays.length === 0 && lost.length === 0 && stranger === undefined && absent === undefined)
    return pass({ measured: bound, bound, because: `${router.name} stayed on ${named}` });
  const measured = text(strays[0]?.node ?? stranger ?? 'nobody');
  return {
    ...fail({ measured, bound, because: `${router.name} left ${named}` }),
    evidence: storyOf(record.timeline, router, record.window),
    violations: transitionViolations(record, router, { strays, lost }),
  };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
