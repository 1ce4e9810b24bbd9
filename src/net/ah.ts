/**
 * IP Authentication Header (RFC 2402) as VRRP version 2 used it (RFC 2338 5.3.6, authentication type 2)
 * and keepalived still does: IPv4 only, HMAC-MD5-96 (RFC 2403) over the IP header, the AH header and the
 * message. The identification of the IP header is covered, so the sender writes the whole packet.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { md5 } from '@noble/hashes/legacy.js';
import { ipToBytes } from './address.ts';
import { CONTROL, fillIp4 } from './frame-build.ts';
import { type Endpoints, VRRP_PROTOCOL, VRRP_TTL } from './vrrp-packet.ts';

export const AH_PROTOCOL = 51;
export const AH_BYTES = 24;
const IP_BYTES = 20;
const ICV_OFFSET = 12;
const ICV_BYTES = 12;

interface Ip4Header extends Endpoints {
  readonly ttl: number;
  /** 0: the kernel's choice. */
  readonly id: number;
  readonly protocol: number;
}

/** An IPv4 packet with room for `length` bytes after its header; the kernel computes the header checksum. */
export function ip4Packet(header: Ip4Header, length: number): Uint8Array {
  const bytes = new Uint8Array(IP_BYTES + length);
  fillIp4(bytes, header, { ...header, trafficClass: CONTROL });
  return bytes;
}

/** `id`: 1..65535, because 0 would let the kernel choose another one, which the check value does not cover. */
interface AhPacket extends Omit<Ip4Header, 'protocol'> {
  /** 32 bits; must grow from packet to packet. */
  readonly sequence: number;
  readonly message: Uint8Array;
}

/** A whole IPv4 packet, its own header first. The key is the password's 8 bytes, as in simple text. */
export function encodeAh(packet: AhPacket, key: Uint8Array): Uint8Array {
  const { source, sequence, message } = packet;
  const bytes = ip4Packet({ ...packet, protocol: AH_PROTOCOL }, AH_BYTES + message.length);
  const view = new DataView(bytes.buffer);
  bytes[IP_BYTES] = VRRP_PROTOCOL;
  bytes[IP_BYTES + 1] = AH_BYTES / 4 - 2;
  bytes.set(ipToBytes(source), IP_BYTES + 4); // SPI: keepalived's is the source address
  view.setUint32(IP_BYTES + 8, sequence >>> 0);
  bytes.set(message, IP_BYTES + AH_BYTES);
  const icv = integrity(
    bytes.subarray(0, IP_BYTES),
    bytes.subarray(IP_BYTES, IP_BYTES + AH_BYTES),
    message,
    key,
  );
  bytes.set(icv, IP_BYTES + ICV_OFFSET);
  return bytes;
}

/** The headers before the VRRP message of a packet with IP protocol 51. */
export interface AhHeaders {
  /** 20 bytes or more, as received. */
  readonly ip: Uint8Array;
  /** 24 bytes. */
  readonly ah: Uint8Array;
}

/** The headers and the message of a received IPv4 packet; undefined if it is no VRRP under AH. */
export function splitAh(
  packet: Uint8Array,
): { headers: AhHeaders; message: Uint8Array } | undefined {
  const length = ((packet[0] ?? 0) & 0x0f) * 4;
  const ah = packet.subarray(length, length + AH_BYTES);
  if (length < IP_BYTES || ah.length < AH_BYTES) return undefined;
  if (ah[0] !== VRRP_PROTOCOL || ah[1] !== AH_BYTES / 4 - 2) return undefined;
  return {
    headers: { ip: packet.slice(0, length), ah: ah.slice() },
    message: packet.slice(length + AH_BYTES),
  };
}

export function ahSequence({ ah }: AhHeaders): number {
  return new DataView(ah.buffer, ah.byteOffset, ah.length).getUint32(8);
}

/** Whether the SPI is the sender's address and the integrity check value fits. */
export function verifyAh(headers: AhHeaders, message: Uint8Array, key: Uint8Array): boolean {
  const { ip, ah } = headers;
  for (let i = 0; i < 4; i++) if (ah[4 + i] !== ip[12 + i]) return false;
  const expected = integrity(ip, ah, message, key);
  return sameBytes(expected, ah.subarray(ICV_OFFSET, ICV_OFFSET + ICV_BYTES));
}

/** Compares in constant time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Mutable fields count as zero; the TTL of a multicast, which no router may touch, as 255. */
function integrity(
  ipHeader: Uint8Array,
  ahHeader: Uint8Array,
  message: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  const head = Uint8Array.from(ipHeader);
  head[1] = 0;
  head.fill(0, 6, 8);
  head[8] = (head[16] ?? 0) >> 4 === 0xe ? VRRP_TTL : 0;
  head.fill(0, 10, 12);
  const ah = Uint8Array.from(ahHeader);
  ah.fill(0, ICV_OFFSET, ICV_OFFSET + ICV_BYTES);
  const covered = new Uint8Array(head.length + ah.length + message.length);
  covered.set(head, 0);
  covered.set(ah, head.length);
  covered.set(message, head.length + ah.length);
  return hmac(md5, key, covered).subarray(0, ICV_BYTES);
}
