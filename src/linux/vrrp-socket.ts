/**
 * VRRP on one interface and family: a raw socket for IP protocol 112 that joins the group, sends with
 * TTL 255 and hears only its own interface. The one user of raw-socket; its pitfalls stop here: the
 * socket is referenced for its life, the shared receive buffer is copied, sending is synchronous.
 */

import { messageOf } from '../errors.ts';
import { type Family, type IpAddress, ipAt, ipToBytes, parseIp } from '../net/address.ts';
import type { ReceivedPacket } from '../net/receive-checks.ts';
import { VRRP_GROUP, VRRP_PROTOCOL, VRRP_TTL } from '../net/vrrp-packet.ts';
import { loadKoffi, loadRawSocket, type RawSocket } from './native.ts';

export interface VrrpSocket {
  /** Undefined if it went out; otherwise why not. */
  send(message: Uint8Array, destination: IpAddress): string | undefined;
  /** The source of the adverts to come (IPv4; for IPv6 the kernel takes the link-local address). */
  useSource(source: IpAddress): void;
  close(): void;
}

export interface VrrpSocketOptions {
  readonly interface: string;
  readonly ifindex: number;
  readonly family: Family;
  readonly onPacket: (packet: ReceivedPacket) => void;
}

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_ATTACH_FILTER = 26;
const RECEIVE_BYTES = 1 << 20;
/** Internetwork control, as keepalived and FRR mark their adverts. */
const CONTROL = 0xc0;

/** Throws where the process may not (no CAP_NET_RAW) or the interface is gone. */
export function openVrrpSocket(options: VrrpSocketOptions): VrrpSocket {
  const module = loadRawSocket();
  const { family } = options;
  const socket = module.createSocket({
    protocol: VRRP_PROTOCOL,
    addressFamily: family === 4 ? module.AddressFamily.IPv4 : module.AddressFamily.IPv6,
    bufferSize: 4096,
  });
  try {
    set(socket, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${options.interface}\0`));
    set(socket, SOL_SOCKET, SO_RCVBUF, integer(RECEIVE_BYTES));
    if (family === 4) prepare4(socket, options.ifindex);
    else prepare6(socket, options.ifindex);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('message', (buffer, source) => {
    const packet = family === 4 ? packet4(buffer) : packet6(buffer, source);
    if (packet !== undefined) options.onPacket(packet);
  });
  // A link that goes down makes recv fail; the route watch tells of it.
  socket.on('error', () => {});
  return {
    send: (message, destination) => {
      try {
        socket.wrap.send(message, 0, message.length, destination, () => {});
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
    useSource: (source) => {
      if (family === 4)
        set(socket, IPPROTO_IP, 32, membership4('0.0.0.0' as IpAddress, source, options.ifindex));
    },
    close: () => socket.close(),
  };
}

function prepare4(socket: RawSocket, ifindex: number): void {
  const any = '0.0.0.0' as IpAddress;
  set(socket, IPPROTO_IP, 49, integer(0)); // IP_MULTICAST_ALL: only what was joined here
  set(socket, IPPROTO_IP, 35, membership4(VRRP_GROUP[4], any, ifindex)); // IP_ADD_MEMBERSHIP
  set(socket, IPPROTO_IP, 32, membership4(any, any, ifindex)); // IP_MULTICAST_IF
  set(socket, IPPROTO_IP, 33, integer(VRRP_TTL)); // IP_MULTICAST_TTL
  set(socket, IPPROTO_IP, 2, integer(VRRP_TTL)); // IP_TTL
  set(socket, IPPROTO_IP, 34, integer(0)); // IP_MULTICAST_LOOP
  set(socket, IPPROTO_IP, 1, integer(CONTROL)); // IP_TOS
}

function prepare6(socket: RawSocket, ifindex: number): void {
  const join = Buffer.alloc(20);
  join.set(ipToBytes(VRRP_GROUP[6]), 0);
  join.writeInt32LE(ifindex, 16);
  set(socket, IPPROTO_IPV6, 29, integer(0)); // IPV6_MULTICAST_ALL
  set(socket, IPPROTO_IPV6, 20, join); // IPV6_JOIN_GROUP
  set(socket, IPPROTO_IPV6, 17, integer(ifindex)); // IPV6_MULTICAST_IF
  set(socket, IPPROTO_IPV6, 18, integer(VRRP_TTL)); // IPV6_MULTICAST_HOPS
  set(socket, IPPROTO_IPV6, 16, integer(VRRP_TTL)); // IPV6_UNICAST_HOPS
  set(socket, IPPROTO_IPV6, 19, integer(0)); // IPV6_MULTICAST_LOOP
  set(socket, IPPROTO_IPV6, 67, integer(CONTROL)); // IPV6_TCLASS
  set(socket, IPPROTO_IPV6, 7, integer(6)); // IPV6_CHECKSUM: the kernel fills it in for the source it takes
  requireHopLimit(socket);
}

/**
 * The hop limit of a raw IPv6 packet is not delivered and IPV6_MINHOPCOUNT is not enforced, so a
 * classic BPF filter drops what does not carry 255: load the byte, compare, return.
 */
function requireHopLimit(socket: RawSocket): void {
  const SKF_NET_OFF = -0x100000;
  const program = Buffer.alloc(32);
  const instruction = (
    i: number,
    code: number,
    jumps: readonly [number, number],
    k: number,
  ): void => {
    program.writeUInt16LE(code, i * 8);
    program[i * 8 + 2] = jumps[0];
    program[i * 8 + 3] = jumps[1];
    program.writeInt32LE(k, i * 8 + 4);
  };
  instruction(0, 0x30, [0, 0], SKF_NET_OFF + 7);
  instruction(1, 0x15, [0, 1], VRRP_TTL);
  instruction(2, 0x06, [0, 0], 0xffff);
  instruction(3, 0x06, [0, 0], 0);
  const reference = Buffer.alloc(16);
  reference.writeUInt16LE(4, 0);
  reference.writeBigUInt64LE(BigInt(loadKoffi().address(program)), 8);
  set(socket, SOL_SOCKET, SO_ATTACH_FILTER, reference);
}

/** An IPv4 raw socket delivers the IP header. */
function packet4(buffer: Buffer): ReceivedPacket | undefined {
  const header = ((buffer[0] ?? 0) & 0x0f) * 4;
  if (buffer.length < header || header < 20) return undefined;
  return {
    family: 4,
    source: ipAt(buffer, 12, 4),
    destination: ipAt(buffer, 16, 4),
    ttl: buffer[8] ?? 0,
    message: Uint8Array.from(buffer.subarray(header)),
  };
}

/** An IPv6 one does not; the filter has let only hop limit 255 through. */
function packet6(buffer: Buffer, source: string): ReceivedPacket | undefined {
  const address = parseIp(source.split('%')[0] ?? '');
  if (address === undefined) return undefined;
  return {
    family: 6,
    source: address,
    destination: VRRP_GROUP[6],
    ttl: VRRP_TTL,
    message: Uint8Array.from(buffer),
  };
}

/** struct ip_mreqn. */
function membership4(group: IpAddress, address: IpAddress, ifindex: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.set(ipToBytes(group), 0);
  bytes.set(ipToBytes(address), 4);
  bytes.writeInt32LE(ifindex, 8);
  return bytes;
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value, 0);
  return bytes;
}

function set(socket: RawSocket, level: number, option: number, value: Buffer): void {
  socket.setOption(level, option, value, value.length);
}
