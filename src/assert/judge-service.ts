/**
 * Judges the barriers about services. What the kernel balances and what clients got is evidence; who is
 * up, whether a script succeeds and (of a Backup) the priority are the engine's own words.
 */
import type { EventOf } from '../observe/event.ts';
import { formatMicros, type Instant, micros, plus } from '../time.ts';
import { type PoolMember, type VirtualServer, virtualServerName } from '../topology/service.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import type { AssertionOf } from './assertion.ts';
import type { ServiceAssertionKind } from './service-assertions.ts';
import { DRAINED_FOR, LAST_ANSWERS, type StepJudgement, type StepView } from './step-view.ts';
import { count, type Judgement, words } from './verdict.ts';

export type ServiceAssertion = {
  [K in ServiceAssertionKind]: AssertionOf<K>;
}[ServiceAssertionKind];

/** A percentage of fewer answers says nothing. */
const LEAST_ANSWERS = 10;

export function judgeService(assertion: ServiceAssertion, view: StepView): StepJudgement {
  switch (assertion.kind) {
    case 'health':
      return judgeHealth(assertion, view);
    case 'pool':
      return judgePool(assertion, view);
    case 'traffic-split':
      return judgeSplit(assertion, view);
    case 'drained':
      return judgeDrained(assertion, view);
    case 'request-success':
      return judgeSuccess(assertion, view);
    case 'effective-priority':
      return judgePriority(assertion, view);
    case 'track':
      return judgeTrack(assertion, view);
    case 'notify':
      return judgeNotify(assertion, view);
  }
}

function judgeHealth(assertion: AssertionOf<'health'>, view: StepView): StepJudgement {
  const server = serverOf(assertion.in, view);
  const member = server?.pool.find(({ node }) => node === assertion.of);
  if (server === undefined || member === undefined)
    return unobserved(`${assertion.of} is in no pool of ${assertion.in ?? 'the topology'}`);
  const on = assertion.on ?? holderOf(server, view);
  if (on === undefined) return unobserved(`nobody holds ${server.address}`);
  const last = lastOf(
    view.timeline
      .of('server')
      .filter(
        (event) =>
          event.node === on &&
          event.virtualServer === virtualServerName(server) &&
          event.address === member.address &&
          event.port === member.port,
      ),
  );
  const up = last?.up ?? true;
  const told = `${on} says ${assertion.of} is ${up ? 'up' : 'down'}${last === undefined ? '' : ` (${last.detail})`}`;
  return turned({ up, at: last?.at }, assertion, told, view);
}

function judgeTrack(assertion: AssertionOf<'track'>, view: StepView): StepJudgement {
  const { script, on } = assertion;
  const last = lastOf(
    view.timeline.of('script').filter((event) => event.node === on && event.script === script),
  );
  if (last === undefined) return unobserved(`${on} has said nothing of script ${script}`);
  const told = `script ${script} ${last.up ? 'succeeds' : 'fails'} on ${on}`;
  return turned(last, assertion, told, view);
}

/** Whether something is up or down as it should be, and did not become so too early. */
function turned(
  { up, at }: { readonly up: boolean; readonly at: Instant | undefined },
  { is, after }: Pick<AssertionOf<'health'>, 'is' | 'after'>,
  told: string,
  { since }: StepView,
): StepJudgement {
  const measured = words(up ? 'up' : 'down');
  const bound = words(is);
  if (up !== (is === 'up')) return fail({ measured, bound, because: told });
  const took = at === undefined || at < since ? undefined : micros(at - since);
  if (after !== undefined && took === undefined)
    return fail({ measured, bound, because: `${told}, but was so before the last fault or heal` });
  const when = took === undefined ? '' : ` after ${formatMicros(took)}`;
  if (after !== undefined && took !== undefined && took < after) {
    const because = `${told}${when}, sooner than ${formatMicros(after)}`;
    return fail({ measured, bound, because });
  }
  return pass({ measured, bound, because: `${told}${when}` });
}

function judgePool(assertion: AssertionOf<'pool'>, view: StepView): StepJudgement {
  const server = serverOf(assertion.of, view);
  if (server === undefined) return unobserved('the topology has no virtual server');
  const on = assertion.on ?? holderOf(server, view);
  if (on === undefined) return unobserved(`nobody holds ${server.address}`);
  const last = lastOf(poolsOf(server, on, view));
  if (last === undefined) return unobserved(`nothing is known of the pool on ${on}`);
  const nodes = nodesIn(last, server);
  const measured = words(nodes.join(' and ') || 'nobody');
  const bound = words([...assertion.is].sort().join(' and ') || 'nobody');
  const told = `${server.name} on ${on} is balanced over ${measured.value}`;
  if (measured.value !== bound.value)
    return fail({ measured, bound, because: `${told}, not over ${bound.value}` });
  const from = last.at > view.stepFrom ? last.at : view.stepFrom;
  const needed = plus(from, assertion.for ?? micros(0));
  if (view.now >= needed) return pass({ measured, bound, because: told });
  const because = `${told} for ${formatMicros(micros(view.now - from))} only`;
  return { ...fail({ measured, bound, because }), retryAt: needed };
}

function judgeSplit(assertion: AssertionOf<'traffic-split'>, view: StepView): StepJudgement {
  const { probe, shares, over } = assertion;
  const end = plus(view.barrierFrom, over);
  const known = plus(end, LAST_ANSWERS);
  const answered = (
    view.timeline.http.get(probe)?.within({ from: view.barrierFrom, to: end }) ?? []
  ).filter(({ ok }) => ok);
  const counts = new Map<string, number>();
  for (const { by } of answered) counts.set(by ?? '?', (counts.get(by ?? '?') ?? 0) + 1);
  const told = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([node, n]) => `${node} ${percent(n / answered.length)}`)
    .join(', ');
  const bound = words(
    Object.entries(shares)
      .map(([node, { share, tolerance }]) => `${node} ${percent(share)} +- ${percent(tolerance)}`)
      .join(', '),
  );
  const measured = words(told || 'no answers');
  const because = `${answered.length} answers to ${probe}: ${measured.value}`;
  if (view.now < known) return { ...fail({ measured, bound, because }), retryAt: known };
  if (answered.length < LEAST_ANSWERS)
    return fail({ measured, bound, because: `${because}; ${LEAST_ANSWERS} are needed` });
  const right = [...new Set([...Object.keys(shares), ...counts.keys()])].every((node) => {
    const { share, tolerance } = shares[node] ?? { share: 0, tolerance: 0 };
    return Math.abs((counts.get(node) ?? 0) / answered.length - share) <= tolerance + ROUNDING;
  });
  return right ? pass({ measured, bound, because }) : fail({ measured, bound, because });
}

const ROUNDING = 1e-9;

function judgeDrained(assertion: AssertionOf<'drained'>, view: StepView): StepJudgement {
  const server = serverOf(assertion.of, view);
  const member = server === undefined ? undefined : memberOf(server, assertion.from);
  if (server === undefined || member === undefined)
    return unobserved(`${assertion.from} is in no pool of ${assertion.of ?? 'the topology'}`);
  const on = holderOf(server, view);
  const pools = on === undefined ? [] : poolsOf(server, on, view);
  const last = lastOf(pools);
  const bound = words('no new connection');
  if (last === undefined || nodesIn(last, server).includes(assertion.from))
    return fail({
      measured: words('still in the pool'),
      bound,
      because: `${assertion.from} is still in the pool of ${server.name}`,
    });
  const left = leftAt(pools, server, assertion.from);
  const end = plus(left, assertion.over ?? DRAINED_FOR);
  // The routers' own checks go on, of course.
  const checking = new Set<string>(routerAddresses(view));
  const opened = view.timeline
    .of('connection')
    .filter(
      ({ node, port, at, client }) =>
        node === assertion.from && port === member.port && at <= end && !checking.has(client),
    );
  // A SYN that is sent again belongs to a connection from before.
  const before = new Set(opened.filter(({ at }) => at < left).map(flowOf));
  const late = opened.filter((one) => one.at >= left && !before.has(flowOf(one)));
  const measured = count(late.length);
  const because = `${late.length} connections to ${assertion.from} after it had left the pool`;
  if (late.length > 0) return fail({ measured, bound, because });
  const known = plus(end, LAST_ANSWERS);
  return view.now >= known
    ? pass({ measured, bound, because })
    : { ...fail({ measured, bound, because: `${because} so far` }), retryAt: known };
}

function routerAddresses({ topology }: StepView): string[] {
  return topology.nodes
    .filter(({ role }) => role === 'router')
    .flatMap(({ attach }) => attach.flatMap(({ addresses }) => addresses))
    .map(({ address }) => address);
}

function flowOf({ client, clientPort }: EventOf<'connection'>): string {
  return `${client} ${clientPort}`;
}

function judgeSuccess(
  { probe, min, over }: AssertionOf<'request-success'>,
  view: StepView,
): StepJudgement {
  const end = plus(view.barrierFrom, over ?? micros(0));
  const judged = successOf(view, probe, { from: view.barrierFrom, to: end }, min.share);
  const known = plus(end, LAST_ANSWERS);
  return view.now >= known ? judged : { ...judged, ok: false, retryAt: known };
}

/** Of the requests of a probe that were asked in a window: did enough succeed? */
export function successOf(
  { timeline }: Pick<StepView, 'timeline'>,
  probe: string,
  window: { readonly from: Instant; readonly to: Instant },
  least: number,
): Judgement {
  const results = timeline.http.get(probe)?.within(window) ?? [];
  const good = results.filter(({ ok }) => ok).length;
  if (results.length === 0) return unobserved(`no request of ${probe} ended in the window`);
  const problems = results.flatMap(({ ok, problem, status }) =>
    ok ? [] : [problem ?? `status ${status}`],
  );
  const told = [...new Set(problems)].slice(0, 3).join(', ');
  const because = `${good} of ${results.length} requests of ${probe} succeeded${told === '' ? '' : ` (${told})`}`;
  const outcome = {
    measured: words(percent(good / results.length)),
    bound: words(percent(least)),
    because,
    evidence: [],
  };
  return { ok: good / results.length >= least, ...outcome };
}

/** What it advertises, if that is newer than what it says. */
function judgePriority(
  assertion: AssertionOf<'effective-priority'>,
  view: StepView,
): StepJudgement {
  const { on } = assertion;
  const router = view.topology.virtualRouters.find(({ name }) => name === assertion.of);
  const member = router?.members.find(({ node }) => node === on);
  if (router === undefined || member === undefined)
    return unobserved(`${on} is no member of ${assertion.of}`);
  const advert = lastOf(adverts(router, on, view));
  const claim = lastOf(
    view.timeline
      .of('priority')
      .filter(({ node, instance }) => node === on && instance === router.name),
  );
  const newest = lastOf([advert, claim].filter((one) => one !== undefined));
  const priority = newest?.priority ?? member.priority;
  const how =
    newest === undefined ? 'is configured with' : newest === advert ? 'advertises' : 'says';
  const outcome = {
    measured: count(priority),
    bound: count(assertion.is),
    because: `${on} ${how} priority ${priority} for ${router.name}`,
  };
  return priority === assertion.is ? pass(outcome) : fail(outcome);
}

/** A resignation tells nothing of the priority. */
function adverts(router: VirtualRouter, on: string, { timeline }: StepView): EventOf<'advert'>[] {
  return timeline
    .of('advert')
    .filter(
      ({ node, segment, vrid, family, priority }) =>
        node === on &&
        segment === router.network &&
        vrid === router.vrid &&
        family === router.family &&
        priority > 0,
    );
}

function judgeNotify(assertion: AssertionOf<'notify'>, view: StepView): StepJudgement {
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

function serverOf(name: string | undefined, { topology }: StepView): VirtualServer | undefined {
  return name === undefined
    ? topology.virtualServers[0]
    : topology.virtualServers.find((one) => one.name === name);
}

function holderOf(
  { address }: VirtualServer,
  { timeline, topology }: StepView,
): string | undefined {
  const router = topology.virtualRouters.find(({ addresses }) =>
    addresses.some((own) => own.address === address),
  );
  return router === undefined ? undefined : timeline.ownership.owners(router)[0];
}

function poolsOf(server: VirtualServer, on: string, { timeline }: StepView): EventOf<'pool'>[] {
  return timeline
    .of('pool')
    .filter(
      ({ source, node, virtualServer }) =>
        source === 'kernel' && node === on && virtualServer === virtualServerName(server),
    );
}

function memberOf({ pool, sorry }: VirtualServer, node: string): PoolMember | undefined {
  return [...pool, ...(sorry === undefined ? [] : [sorry])].find((one) => one.node === node);
}

/** The nodes that get new connections, by name and in order. */
function nodesIn({ servers }: EventOf<'pool'>, server: VirtualServer): string[] {
  const all = [...server.pool, ...(server.sorry === undefined ? [] : [server.sorry])];
  return servers
    .filter(({ weight }) => weight > 0)
    .map(
      ({ address, port }) =>
        all.find((one) => one.address === address && one.port === port)?.node ??
        `${address}:${port}`,
    )
    .sort();
}

/** The first of the pools without the node that nothing with it has followed. */
function leftAt(pools: readonly EventOf<'pool'>[], server: VirtualServer, node: string): Instant {
  const lastWith = pools.findLastIndex((pool) => nodesIn(pool, server).includes(node));
  const first = pools[lastWith + 1];
  if (first === undefined) throw new Error('the caller has looked: the last pool is without it');
  return first.at;
}

function lastOf<T extends { readonly at: Instant }>(events: readonly T[]): T | undefined {
  return events.reduce<T | undefined>(
    (last, one) => (last === undefined || one.at >= last.at ? one : last),
    undefined,
  );
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}

type Outcome = Pick<Judgement, 'measured' | 'bound' | 'because'>;

function pass(outcome: Outcome): StepJudgement {
  return { ok: true, ...outcome, evidence: [] };
}

function fail(outcome: Outcome): StepJudgement {
  return { ok: false, ...outcome, evidence: [] };
}

function unobserved(because: string): StepJudgement {
  return { ok: false, measured: undefined, bound: undefined, because, evidence: [] };
}
