/**
 * Judges the barriers of a step: what must become true while the lab runs. Asked again and again, so
 * each judgement looks only at what has been observed so far.
 */
import type { LabEvent } from '../observe/event.ts';
import { formatMicros, type Instant, type Micros, micros, plus } from '../time.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';
import { type Assertion, type AssertionOf, subject, wantedOwners } from './assertion.ts';
import { evaluateBound } from './bound.ts';
import { storyOf } from './evidence.ts';
import { judgeService, type ServiceAssertion } from './judge-service.ts';
import { mainProbe } from './metrics.ts';
import { protocolTimes } from './protocol-times.ts';
import { SERVICE_KINDS } from './service-assertions.ts';
import { DRAINED_FOR, LAST_ANSWERS, type StepJudgement, type StepView } from './step-view.ts';
import { count, type Judgement, time, words } from './verdict.ts';

/** How long a settled state is waited for beyond its own length. */
const STEADY_PATIENCE = micros(10_000_000);
/** Replies must have come back for this many probes before an outage counts as ended. */
const VALIDATION_PROBES = 20;
/** What the tap has seen is known this much later at the latest. */
const TAP_DELAY = 500_000;
/** Probes are no news of their own: an outage is looked at again after this long (us). */
const RECHECK = 20_000;

/** How long the barrier waits before it fails. */
export function patience(assertion: Assertion): Micros {
  switch (assertion.kind) {
    case 'owner':
      return micros(Math.max(assertion.within ?? 0, assertion.for ?? 0));
    case 'steady-state':
      return micros(assertion.for + STEADY_PATIENCE);
    case 'adverts':
      return micros(assertion.for + TAP_DELAY);
    case 'pool':
      return micros(Math.max(assertion.within ?? 0, assertion.for ?? 0) + (assertion.for ?? 0));
    case 'traffic-split':
    case 'request-success':
      return micros((assertion.over ?? 0) + LAST_ANSWERS + TAP_DELAY);
    case 'drained':
      return micros((assertion.within ?? 0) + (assertion.over ?? DRAINED_FOR) + TAP_DELAY);
    case 'health':
    case 'effective-priority':
    case 'track':
    case 'notify':
    case 'single-owner':
    case 'garp':
    case 'arp':
    case 'outage':
      return assertion.within ?? micros(0);
    default:
      return micros(0);
  }
}

/** Whether the barrier's patience counts from its own beginning, not from that of the step. */
export function countsFromItsOwn({ kind }: Assertion): boolean {
  return kind === 'traffic-split' || kind === 'request-success';
}

export function judgeStep(assertion: Assertion, view: StepView): StepJudgement {
  if (isServiceAssertion(assertion)) return judgeService(assertion, view);
  const router = routerOf(assertion, view.topology);
  if (router === undefined) return unobserved('the topology has no virtual router');
  switch (assertion.kind) {
    case 'owner':
      return judgeOwner(assertion, router, view);
    case 'single-owner':
      return judgeSingle(assertion, router, view);
    case 'steady-state':
      return judgeSteady(assertion, view);
    case 'garp':
      return judgeGarp(assertion, router, view);
    case 'arp':
      return judgeArp(assertion, router, view);
    case 'adverts':
      return judgeAdverts(assertion, router, view);
    case 'outage':
      return judgeOutage(assertion, router, view);
    default:
      return unobserved(`${assertion.kind} cannot stand in a step`);
  }
}

function judgeOwner(
  assertion: AssertionOf<'owner'>,
  router: VirtualRouter,
  view: StepView,
): StepJudgement {
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
    return fail({
      measured,
      bound,
      because: `${router.name} is on ${measured.value}, not on ${named}`,
    });
  }
  const since = lastEdge(router, view);
  const needed = plus(since, assertion.for ?? micros(0));
  if (now < needed) {
    const because = `${router.name} has been on ${named} for ${formatMicros(micros(now - since))} only`;
    return { ...fail({ measured, bound, because }), retryAt: needed };
  }
  return pass({ measured, bound, because: `${router.name} is on ${named}` });
}

function judgeSingle(
  _assertion: AssertionOf<'single-owner'>,
  router: VirtualRouter,
  view: StepView,
): StepJudgement {
  const holders = view.timeline.ownership.holders(router);
  const measured = words(holders.join(' and ') || 'nobody');
  const outcome = {
    measured,
    bound: words('one owner'),
    because: `${router.name} is on ${measured.value}`,
  };
  return holders.length === 1 ? pass(outcome) : fail(outcome);
}

function judgeSteady(assertion: AssertionOf<'steady-state'>, view: StepView): StepJudgement {
  const routers = view.topology.virtualRouters.filter(
    ({ name }) => assertion.vip === undefined || name === assertion.vip,
  );
  const unsettled = routers.find((router) => view.timeline.ownership.owners(router).length !== 1);
  const since = view.timeline.ownership.lastChange();
  const bound = time(assertion.for);
  const router = unsettled ?? routers[0];
  if (router === undefined || since === undefined || unsettled !== undefined) {
    const measured = words('not settled');
    return {
      ...fail({ measured, bound, because: `${router?.name ?? 'the lab'} has no single owner` }),
      inconclusive: true,
    };
  }
  const calm = micros(view.now - since);
  const outcome = {
    measured: time(calm),
    bound,
    because: `nothing has changed for ${formatMicros(calm)}`,
  };
  if (calm >= assertion.for) return pass(outcome);
  return { ...fail(outcome), inconclusive: true, retryAt: plus(since, assertion.for) };
}

function judgeGarp(
  assertion: AssertionOf<'garp'>,
  router: VirtualRouter,
  view: StepView,
): StepJudgement {
  const { timeline, since } = view;
  const { from } = assertion;
  const heard = timeline
    .since('garp', since)
    .filter((garp) => from === undefined || timeline.announcedBy(garp, from));
  const counts = router.addresses.map(
    ({ address }) => heard.filter((garp) => garp.address === address).length,
  );
  const least = Math.min(...counts);
  const wanted = assertion.count ?? 1;
  const who = assertion.from === undefined ? '' : ` by ${assertion.from}`;
  const silent = router.addresses
    .filter((_, i) => (counts[i] ?? 0) < wanted)
    .map(({ address }) => address);
  const because =
    silent.length === 0
      ? `every address of ${router.name} was announced${who}`
      : `${silent.join(', ')} announced${who} ${least} times`;
  const outcome = { measured: count(least), bound: count(wanted), because };
  return silent.length === 0 ? pass(outcome) : fail(outcome);
}

function judgeAdverts(
  assertion: AssertionOf<'adverts'>,
  router: VirtualRouter,
  { timeline, since, now }: StepView,
): StepJudgement {
  const { from, at_least: least = 0, at_most: most = Number.POSITIVE_INFINITY } = assertion;
  const end = plus(since, assertion.for);
  const sent = timeline
    .since('advert', since)
    .filter(
      ({ at, node, segment, vrid, family }) =>
        at <= end &&
        node === from &&
        segment === router.network &&
        vrid === router.vrid &&
        family === router.family,
    ).length;
  const measured = count(sent);
  const bound = most === Number.POSITIVE_INFINITY ? count(least) : count(most);
  const told = `${from} sent ${sent} adverts of ${router.name} in ${formatMicros(assertion.for)}`;
  const known = plus(end, micros(TAP_DELAY / 2));
  if (now < known)
    return { ...fail({ measured, bound, because: `${told} so far` }), retryAt: known };
  const outcome = { measured, bound, because: told };
  return sent >= least && sent <= most ? pass(outcome) : fail(outcome);
}

function judgeArp(
  assertion: AssertionOf<'arp'>,
  router: VirtualRouter,
  view: StepView,
): StepJudgement {
  const { timeline } = view;
  const wanted = timeline.macOf(assertion.is, router.network);
  const entries = router.addresses.flatMap(({ address }) => {
    const mac = timeline.neighbor(assertion.at, address);
    return mac === undefined ? [] : [{ address, mac }];
  });
  const wrong = entries.find(({ mac }) => timeline.holderOf(mac, router.network) !== assertion.is);
  const measured = words(
    entries.map(({ address, mac }) => `${address} at ${mac}`).join(', ') || 'no entry',
  );
  const bound = words(wanted ?? `the MAC of ${assertion.is}`);
  if (entries.length === 0)
    return fail({
      measured,
      bound,
      because: `${assertion.at} has no neighbour entry for ${router.name}`,
    });
  const because = `${assertion.at}'s neighbour entries for ${router.name}: ${measured.value}`;
  return wrong === undefined
    ? pass({ measured, bound, because })
    : fail({ measured, bound, because });
}

function judgeOutage(
  assertion: AssertionOf<'outage'>,
  router: VirtualRouter,
  view: StepView,
): StepJudgement {
  const name = assertion.probe ?? mainProbe(view.topology, router)?.name;
  const log = name === undefined ? undefined : view.timeline.probes.get(name);
  if (log === undefined || log.lastReply() === undefined) {
    return {
      ...unobserved(`no reply to probe ${name ?? ''} was ever seen`),
      retryAt: plus(view.now, micros(RECHECK)),
    };
  }
  const validation = micros(log.every * VALIDATION_PROBES);
  if (assertion.ended === true && !log.steadySince(view.since, view.now, validation)) {
    const because = `probe ${name} has not been answered steadily for ${formatMicros(validation)}`;
    const outcome = { measured: words('not ended'), bound: words('ended'), because };
    return { ...fail(outcome), retryAt: plus(view.now, micros(RECHECK)) };
  }
  const hole = log.longestHole({ from: view.since, to: view.now });
  const length = hole === undefined ? micros(0) : micros((hole.to ?? view.now) - hole.from);
  const measured = time(length);
  if (assertion.max === undefined)
    return pass({
      measured,
      bound: words('ended'),
      because: `replies are back after ${formatMicros(length)}`,
    });
  const allowed = evaluateBound(assertion.max, protocolTimes(router));
  const outcome = {
    measured,
    bound: time(allowed),
    because: `the longest hole in ${name} was ${formatMicros(length)}`,
  };
  return length <= allowed
    ? pass(outcome)
    : { ...fail(outcome), retryAt: plus(view.now, micros(RECHECK)) };
}

function isServiceAssertion(assertion: Assertion): assertion is ServiceAssertion {
  return SERVICE_KINDS.some((kind) => kind === assertion.kind);
}

/** When who holds the router last changed, but not before the step. */
function lastEdge(router: VirtualRouter, view: StepView): Instant {
  const edges = view.timeline.ownership
    .holdingsOf(router)
    .flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]));
  return edges.reduce((last, at) => (at > last ? at : last), view.stepFrom);
}

type Outcome = Pick<Judgement, 'measured' | 'bound' | 'because'>;

function pass(outcome: Outcome): StepJudgement {
  return { ok: true, ...outcome, evidence: [] };
}

/** Asked thousands of times, so without proof: `proofOf` finds it once the barrier has failed. */
function fail(outcome: Outcome): StepJudgement {
  return { ok: false, ...outcome, evidence: [] };
}

/** The events behind a barrier that failed for good. */
export function proofOf(assertion: Assertion, view: StepView): readonly LabEvent[] {
  const router = routerOf(assertion, view.topology);
  return router === undefined
    ? []
    : storyOf(view.timeline, router, { from: view.since, to: view.now });
}

function unobserved(because: string): StepJudgement {
  return { ok: false, measured: undefined, bound: undefined, because, evidence: [] };
}

export function routerOf(assertion: Assertion, topology: Topology): VirtualRouter | undefined {
  const wanted = subject(assertion);
  return wanted === undefined
    ? topology.virtualRouters[0]
    : topology.virtualRouters.find(({ name }) => name === wanted);
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
