/** What is known of a virtual server: who balances it, and over whom. */
import type { EventOf } from '../../observe/event.ts';
import type { Instant } from '../../time.ts';
import { type PoolMember, type VirtualServer, virtualServerName } from '../../topology/service.ts';
import type { Topology } from '../../topology/topology.ts';
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

/** Who holds its address. */
export function holderOf(
  { address }: VirtualServer,
  { timeline, topology }: StepView,
): string | undefined {
  const router = topology.virtualRouters.find(({ addresses }) =>
    addresses.some((own) => own.address === address),
  );
  return router === undefined ? undefined : timeline.ownership.owners(router)[0];
}

/** What the kernel of a router balances it over, as it changed. */
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

export function memberOf({ pool, sorry }: VirtualServer, node: string): PoolMember | undefined {
  return [...pool, ...(sorry === undefined ? [] : [sorry])].find((one) => one.node === node);
}

/** The nodes that get new connections, by name and in order. */
export function nodesIn({ servers }: EventOf<'pool'>, server: VirtualServer): string[] {
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

/** By its time; of several at one time the one reported last. */
export function lastOf<T extends { readonly at: Instant }>(events: readonly T[]): T | undefined {
  return events.reduce<T | undefined>(
    (last, one) => (last === undefined || one.at >= last.at ? one : last),
    undefined,
  );
}
