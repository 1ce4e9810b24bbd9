/**
 * The frames by which a new owner of a virtual address announces it to the segment: gratuitous ARP for IPv4,
 * an unsolicited Neighbor Advertisement for IPv6 (RFC 9568 6.4.1, errata 7947 and 7949).
 */
import { family, type IpAddress, ip, type Mac } from './address.ts';
import { buildArpRequest, buildNeighborFrame } from './frame-build.ts';

const ALL_NODES = ip('ff02::1');
const ALL_NODES_MAC = '33:33:00:00:00:01' as Mac;
const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;

/**
 * One complete Ethernet frame that announces `address` at `mac`. IPv4: an ARP request from and for the address itself,
 * broadcast, as keepalived sends it. IPv6: to all nodes, Override set, Solicited clear; `router`: the Router flag, set if the
 * sender forwards (RFC 4861 4.4).
 */
export function announcement(
  address: IpAddress,
  mac: Mac,
  { router }: { readonly router: boolean },
): Uint8Array {
  if (family(address) === 4) return buildArpRequest(mac, address, BROADCAST, address);
  const ends = { sourceMac: mac, destinationMac: ALL_NODES_MAC, source: address };
  const flags = 0x20 | (router ? 0x80 : 0);
  return buildNeighborFrame({ ...ends, destination: ALL_NODES }, 136, flags, address);
}
