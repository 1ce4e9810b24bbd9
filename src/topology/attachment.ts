/** Addresses of nodes on segments. */
import { type Family, family, type IpAddress } from '../net/address.ts';
import type { Topology } from './topology.ts';

/** A node's first address of a family on a network; undefined: none. */
export function addressOn(
  { nodes }: Topology,
  node: string,
  network: string,
  which: Family,
): IpAddress | undefined {
  return nodes
    .find(({ name }) => name === node)
    ?.attach.find((attachment) => attachment.network === network)
    ?.addresses.find(({ address }) => family(address) === which)?.address;
}
