/** The witnesses of judgements, by subject. */
import { agentOf, tapOf, type Witness } from '../observe/witness.ts';
import type { VirtualServer } from '../topology/service.ts';
import { type Probe, routerWith, type Topology, type VirtualRouter } from '../topology/topology.ts';

/** The virtual router with this name; without one, the first. */
export function routerNamed(
  name: string | undefined,
  { virtualRouters }: Topology,
): VirtualRouter | undefined {
  return name === undefined ? virtualRouters[0] : virtualRouters.find((one) => one.name === name);
}

/** The kernels of its members show which of them holds its addresses. */
export function holdersOf(router: VirtualRouter | undefined): Witness[] {
  return (router?.members ?? []).map(({ node }) => agentOf(node));
}

/** The tap of its network shows the frames that are sent for it. */
export function wireOf(router: VirtualRouter | undefined): Witness[] {
  return router === undefined ? [] : [tapOf(router.network)];
}

/** The probing node, the nodes that may answer, and the wire between them. */
export function probeWitnesses({ from, to, http }: Probe, topology: Topology): Witness[] {
  const asker = topology.nodes.find(({ name }) => name === from);
  const router = routerWith(topology, to);
  const own = topology.nodes.filter(({ attach }) =>
    attach.some(({ addresses }) => addresses.some(({ address }) => address === to)),
  );
  // A request over HTTP is passed on to services, which the agents run.
  const services = http === undefined ? [] : topology.nodes.filter(({ role }) => role === 'web');
  return [
    agentOf(from),
    ...(http === undefined ? (asker?.attach ?? []).map(({ network }) => tapOf(network)) : []),
    ...holdersOf(router),
    ...[...own, ...services].map(({ name }) => agentOf(name)),
  ];
}

/** The witnesses of a probe by its name; empty: no such probe. */
export function probeNamed(name: string | undefined, topology: Topology): Witness[] {
  const probe = topology.probes.find((one) => one.name === name);
  return probe === undefined ? [] : probeWitnesses(probe, topology);
}

/** The routers of a virtual server, and those that may hold its address. */
export function balancersOf(server: VirtualServer | undefined, topology: Topology): Witness[] {
  if (server === undefined) return [];
  const router = routerWith(topology, server.address);
  return [...new Set([...server.routers.map(agentOf), ...holdersOf(router)])];
}
