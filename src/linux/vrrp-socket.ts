/**
 * VRRP on one interface and family: a raw socket for IP protocol 112 that joins the group, sends with
 * TTL 255 and hears only its own interface. Only this file uses raw-socket, and works around its
 * pitfalls: the socket stays referenced, the shared receive buffer is copied, sending is synchronous.
 */

import { messageOf } from '../errors.ts';
import { type Family, type IpAddress, ipAt, ipToBytes, parseIp } from '../net/address.ts';
import { AH_PROTOCOL, splitAh } from '../net/ah.ts';
import type { ReceivedPacket } from '../net/receive-checks.ts';
import { VRRP_PROTOCOL, VRRP_TTL } from '../net/vrrp-packet.ts';
import { cString, i32 } from './bytes.ts';
import { SO, SOL_SOCKET } from './libc.ts';
import { loadRawSocket, type RawSocket } from './native.ts';
import { filterOf, type HopLimit, multicastFilter, unicastFilter } from './packet-filter.ts';

export type VrrpSocket = ReturnType<typeof openVrrpSocket>;

interface Destination {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** For IPv6 unicast; the rest carries 255 or its own. */
  readonly ttl: number;
}

/**
 * `vrrp`: VRRP messages to and from a group, over IPv4 also to us alone. `vrrp-unicast`: IPv6 to us
 * alone; `vrrp-beyond`: of these the packets that break the hop limits of their sender, to be counted. `ah`: hears VRRP
 * under AH. `header`: sends whole IPv4 packets, their own header first.
 */
export type SocketUse = 'vrrp' | 'vrrp-unicast' | 'vrrp-beyond' | 'ah' | 'header';

export interface VrrpSocketOptions {
  /** `''`, with index 0: any interface. */
  readonly interface: string;
  readonly ifindex: number;
  readonly family: Family;
  readonly use: SocketUse;
  /** Groups to hear; none: it only sends. */
  readonly groups: readonly IpAddress[];
  /** IPv6: the one destination it hears, a group or an address of ours. */
  readonly to: IpAddress | undefined;
  /** IPv6 unicast: the hop limits of single peers. */
  readonly limits: readonly HopLimit[];
  readonly onPacket: (packet: ReceivedPacket) => void;
}

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IPPROTO_RAW = 255;
const RECEIVE_BYTES = 1 << 20;
/** Internetwork control, as keepalived and FRR mark their adverts. */
const CONTROL = 0xc0;
const PROTOCOL: Readonly<Record<SocketUse, number>> = {
  vrrp: VRRP_PROTOCOL,
  'vrrp-unicast': VRRP_PROTOCOL,
  'vrrp-beyond': VRRP_PROTOCOL,
  ah: AH_PROTOCOL,
  header: IPPROTO_RAW,
};

/** Throws without CAP_NET_RAW or the interface. */
export function openVrrpSocket(options: VrrpSocketOptions) {
  const module = loadRawSocket();
  const { family, use, ifindex } = options;
  const socket = module.createSocket({
    protocol: PROTOCOL[use],
    addressFamily: family === 4 ? module.AddressFamily.IPv4 : module.AddressFamily.IPv6,
    bufferSize: 4096,
  });
  try {
    if (options.interface !== '')
      set(socket, SOL_SOCKET, SO.bindToDevice, cString(options.interface));
    set(socket, SOL_SOCKET, SO.receiveBuffer, i32(RECEIVE_BYTES));
    if (family === 4) prepare4(socket, options);
    else prepare6(socket, options);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('message', (buffer, source) => {
    const packet = family === 6 ? packet6(buffer, source, options) : packet4(buffer, use === 'ah');
    if (packet !== undefined) options.onPacket(packet);
  });
  // A link that goes down makes recv fail; the route watch reports it.
  socket.on('error', () => {});
  let source: IpAddress | undefined;
  let hops = VRRP_TTL;
  return {
    /** Undefined if it went out; otherwise why not. */
    send: (bytes: Uint8Array, to: Destination): string | undefined => {
      try {
        if (to.source !== source) useSource(socket, family, to.source, ifindex);
        source = to.source;
        if (family === 6 && to.ttl !== hops) set(socket, IPPROTO_IPV6, 16, i32(to.ttl)); // IPV6_UNICAST_HOPS
        hops = to.ttl;
        socket.wrap.send(bytes, 0, bytes.length, to.destination, () => {});
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
    close: () => socket.close(),
  };
}

function useSource(socket: RawSocket, family: Family, source: IpAddress, ifindex: number): void {
  if (family === 4) {
    // IP_MULTICAST_IF
    set(socket, IPPROTO_IP, 32, membership4('0.0.0.0' as IpAddress, source, ifindex));
    return;
  }
  set(socket, IPPROTO_IPV6, 50, Buffer.concat([ipToBytes(source), i32(ifindex)])); // IPV6_PKTINFO
}

function prepare4(socket: RawSocket, { groups, ifindex }: VrrpSocketOptions): void {
  const any = '0.0.0.0' as IpAddress;
  set(socket, IPPROTO_IP, 49, i32(0)); // IP_MULTICAST_ALL: only what was joined here
  for (const group of groups) set(socket, IPPROTO_IP, 35, membership4(group, any, ifindex)); // IP_ADD_MEMBERSHIP
  set(socket, IPPROTO_IP, 32, membership4(any, any, ifindex)); // IP_MULTICAST_IF
  set(socket, IPPROTO_IP, 33, i32(VRRP_TTL)); // IP_MULTICAST_TTL
  set(socket, IPPROTO_IP, 2, i32(VRRP_TTL)); // IP_TTL
  set(socket, IPPROTO_IP, 34, i32(0)); // IP_MULTICAST_LOOP
  set(socket, IPPROTO_IP, 1, i32(CONTROL)); // IP_TOS
}

function prepare6(socket: RawSocket, options: VrrpSocketOptions): void {
  const { groups, ifindex, use, to, limits } = options;
  set(socket, IPPROTO_IPV6, 29, i32(0)); // IPV6_MULTICAST_ALL
  for (const group of groups)
    set(socket, IPPROTO_IPV6, 20, Buffer.concat([ipToBytes(group), i32(ifindex)])); // IPV6_JOIN_GROUP
  set(socket, IPPROTO_IPV6, 17, i32(ifindex)); // IPV6_MULTICAST_IF
  set(socket, IPPROTO_IPV6, 18, i32(VRRP_TTL)); // IPV6_MULTICAST_HOPS
  set(socket, IPPROTO_IPV6, 16, i32(VRRP_TTL)); // IPV6_UNICAST_HOPS
  set(socket, IPPROTO_IPV6, 19, i32(0)); // IPV6_MULTICAST_LOOP
  set(socket, IPPROTO_IPV6, 67, i32(CONTROL)); // IPV6_TCLASS
  set(socket, IPPROTO_IPV6, 7, i32(6)); // IPV6_CHECKSUM: the kernel fills it in for the source it takes
  if (to === undefined) return;
  const program =
    use === 'vrrp'
      ? multicastFilter(to)
      : unicastFilter(to, limits, use === 'vrrp-beyond' ? 'outside' : 'inside');
  set(socket, SOL_SOCKET, SO.attachFilter, filterOf(program));
}

/** An IPv4 raw socket delivers the IP header. */
function packet4(buffer: Buffer, isAh: boolean): ReceivedPacket | undefined {
  const header = ((buffer[0] ?? 0) & 0x0f) * 4;
  const under = isAh ? splitAh(Uint8Array.from(buffer)) : undefined;
  if (isAh ? under === undefined : buffer.length < header || header < 20) return undefined;
  return {
    family: 4,
    source: ipAt(buffer, 12, 4),
    destination: ipAt(buffer, 16, 4),
    ttl: buffer[8] ?? 0,
    message: under?.message ?? Uint8Array.from(buffer.subarray(header)),
    ...(under === undefined ? {} : { ah: under.headers }),
  };
}

/** An IPv6 raw socket does not: the destination and the side of the hop limits follow from the socket's filter. */
function packet6(
  buffer: Buffer,
  from: string,
  { use, to: destination, limits }: VrrpSocketOptions,
): ReceivedPacket | undefined {
  const source = parseIp(from.split('%')[0] ?? '');
  if (source === undefined || destination === undefined) return undefined;
  const message = Uint8Array.from(buffer);
  const limit = limits.find((known) => known.source === source && known.vrid === message[1]);
  return { family: 6, source, destination, ttl: hopLimit(limit, use), message };
}

/** A hop limit that represents all that the filter passes: inside or outside of the limits. */
function hopLimit(limit: HopLimit | undefined, use: SocketUse): number {
  if (limit === undefined) return VRRP_TTL;
  if (use !== 'vrrp-beyond') return limit.max;
  return limit.min > 0 ? limit.min - 1 : limit.max + 1;
}

/** struct ip_mreqn. */
function membership4(group: IpAddress, address: IpAddress, ifindex: number): Buffer {
  return Buffer.concat([ipToBytes(group), ipToBytes(address), i32(ifindex)]);
}

function set(socket: RawSocket, level: number, option: number, value: Buffer): void {
  socket.setOption(level, option, value, value.length);
}
