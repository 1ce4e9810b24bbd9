/**
 * Ethernet frames as an observer reads them and as tests and the simulator write them. Any bytes give
 * a value; what is truncated or unknown is `other`.
 */
import {
  type Family,
  type IpAddress,
  ipAt,
  ipToBytes,
  type Mac,
  macAt,
  macToBytes,
} from './address.ts';
import { AH_PROTOCOL, splitAh } from './ah.ts';
import { addWords, checksum, finish, pseudoHeader } from './checksum.ts';
import { VRRP_PROTOCOL, VRRP_TTL } from './vrrp-packet.ts';

interface FrameBase {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
}

export type Frame = FrameBase &
  (
    | {
        readonly kind: 'vrrp';
        readonly family: Family;
        readonly source: IpAddress;
        readonly destination: IpAddress;
        readonly ttl: number;
        readonly message: Uint8Array;
      }
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
    | {
        readonly kind: 'udp';
        readonly source: IpAddress;
        readonly destination: IpAddress;
        readonly sourcePort: number;
        readonly destinationPort: number;
        readonly payload: Uint8Array;
      }
    | {
        readonly kind: 'tcp';
        readonly source: IpAddress;
        readonly destination: IpAddress;
        readonly sourcePort: number;
        readonly destinationPort: number;
        /** The octet of flags (RFC 9293 3.1): SYN is 2, ACK 16. */
        readonly flags: number;
      }
    | { readonly kind: 'other' }
  );

const ETHERNET_BYTES = 14;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
/** TOS / traffic class of VRRP: internetwork control, as keepalived and FRR send it. */
const CONTROL = 0xc0;

/** Reads one frame. */
export function parseFrame(bytes: Uint8Array): Frame {
  const macs = { destinationMac: macAt(bytes, 0), sourceMac: macAt(bytes, 6) };
  const type = word(bytes, 12);
  const payload = bytes.subarray(ETHERNET_BYTES);
  const inner =
    type === 0x0806
      ? parseArp(payload)
      : type === 0x0800
        ? parseIp4(payload)
        : type === 0x86dd
          ? parseIp6(payload)
          : undefined;
  return { ...macs, ...(inner ?? { kind: 'other' }) } as Frame;
}

/** Whether the check value fits only its receivers can tell: they have the key. */
function vrrpUnderAh(
  message: Uint8Array,
  about: { source: IpAddress; destination: IpAddress; ttl: number },
): Inner {
  const inner = { kind: 'vrrp', family: 4, ...about, message } as const;
  return inner;
}

type Inner = { readonly kind: Frame['kind'] } | undefined;

function parseArp(bytes: Uint8Array): Inner {
  const operation = word(bytes, 6);
  if (
    bytes.length < 28 ||
    word(bytes, 0) !== 1 ||
    word(bytes, 2) !== 0x0800 ||
    (operation !== 1 && operation !== 2)
  )
    return undefined;
  const arp = {
    kind: 'arp',
    operation: operation === 1 ? 'request' : 'reply',
    senderMac: macAt(bytes, 8),
    sender: ipAt(bytes, 14, 4),
    target: ipAt(bytes, 24, 4),
  } as const;
  return arp;
}

function parseIp4(bytes: Uint8Array): Inner {
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
  if (under !== undefined) return vrrpUnderAh(under.message, { ...endpoints, ttl: byte(bytes, 8) });
  const body = bytes.subarray(header, length);
  return parseTransport(
    { family: 4, protocol: byte(bytes, 9), ttl: byte(bytes, 8), ...endpoints },
    body,
  );
}

function parseIp6(bytes: Uint8Array): Inner {
  const length = word(bytes, 4);
  if (bytes.length < 40 || byte(bytes, 0) >> 4 !== 6 || 40 + length > bytes.length)
    return undefined;
  const endpoints = { source: ipAt(bytes, 8, 6), destination: ipAt(bytes, 24, 6) };
  return parseTransport(
    { family: 6, protocol: byte(bytes, 6), ttl: byte(bytes, 7), ...endpoints },
    bytes.subarray(40, 40 + length),
  );
}

interface IpHeader {
  readonly family: Family;
  readonly protocol: number;
  readonly ttl: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

function parseTransport(
  { family, protocol, ttl, source, destination }: IpHeader,
  body: Uint8Array,
): Inner {
  if (protocol === VRRP_PROTOCOL) {
    const vrrp = { kind: 'vrrp', family, source, destination, ttl, message: body } as const;
    return vrrp;
  }
  if (protocol === UDP && body.length >= 8) {
    const udp = {
      kind: 'udp',
      source,
      destination,
      sourcePort: word(body, 0),
      destinationPort: word(body, 2),
      payload: body.subarray(8, Math.max(8, word(body, 4))),
    } as const;
    return udp;
  }
  if (protocol === TCP && body.length >= 20) {
    const tcp = {
      kind: 'tcp',
      source,
      destination,
      sourcePort: word(body, 0),
      destinationPort: word(body, 2),
      flags: byte(body, 13),
    } as const;
    return tcp;
  }
  if (protocol === ICMPV6 && family === 6 && ttl === 255) return parseAdvertisement(body);
  return undefined;
}

/** Without a target link-layer option it says nothing about where the address is. */
function parseAdvertisement(body: Uint8Array): Inner {
  if (body.length < 32 || byte(body, 0) !== 136 || byte(body, 24) !== 2 || byte(body, 25) !== 1)
    return undefined;
  const flags = byte(body, 4);
  const advertisement = {
    kind: 'neighbor-advertisement',
    target: ipAt(body, 8, 6),
    mac: macAt(body, 26),
    solicited: (flags & 0x40) !== 0,
    override: (flags & 0x20) !== 0,
  } as const;
  return advertisement;
}

interface FrameEnds {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** A VRRP message in its IP packet in its frame, TTL 255, to the group's MAC or the one given. */
export function buildVrrpFrame(
  ends: Omit<FrameEnds, 'destinationMac'>,
  message: Uint8Array,
): Uint8Array {
  const six = ends.source.includes(':');
  const destinationMac = (six ? '33:33:00:00:00:12' : '01:00:5e:00:00:12') as Mac;
  return buildIpFrame(
    { ...ends, destinationMac },
    { protocol: VRRP_PROTOCOL, ttl: VRRP_TTL, trafficClass: CONTROL },
    message,
  );
}

export function buildUdpFrame(
  ends: FrameEnds,
  ports: { source: number; destination: number },
  payload: Uint8Array,
): Uint8Array {
  const datagram = new Uint8Array(8 + payload.length);
  setWord(datagram, 0, ports.source);
  setWord(datagram, 2, ports.destination);
  setWord(datagram, 4, datagram.length);
  datagram.set(payload, 8);
  const sum = finish(
    addWords(
      pseudoHeader(ipToBytes(ends.source), ipToBytes(ends.destination), UDP, datagram.length),
      datagram,
      0,
      datagram.length,
    ),
  );
  setWord(datagram, 6, sum === 0 ? 0xffff : sum);
  return buildIpFrame(ends, { protocol: UDP, ttl: 64, trafficClass: 0 }, datagram);
}

function buildIpFrame(
  ends: FrameEnds,
  header: { protocol: number; ttl: number; trafficClass: number },
  body: Uint8Array,
): Uint8Array {
  const six = ends.source.includes(':');
  const size = six ? 40 : 20;
  const frame = new Uint8Array(ETHERNET_BYTES + size + body.length);
  frame.set(macToBytes(ends.destinationMac), 0);
  frame.set(macToBytes(ends.sourceMac), 6);
  setWord(frame, 12, six ? 0x86dd : 0x0800);
  const packet = frame.subarray(ETHERNET_BYTES);
  if (six) fillIp6(packet, ends, header, body.length);
  else fillIp4(packet, ends, header);
  packet.set(body, size);
  return frame;
}

function fillIp4(
  packet: Uint8Array,
  ends: FrameEnds,
  { protocol, ttl, trafficClass }: { protocol: number; ttl: number; trafficClass: number },
): void {
  packet[0] = 0x45;
  packet[1] = trafficClass;
  setWord(packet, 2, packet.length);
  packet[8] = ttl;
  packet[9] = protocol;
  packet.set(ipToBytes(ends.source), 12);
  packet.set(ipToBytes(ends.destination), 16);
  setWord(packet, 10, checksum(packet, 0, 20));
}

function fillIp6(
  packet: Uint8Array,
  ends: FrameEnds,
  header: { protocol: number; ttl: number; trafficClass: number },
  length: number,
): void {
  packet[0] = 0x60 | (header.trafficClass >> 4);
  packet[1] = (header.trafficClass & 0x0f) << 4;
  setWord(packet, 4, length);
  packet[6] = header.protocol;
  packet[7] = header.ttl;
  packet.set(ipToBytes(ends.source), 8);
  packet.set(ipToBytes(ends.destination), 24);
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function word(bytes: Uint8Array, index: number): number {
  return (byte(bytes, index) << 8) | byte(bytes, index + 1);
}

function setWord(bytes: Uint8Array, index: number, value: number): void {
  bytes[index] = value >> 8;
  bytes[index + 1] = value & 0xff;
}
