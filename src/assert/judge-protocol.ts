/** The assertion `protocol`: the invariants of VRRP, judged over what the lab saw of one repeat. */
import type { ElectionFacts, ProfileName, RouterFacts } from '../observe/election.ts';
import { type Micros, micros, milliseconds, minus, plus, seconds } from '../time.ts';
import type { Engine, Topology, VirtualRouter } from '../topology/topology.ts';
import type { AssertionOf } from './assertion.ts';
import { storyOf } from './evidence.ts';
import { hostsOf, tellTimeline } from './invariants/from-timeline.ts';
import type { Violation } from './invariants/monitor.ts';
import { chosenInvariants, watchElection } from './invariants/watch.ts';
import type { RepeatRecord } from './metrics.ts';
import { DEFAULT_CHECKS } from './protocol-checks.ts';
import { type Judgement, words } from './verdict.ts';

/** What a frame takes at most on one machine, seen by the tap and by the receivers (us). */
const DELAY_MOST = milliseconds(5);
/** How late a timer, a claim or an address may be seen on a machine that is not starved. */
const LATENESS = milliseconds(50);
/** What a failure shows of what came before. */
const BEFORE = seconds(5);

export function judgeProtocol(
  assertion: AssertionOf<'protocol'>,
  router: VirtualRouter,
  { timeline, topology, window }: RepeatRecord,
): Judgement {
  const hosts = hostsOf(timeline, router);
  const facts = factsOf(topology, router, hosts.length, assertion.lateness ?? LATENESS);
  const wanted = assertion.check ?? DEFAULT_CHECKS;
  const judged = chosenInvariants(facts, wanted)
    .filter(({ applies }) => applies(facts))
    .map(({ id }) => id);
  if (judged.length === 0) {
    const because = `none of ${wanted.join(', ')} can be judged with timers up to ${facts.lateness} us late`;
    return {
      ok: false,
      inconclusive: true,
      measured: undefined,
      bound: undefined,
      because,
      evidence: [],
    };
  }
  const found: Violation[] = [];
  const listener = watchElection(facts, judged, (violation) => {
    if (violation.at >= window.from && violation.at <= window.to) found.push(violation);
  });
  if (!tellTimeline(timeline, router, hosts, listener, window.to)) {
    const because = `no router was ever seen in a role of ${router.name}`;
    return { ok: false, measured: undefined, bound: undefined, because, evidence: [] };
  }
  const bound = words(`no violation of ${judged.join(', ')}`);
  const [first] = found;
  if (first === undefined) {
    const because = `${router.name} kept ${judged.join(', ')}`;
    return { ok: true, measured: words('none'), bound, because, evidence: [] };
  }
  const names = [...new Set(found.map(({ invariant }) => invariant))];
  const around = { from: minus(first.at, BEFORE), to: plus(first.at, LATENESS) };
  return {
    ok: false,
    // A capture that lost frames has not seen every advert.
    inconclusive: timeline.captureDrops() > 0,
    measured: words(names.join(', ')),
    bound,
    because: `${first.invariant}: ${first.because}`,
    evidence: storyOf(timeline, router, around),
  };
}

/** What the invariants are told of a virtual router: by its topology alone. `lateness`: of timers, claims and addresses. */
export function factsOf(
  topology: Topology,
  router: VirtualRouter,
  hosts: number,
  lateness: Micros,
): ElectionFacts {
  return {
    profile: profileOf(topology, router),
    routers: router.members.map((_, i) => routerFacts(topology, router, i)),
    virtuals: 1,
    delayLeast: micros(0),
    delayMost: DELAY_MOST,
    lateness,
    rateError: 0,
    downAdverts: 3,
    addresses: router.addresses.length,
    hosts,
    check: undefined,
  };
}

function routerFacts(topology: Topology, router: VirtualRouter, index: number): RouterFacts {
  const member = router.members[index];
  if (member === undefined) throw new Error('a member of the virtual router');
  const node = topology.nodes.find(({ name }) => name === member.node);
  const attached = node?.attach.find(({ network }) => network === router.network);
  const address = attached?.addresses.map((one) => numberOf(one.address)).find((one) => one > 0);
  return {
    name: member.node,
    address: address ?? 0,
    priority: member.priority,
    interval: member.advertInterval ?? router.advertInterval,
    preempt: member.preempt,
    preemptDelay: member.preemptDelay,
  };
}

/** IPv4 as an unsigned number; 0 for IPv6, whose link-local addresses no topology knows: ties stay undecided. */
function numberOf(address: string): number {
  const octets = address.split('.').map(Number);
  return octets.length === 4 ? octets.reduce((sum, octet) => sum * 256 + octet, 0) : 0;
}

/** The most lenient of those whose rules the members follow. */
function profileOf(topology: Topology, { version, members }: VirtualRouter): ProfileName {
  if (version === 2) return 'rfc3768';
  const engines = new Set<Engine | undefined>(
    members.map(({ node }) => topology.nodes.find(({ name }) => name === node)?.engine),
  );
  if (engines.has('keepalived')) return 'keepalived';
  return engines.has('frr') ? 'frr' : 'rfc9568';
}
