/** Addresses of nodes on segments. */
import { type Family, family, type IpAddress } from '../net/address.ts';
import { type Node, named, type Topology } from './topology.ts';

export function nodeNamed({ nodes }: Topology, name: string): Node | undefined {
  return named(nodes, name);
}

/** A node's first address of a family on a network; undefined: none. */
export function addressOn(
  node: Node | undefined,
  network: string,
  which: Family,
): IpAddress | undefined {
  const attachment = node?.attach.find((attached) => attached.network === network);
  return attachment?.addresses.find(({ address }) => family(address) === which)?.address;
}
