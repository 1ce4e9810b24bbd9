/** Ethernet frames as an observer reads them. Any bytes give a value; a truncated or unknown frame is `other`. */
import { type Family, type IpAddress, ipAt, type Mac, macAt } from './address.ts';
import { AH_PROTOCOL, splitAh } from './ah.ts';
import { ICMPV6, UDP } from './frame-build.ts';
import { type Endpoints, VRRP_PROTOCOL } from './vrrp-packet.ts';

/** The content of a frame. */
type Content =
  | (Endpoints & {
      readonly kind: 'vrrp';
      readonly family: Family;
      readonly ttl: number;
      readonly message: Uint8Array;
    })
  | {
      readonly kind: 'arp';
      readonly operation: 'request' | 'reply';
      readonly senderMac: Mac;
      readonly sender: IpAddress;
      readonly target: IpAddress;
    }
  | {
      readonly kind: 'neighbor-advertisement';
      readonly target: IpAddress;
      readonly mac: Mac;
      readonly solicited: boolean;
      readonly override: boolean;
    }
  | (Endpoints & Ports & { readonly kind: 'udp'; readonly payload: Uint8Array })
  /** `flags`: the octet of RFC 9293 3.1, in which SYN is 2 and ACK 16. */
  | (Endpoints & Ports & { readonly kind: 'tcp'; readonly flags: number })
  | { readonly kind: 'other' };

interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export type Frame = { readonly sourceMac: Mac; readonly destinationMac: Mac } & Content;

const ETHERNET_BYTES = 14;
const TCP = 6;

/** Reads one frame. */
export function parseFrame(bytes: Uint8Array): Frame {
  const macs = { destinationMac: macAt(bytes, 0), sourceMac: macAt(bytes, 6) };
  const payload = bytes.subarray(ETHERNET_BYTES);
  const content = parsePayload(word(bytes, 12), payload) ?? { kind: 'other' };
  return { ...macs, ...content };
}

function parsePayload(type: number, payload: Uint8Array): Content | undefined {
  if (type === 0x0806) return parseArp(payload);
  if (type === 0x0800) return parseIp4(payload);
  return type === 0x86dd ? parseIp6(payload) : undefined;
}

function parseArp(bytes: Uint8Array): Content | undefined {
  const operation = word(bytes, 6);
  if (
    bytes.length < 28 ||
    word(bytes, 0) !== 1 ||
    word(bytes, 2) !== 0x0800 ||
    (operation !== 1 && operation !== 2)
  )
    return undefined;
  return {
    kind: 'arp',
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: macAt(bytes, 8),
    sender: ipAt(bytes, 14, 4),
    target: ipAt(bytes, 24, 4),
  };
}

function parseIp4(bytes: Uint8Array): Content | undefined {
  const header = (byte(bytes, 0) & 0x0f) * 4;
  const length = word(bytes, 2);
  const fragment = word(bytes, 6) & 0x3fff;
  if (
    bytes.length < 20 ||
    byte(bytes, 0) >> 4 !== 4 ||
    header < 20 ||
    length < header ||
    length > bytes.length ||
    fragment !== 0
  )
    return undefined;
  const endpoints = { source: ipAt(bytes, 12, 4), destination: ipAt(bytes, 16, 4) };
  const under = byte(bytes, 9) === AH_PROTOCOL ? splitAh(bytes.subarray(0, length)) : undefined;
  const ttl = byte(bytes, 8);
  // Only the receivers have the key of the check value, so the message is read unchecked.
  if (under !== undefined)
    return { kind: 'vrrp', family: 4, ...endpoints, ttl, message: under.message };
  return parseTransport(
    { family: 4, protocol: byte(bytes, 9), ttl, ...endpoints },
    bytes.subarray(header, length),
  );
}

function parseIp6(bytes: Uint8Array): Content | undefined {
  const length = word(bytes, 4);
  if (bytes.length < 40 || byte(bytes, 0) >> 4 !== 6 || 40 + length > bytes.length)
    return undefined;
  const endpoints = { source: ipAt(bytes, 8, 6), destination: ipAt(bytes, 24, 6) };
  return parseTransport(
    { family: 6, protocol: byte(bytes, 6), ttl: byte(bytes, 7), ...endpoints },
    bytes.subarray(40, 40 + length),
  );
}

interface IpHeader extends Endpoints {
  readonly family: Family;
  readonly protocol: number;
  readonly ttl: number;
}

function parseTransport(
  { family, protocol, ttl, source, destination }: IpHeader,
  body: Uint8Array,
): Content | undefined {
  if (protocol === VRRP_PROTOCOL)
    return { kind: 'vrrp', family, source, destination, ttl, message: body };
  const [sourcePort, destinationPort] = [word(body, 0), word(body, 2)];
  const ends = { source, destination, sourcePort, destinationPort };
  if (protocol === UDP && body.length >= 8)
    return { kind: 'udp', ...ends, payload: body.subarray(8, Math.max(8, word(body, 4))) };
  if (protocol === TCP && body.length >= 20) return { kind: 'tcp', ...ends, flags: byte(body, 13) };
  if (protocol === ICMPV6 && family === 6 && ttl === 255) return parseAdvertisement(body);
  return undefined;
}

/** Without a target link-layer option it does not tell the location of the address. */
function parseAdvertisement(body: Uint8Array): Content | undefined {
  if (body.length < 32 || byte(body, 0) !== 136 || byte(body, 24) !== 2 || byte(body, 25) !== 1)
    return undefined;
  const flags = byte(body, 4);
  return {
    kind: 'neighbor-advertisement',
    target: ipAt(body, 8, 6),
    mac: macAt(body, 26),
    solicited: (flags & 0x40) !== 0,
    override: (flags & 0x20) !== 0,
  };
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function word(bytes: Uint8Array, index: number): number {
  return (byte(bytes, index) << 8) | byte(bytes, index + 1);
}
