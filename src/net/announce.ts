/**
 * The frames by which a new owner of a virtual address tells the segment: gratuitous ARP for IPv4,
 * an unsolicited Neighbor Advertisement for IPv6 (RFC 9568 6.4.1, errata 7947 and 7949).
 */
import { family, type IpAddress, ip, ipToBytes, type Mac, macToBytes } from './address.ts';
import { addWords, finish, pseudoHeader } from './checksum.ts';

/** Hop limit 255 proves that the sender is on the link (RFC 4861 7.1.2). */
const HOP_LIMIT = 255;
const ICMPV6 = 58;
const ALL_NODES = ip('ff02::1');

export interface AnnounceOptions {
  /** NA only: the Router flag; set if the sender forwards (RFC 4861 4.4). */
  readonly router: boolean;
}

/** One complete Ethernet frame that announces `address` at `mac`. */
export function announcement(address: IpAddress, mac: Mac, options: AnnounceOptions): Uint8Array {
  return family(address) === 4
    ? gratuitousArp(address, mac)
    : neighborAdvertisement(address, mac, options);
}

/** An ARP request from and for the address itself, broadcast: what keepalived sends. */
export function gratuitousArp(address: IpAddress, mac: Mac): Uint8Array {
  const frame = new Uint8Array(42);
  const own = macToBytes(mac);
  const packed = ipToBytes(address);
  frame.fill(0xff, 0, 6);
  frame.set(own, 6);
  frame.set([0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01], 12);
  frame.set(own, 22);
  frame.set(packed, 28);
  frame.fill(0xff, 32, 38);
  frame.set(packed, 38);
  return frame;
}

/** To all nodes, Override set, Solicited clear, with the target link-layer option. */
export function neighborAdvertisement(
  address: IpAddress,
  mac: Mac,
  { router }: AnnounceOptions,
): Uint8Array {
  const frame = new Uint8Array(14 + 40 + 32);
  const own = macToBytes(mac);
  const source = ipToBytes(address);
  const destination = ipToBytes(ALL_NODES);
  frame.set([0x33, 0x33, 0, 0, 0, 1], 0);
  frame.set(own, 6);
  frame.set([0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, ICMPV6, HOP_LIMIT], 12);
  frame.set(source, 22);
  frame.set(destination, 38);
  const icmp = frame.subarray(54);
  icmp[0] = 136;
  icmp[4] = 0x20 | (router ? 0x80 : 0);
  icmp.set(source, 8);
  icmp.set([2, 1], 24);
  icmp.set(own, 26);
  const sum = finish(
    addWords(pseudoHeader(source, destination, ICMPV6, icmp.length), icmp, 0, icmp.length),
  );
  icmp[2] = sum >> 8;
  icmp[3] = sum & 0xff;
  return frame;
}
