/** The facts of a virtual router of a lab that the invariants need, from its topology alone. */
import type { ElectionFacts, ProfileName, RouterFacts } from '../../observe/election.ts';
import { type Micros, micros, milliseconds } from '../../time.ts';
import type { Engine, Member, Topology, VirtualRouter } from '../../topology/topology.ts';

/** The largest delay of a frame on one machine, between the tap and the receivers (us). */
const DELAY_MOST = milliseconds(5);

/** `lateness`: of timers, claims and addresses. */
export function factsOf(
  topology: Topology,
  router: VirtualRouter,
  hosts: number,
  lateness: Micros,
): ElectionFacts {
  return {
    profile: profileOf(topology, router),
    routers: router.members.map((member) => routerFacts(topology, router, member)),
    virtuals: 1,
    delayLeast: micros(0),
    delayMost: DELAY_MOST,
    lateness,
    rateError: 0,
    downAdverts: router.downAdverts,
    addresses: router.addresses.length,
    hosts,
    check: undefined,
  };
}

function routerFacts(topology: Topology, router: VirtualRouter, member: Member): RouterFacts {
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

/** The most lenient profile of the members' engines. */
function profileOf(topology: Topology, { version, members }: VirtualRouter): ProfileName {
  if (version === 2) return 'rfc3768';
  const engines = new Set<Engine | undefined>(
    members.map(({ node }) => topology.nodes.find(({ name }) => name === node)?.engine),
  );
  if (engines.has('keepalived')) return 'keepalived';
  return engines.has('frr') ? 'frr' : 'rfc9568';
}
