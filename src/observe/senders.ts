/** The addresses from which a node may send adverts, for filters on one sender. */
import { type IpAddress, isLinkLocal, linkLocalOf } from '../net/address.ts';
import { named, routerWith, type Topology } from '../topology/topology.ts';
import type { Timeline } from './timeline.ts';

/** Its own addresses and the link-local ones of its kernel. A virtual address is never a source. */
export function sendersOf(node: string, topology: Topology, timeline: Timeline): IpAddress[] {
  const attach = named(topology.nodes, node)?.attach ?? [];
  const own = attach.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const made = attach.flatMap(({ network }) => {
    const mac = timeline.macOf(node, network);
    return mac === undefined ? [] : [linkLocalOf(mac)];
  });
  const reported = timeline
    .of('address-added')
    .filter((event) => event.node === node && isLinkLocal(event.address))
    .map(({ address }) => address);
  return [...new Set([...own, ...made, ...reported])].filter(
    (address) => routerWith(topology, address) === undefined,
  );
}
