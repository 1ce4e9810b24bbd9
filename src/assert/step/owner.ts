/** `owner`: that node, and no other, holds every address; as an invariant, all the time. */
import * as z from 'zod';
import { formatMicros, type Instant, micros, plus } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { duration, name } from '../../topology/yaml/scalars.ts';
import { slice, within } from '../assertion.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf, routerNamed } from '../grounds.ts';
import type { RepeatRecord } from '../metrics.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { transitionViolations } from '../transitions.ts';
import { fail, type Judgement, pass, unobserved, words } from '../verdict.ts';

const schema = z.strictObject({
  of: name.describe('A virtual router'),
  is: z
    .union([name, z.array(name).max(8)])
    .describe(
      'A node; none or []: nobody; a list: exactly these nodes at once, where a split is what is expected',
    ),
  within,
  for: duration.optional().describe('It must stay so for this long'),
});
type Owner = z.output<typeof schema>;

export const owner = slice({
  schema,
  docs: 'that node, and no other, holds every address; a list of nodes: exactly these; none: nobody',
  subject: ({ of }) => of,
  witnesses: ({ of }, topology) => holdersOf(routerNamed(of, topology)),
  step: {
    patience: (assertion) => micros(Math.max(assertion.within ?? 0, assertion.for ?? 0)),
    judge: judgeOwner,
  },
  invariant: { judge: judgeAlways },
});

/** The nodes that are to hold the address. */
export function wantedOwners({ is }: Pick<Owner, 'is'>): readonly string[] {
  if (typeof is !== 'string') return is;
  return is === 'none' ? [] : [is];
}

function judgeOwner(assertion: Owner, view: StepView): StepJudgement {
  const router = routerNamed(assertion.of, view.topology);
  if (router === undefined) return unobserved('the topology has no virtual router');
  const { timeline, now } = view;
  const holders = timeline.ownership.holders(router);
  const owners = timeline.ownership.owners(router);
  const wanted = wantedOwners(assertion);
  const named = wanted.join(' and ') || 'none';
  // Of several holders nobody is the owner: a list speaks of who holds the address.
  const right = same(holders, wanted) && (wanted.length > 1 || same(owners, wanted));
  const measured = words(holders.join(' and ') || 'nobody');
  const bound = words(named);
  if (!right) {
    const lacking = same(holders, wanted) ? missing(router, holders, view) : undefined;
    const because = lacking ?? `${router.name} is on ${measured.value}, not on ${named}`;
    return fail({ measured: lacking === undefined ? measured : words(lacking), bound, because });
  }
  const since = lastEdge(router, view);
  const needed = plus(since, assertion.for ?? micros(0));
  if (now < needed) {
    const because = `${router.name} has been on ${named} for ${formatMicros(micros(now - since))} only`;
    return { ...fail({ measured, bound, because }), retryAt: needed };
  }
  return pass({ measured, bound, because: `${router.name} is on ${named}` });
}

/** The right node holds a part of the addresses only: which ones it lacks. */
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

/** When who holds the router last changed, but not before the step. */
function lastEdge(router: VirtualRouter, view: StepView): Instant {
  const edges = view.timeline.ownership
    .holdingsOf(router)
    .flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]));
  return edges.reduce((last, at) => (at > last ? at : last), view.stepFrom);
}

function judgeAlways(assertion: Owner, record: RepeatRecord): Judgement {
  const router = routerNamed(assertion.of, record.topology);
  if (router === undefined) return unobserved('the topology has no virtual router');
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
  const bound = words(named);
  if (strays.length === 0 && lost.length === 0 && stranger === undefined && absent === undefined)
    return pass({ measured: bound, bound, because: `${router.name} stayed on ${named}` });
  const measured = words(strays[0]?.node ?? stranger ?? 'nobody');
  return {
    ...fail({ measured, bound, because: `${router.name} left ${named}` }),
    evidence: storyOf(record.timeline, router, record.window),
    violations: transitionViolations(record, router, { strays, lost }),
  };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
