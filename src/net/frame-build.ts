/** Complete Ethernet frames: VRRP, UDP, Neighbor Discovery and ARP requests. */
import { type IpAddress, ipToBytes, type Mac, macToBytes } from './address.ts';
import { addWords, checksum, finish, pseudoHeader } from './checksum.ts';
import { type Endpoints, VRRP_PROTOCOL, VRRP_TTL } from './vrrp-packet.ts';

export const UDP = 17;
export const ICMPV6 = 58;
const ETHERNET_BYTES = 14;
/** TOS / traffic class of VRRP: internetwork control, as keepalived and FRR send it. */
export const CONTROL = 0xc0;

interface IpFields {
  /** IPv4: the identification; 0: the kernel's choice. */
  readonly id?: number;
  readonly protocol: number;
  /** Or hop limit. */
  readonly ttl: number;
  /** Or type of service. */
  readonly trafficClass: number;
}

interface FrameEnds extends Endpoints {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
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
  setWord(datagram, 6, transportSum(ends, UDP, datagram) || 0xffff);
  return buildIpFrame(ends, { protocol: UDP, ttl: 64, trafficClass: 0 }, datagram);
}

/**
 * A Neighbor Solicitation (135) or Advertisement (136) with the sender's MAC as its option (RFC 4861 4.3, 4.4). Hop limit 255
 * proves that the sender is on the link (7.1).
 */
export function buildNeighborFrame(
  ends: FrameEnds,
  type: 135 | 136,
  flags: number,
  target: IpAddress,
): Uint8Array {
  const message = new Uint8Array(32);
  message[0] = type;
  message[4] = flags;
  message.set(ipToBytes(target), 8);
  message.set([type - 134, 1, ...macToBytes(ends.sourceMac)], 24);
  setWord(message, 2, transportSum(ends, ICMPV6, message));
  return buildIpFrame(ends, { protocol: ICMPV6, ttl: 255, trafficClass: 0 }, message);
}

/** An ARP request, broadcast; `target` asks for itself if `sender` is the same address. */
export function buildArpRequest(
  mac: Mac,
  sender: IpAddress,
  targetMac: Mac,
  target: IpAddress,
): Uint8Array {
  const frame = new Uint8Array(42);
  const own = macToBytes(mac);
  frame.fill(0xff, 0, 6);
  frame.set(own, 6);
  frame.set([0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0x00, 0x01], 12);
  frame.set(own, 22);
  frame.set(ipToBytes(sender), 28);
  frame.set(macToBytes(targetMac), 32);
  frame.set(ipToBytes(target), 38);
  return frame;
}

function transportSum(
  { source, destination }: Endpoints,
  protocol: number,
  message: Uint8Array,
): number {
  const pseudo = pseudoHeader(ipToBytes(source), ipToBytes(destination), protocol, message.length);
  return finish(addWords(pseudo, message, 0, message.length));
}

function buildIpFrame(ends: FrameEnds, header: IpFields, body: Uint8Array): Uint8Array {
  const six = ends.source.includes(':');
  const size = six ? 40 : 20;
  const frame = new Uint8Array(ETHERNET_BYTES + size + body.length);
  frame.set(macToBytes(ends.destinationMac), 0);
  frame.set(macToBytes(ends.sourceMac), 6);
  setWord(frame, 12, six ? 0x86dd : 0x0800);
  const packet = frame.subarray(ETHERNET_BYTES);
  if (six) fillIp6(packet, ends, header, body.length);
  else {
    fillIp4(packet, ends, header);
    setWord(packet, 10, checksum(packet, 0, 20));
  }
  packet.set(body, size);
  return frame;
}

/** The header of an IPv4 packet, without its checksum. */
export function fillIp4(
  packet: Uint8Array,
  ends: Endpoints,
  { id = 0, protocol, ttl, trafficClass }: IpFields,
): void {
  packet[0] = 0x45;
  packet[1] = trafficClass;
  setWord(packet, 2, packet.length);
  setWord(packet, 4, id);
  packet[8] = ttl;
  packet[9] = protocol;
  packet.set(ipToBytes(ends.source), 12);
  packet.set(ipToBytes(ends.destination), 16);
}

function fillIp6(packet: Uint8Array, ends: FrameEnds, header: IpFields, length: number): void {
  packet[0] = 0x60 | (header.trafficClass >> 4);
  packet[1] = (header.trafficClass & 0x0f) << 4;
  setWord(packet, 4, length);
  packet[6] = header.protocol;
  packet[7] = header.ttl;
  packet.set(ipToBytes(ends.source), 8);
  packet.set(ipToBytes(ends.destination), 24);
}

function setWord(bytes: Uint8Array, index: number, value: number): void {
  bytes[index] = value >> 8;
  bytes[index + 1] = value & 0xff;
}
