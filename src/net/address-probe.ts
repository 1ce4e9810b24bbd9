/**
 * Queries for another holder of an address that neither claim it nor lead clients to the other holder: an ARP
 * probe (RFC 5227 2.1.1), a Neighbor Solicitation (RFC 4861 7.2.2).
 */
import { type IpAddress, ip, ipFromBytes, ipToBytes, type Mac, macAt } from './address.ts';
import { parseFrame } from './frame.ts';
import { buildArpRequest, buildNeighborFrame } from './frame-build.ts';

const UNKNOWN_MAC = '00:00:00:00:00:00' as Mac;

/** The address and MAC that a reply announces; undefined: the frame is no reply. */
export function answerIn(bytes: Uint8Array): { address: IpAddress; mac: Mac } | undefined {
  const frame = parseFrame(bytes);
  if (frame.kind === 'arp' && frame.operation === 'reply')
    return { address: frame.sender, mac: frame.senderMac };
  if (frame.kind === 'neighbor-advertisement') return { address: frame.target, mac: frame.mac };
  return undefined;
}

/**
 * One complete Ethernet frame from `mac`, which must be ours. The sender address is 0.0.0.0, so that no
 * cache learns anything from it.
 */
export function arpProbe(address: IpAddress, mac: Mac): Uint8Array {
  return buildArpRequest(mac, ip('0.0.0.0'), UNKNOWN_MAC, address);
}

/**
 * `from` must be an address and the MAC of one interface of ours: the answer comes to us alone. A solicitation
 * from the unspecified address, as in duplicate address detection, is answered to all nodes, and would override
 * what their caches know: every client would follow the other holder.
 */
export function solicitation(
  address: IpAddress,
  from: { readonly address: IpAddress; readonly mac: Mac },
): Uint8Array {
  // The solicited-node group, and its MAC (RFC 4291 2.7.1, RFC 2464 7).
  const group = Uint8Array.from([
    0xff,
    2,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    0xff,
    ...ipToBytes(address).slice(13),
  ]);
  const groupMac = Uint8Array.from([0x33, 0x33, ...group.slice(12)]);
  const ends = {
    sourceMac: from.mac,
    destinationMac: macAt(groupMac, 0),
    source: from.address,
    destination: ipFromBytes(group),
  };
  return buildNeighborFrame(ends, 135, 0, address);
}
