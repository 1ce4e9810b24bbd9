/**
 * Questions that find out who else holds an address without claiming it and without moving anybody to
 * the other holder: an ARP probe (RFC 5227 2.1.1), a Neighbor Solicitation (RFC 4861 7.2.2).
 */
import { type IpAddress, ipToBytes, type Mac, macToBytes } from './address.ts';
import { addWords, finish, pseudoHeader } from './checksum.ts';
import { parseFrame } from './frame.ts';

const HOP_LIMIT = 255;
const ICMPV6 = 58;
const NEIGHBOR_SOLICITATION = 135;
const SOURCE_LINK_LAYER_ADDRESS = 1;

/** Who answers for which address in a frame; undefined: it is no answer. */
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
  const frame = new Uint8Array(42);
  const own = macToBytes(mac);
  frame.fill(0xff, 0, 6);
  frame.set(own, 6);
  frame.set([0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01], 12);
  frame.set(own, 22);
  frame.set(ipToBytes(address), 38);
  return frame;
}

/**
 * `from` must be an address and the MAC of one interface of ours. The answer comes to us alone; to the
 * unspecified address, as duplicate address detection asks, it would go to all nodes and override what
 * their caches know: every client would follow the other holder.
 */
export function solicitation(
  address: IpAddress,
  from: { readonly address: IpAddress; readonly mac: Mac },
): Uint8Array {
  const frame = new Uint8Array(14 + 40 + 32);
  const target = ipToBytes(address);
  const source = ipToBytes(from.address);
  const group = new Uint8Array(16);
  group.set([0xff, 0x02]);
  group.set([1, 0xff], 11);
  group.set(target.subarray(13), 13);
  frame.set([0x33, 0x33, ...group.subarray(12)], 0);
  frame.set(macToBytes(from.mac), 6);
  frame.set([0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, ICMPV6, HOP_LIMIT], 12);
  frame.set(source, 22);
  frame.set(group, 38);
  const icmp = frame.subarray(54);
  icmp[0] = NEIGHBOR_SOLICITATION;
  icmp.set(target, 8);
  icmp.set([SOURCE_LINK_LAYER_ADDRESS, 1, ...macToBytes(from.mac)], 24);
  const sum = finish(
    addWords(pseudoHeader(source, group, ICMPV6, icmp.length), icmp, 0, icmp.length),
  );
  icmp[2] = sum >> 8;
  icmp[3] = sum & 0xff;
  return frame;
}
