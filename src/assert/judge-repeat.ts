/** Judges the invariants of one repeat on its whole timeline. */
import { lengthOf, longest, type Window } from '../observe/ownership.ts';
import { formatMicros, micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import { type Assertion, type AssertionOf, wantedOwners } from './assertion.ts';
import { evaluateBound } from './bound.ts';
import { storyOf } from './evidence.ts';
import { judgeProtocol } from './judge-protocol.ts';
import { routerOf } from './judge-step.ts';
import type { RepeatRecord } from './metrics.ts';
import { protocolTimes } from './protocol-times.ts';
import { count, type Judgement, time, words } from './verdict.ts';

/** `record.window`: from the end of the settling step to the end of the repeat. */
export function judgeInvariant(assertion: Assertion, record: RepeatRecord): Judgement {
  const router = routerOf(assertion, record.topology);
  if (router === undefined) throw new Error('checked when the file was read: the router exists');
  switch (assertion.kind) {
    case 'single-owner':
      return judgeSingleOwner(assertion, router, record);
    case 'always-owned':
      return judgeAlwaysOwned(assertion, router, record);
    case 'stable':
      return judgeStable(assertion, router, record);
    case 'protocol':
      return judgeProtocol(assertion, router, record);
    case 'owner':
      return judgeAlwaysThere(assertion, router, record);
    default:
      throw new Error(`checked when the file was read: ${assertion.kind} is no invariant`);
  }
}

function judgeSingleOwner(
  assertion: AssertionOf<'single-owner'>,
  router: VirtualRouter,
  record: RepeatRecord,
): Judgement {
  const worst = longest(record.timeline.ownership.overlaps(router, record.window));
  const tolerated = assertion.tolerate ?? micros(0);
  if (worst === undefined)
    return pass(time(micros(0)), time(tolerated), `${router.name} never had two owners`);
  const length = lengthOf(worst);
  const because = `${worst.nodes.join(' and ')} both held ${worst.address} for ${formatMicros(length)}`;
  return length <= tolerated
    ? pass(time(length), time(tolerated), because)
    : fail(record, router, worst, time(length), time(tolerated), because);
}

function judgeAlwaysOwned(
  assertion: AssertionOf<'always-owned'>,
  router: VirtualRouter,
  record: RepeatRecord,
): Judgement {
  const worst = longest(record.timeline.ownership.gaps(router, record.window));
  const allowed = evaluateBound(assertion.max_gap, protocolTimes(router));
  if (worst === undefined)
    return pass(time(micros(0)), time(allowed), `${router.name} always had an owner`);
  const length = lengthOf(worst);
  const because = `nobody held ${worst.address} for ${formatMicros(length)}`;
  return length <= allowed
    ? pass(time(length), time(allowed), because)
    : fail(record, router, worst, time(length), time(allowed), because);
}

function judgeStable(
  assertion: AssertionOf<'stable'>,
  router: VirtualRouter,
  record: RepeatRecord,
): Judgement {
  const changes = record.timeline.ownership.transitions(router, record.window);
  const because = `${router.name} changed owner ${changes.length} times: ${changes.map(({ node }) => node).join(', ') || 'never'}`;
  const [measured, bound] = [count(changes.length), count(assertion.max_transitions)];
  return changes.length <= assertion.max_transitions
    ? pass(measured, bound, because)
    : fail(record, router, record.window, measured, bound, because);
}

function judgeAlwaysThere(
  assertion: AssertionOf<'owner'>,
  router: VirtualRouter,
  record: RepeatRecord,
): Judgement {
  const { from, to } = record.window;
  const wanted = wantedOwners(assertion);
  const named = wanted.join(' and ') || 'none';
  const strays = record.timeline.ownership
    .transitions(router, record.window)
    .filter(({ node }) => !wanted.includes(node));
  const lost = record.timeline.ownership.gaps(router, { from, to });
  const there = record.timeline.ownership.ownersAt(router, from);
  const ok = strays.length === 0 && lost.length === 0 && wanted.every((one) => there.includes(one));
  const because = ok ? `${router.name} stayed on ${named}` : `${router.name} left ${named}`;
  const bound = words(named);
  return ok
    ? pass(bound, bound, because)
    : fail(record, router, record.window, words(strays[0]?.node ?? 'nobody'), bound, because);
}

type Value = Judgement['measured'];

function pass(measured: Value, bound: Value, because: string): Judgement {
  return { ok: true, measured, bound, because, evidence: [] };
}

function fail(
  record: RepeatRecord,
  router: VirtualRouter,
  around: Window,
  measured: Value,
  bound: Value,
  because: string,
): Judgement {
  const evidence = storyOf(record.timeline, router, around);
  return { ok: false, measured, bound, because, evidence };
}
