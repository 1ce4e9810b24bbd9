/** The evidence about a virtual server: the node that balances it, and its pool. */
import type { EventOf } from '../../observe/event.ts';
import type { Instant } from '../../time.ts';
import { type PoolMember, type VirtualServer, virtualServerName } from '../../topology/service.ts';
import { routerWith, type Topology } from '../../topology/topology.ts';
import type { StepView } from '../step-view.ts';

/** The virtual server with this name; without one, the first. */
export function serverNamed(
  name: string | undefined,
  topology: Topology,
): VirtualServer | undefined {
  return name === undefined
    ? topology.virtualServers[0]
    : topology.virtualServers.find((one) => one.name === name);
}

/** The node that holds its address. */
export function holderOf(
  { address }: VirtualServer,
  { timeline, topology }: StepView,
): string | undefined {
  const router = routerWith(topology, address);
  return router === undefined ? undefined : timeline.ownership.owners(router)[0];
}

/** Each change of its pool in the kernel of a router. */
export function poolsOf(
  server: VirtualServer,
  on: string,
  { timeline }: StepView,
): EventOf<'pool'>[] {
  return timeline
    .of('pool')
    .filter(
      ({ source, node, virtualServer }) =>
        source === 'kernel' && node === on && virtualServer === virtualServerName(server),
    );
}

function membersOf({ pool, sorry }: VirtualServer): PoolMember[] {
  return sorry === undefined ? [...pool] : [...pool, sorry];
}

export function memberOf(server: VirtualServer, node: string): PoolMember | undefined {
  return membersOf(server).find((one) => one.node === node);
}

/** The nodes that get new connections, by name and in order. */
export function nodesIn({ servers }: EventOf<'pool'>, server: VirtualServer): string[] {
  const balanced = servers.filter(({ weight }) => weight > 0);
  const names = balanced.map(({ address, port }) => {
    const member = membersOf(server).find((one) => one.address === address && one.port === port);
    return member?.node ?? `${address}:${port}`;
  });
  return names.sort();
}

/** The latest event; of several at one time the last reported. */
export function lastOf<T extends { readonly at: Instant }>(events: readonly T[]): T | undefined {
  return events.reduce<T | undefined>(
    (last, one) => (last === undefined || one.at >= last.at ? one : last),
    undefined,
  );
}
