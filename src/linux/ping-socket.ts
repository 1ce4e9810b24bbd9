/** ICMP and ICMPv6 echo over a raw socket that hears echo replies only. */
import { type Family, type IpAddress, ipAt } from '../net/address.ts';
import { checksum } from '../net/checksum.ts';
import { lastError, libc, SOCK, whenReadable } from './libc.ts';
import { placeSocket, socketAddress } from './marked-socket.ts';

export interface PingSocketOptions {
  readonly family: Family;
  readonly source: IpAddress | undefined;
  readonly interface: string | undefined;
  /** 0: none. */
  readonly mark: number;
  readonly onReply: (from: IpAddress, id: number, sequence: number) => void;
}

export type PingSocket = Exclude<ReturnType<typeof openPingSocket>, string>;

const ICMP = {
  4: { domain: 2, protocol: 1, request: 8, reply: 0 },
  6: { domain: 10, protocol: 58, request: 128, reply: 129 },
} as const;
const SOL_RAW = 255;
const SOL_ICMPV6 = 58;
/** ICMP_FILTER and ICMP6_FILTER: types with a set bit are not delivered. */
const FILTER = 1;
const RECEIVE_BYTES = 2_048;
const PAYLOAD = Buffer.from('halab ping check');

/** The name of an error if CAP_NET_RAW is missing (EPERM) or the source address does not exist here. */
export function openPingSocket(options: PingSocketOptions) {
  const { family } = options;
  const { domain, protocol, request } = ICMP[family];
  const fd = libc().socket(domain, SOCK.raw | SOCK.nonblock | SOCK.cloexec, protocol);
  if (fd < 0) return lastError().name;
  const problem = prepare(fd, options);
  if (problem !== undefined) {
    libc().close(fd);
    return problem;
  }
  const { close } = whenReadable(fd, () => drain(fd, options));
  return {
    /** Undefined if it went out; otherwise the name of the error. */
    send: (to: IpAddress, id: number, sequence: number): string | undefined => {
      const message = Buffer.concat([Buffer.alloc(8), PAYLOAD]);
      message[0] = request;
      message.writeUInt16BE(id, 4);
      message.writeUInt16BE(sequence, 6);
      // The kernel fills in the checksum of ICMPv6.
      if (family === 4) message.writeUInt16BE(checksum(message), 2);
      const address = socketAddress(to, 0);
      const sent = libc().sendto(fd, message, message.length, 0, address, address.length);
      return sent < 0 ? lastError().name : undefined;
    },
    close,
  };
}

function prepare(fd: number, options: PingSocketOptions): string | undefined {
  const { family, source, mark } = options;
  const { reply } = ICMP[family];
  const filter = Buffer.alloc(family === 4 ? 4 : 32, 0xff);
  filter[reply >> 3] = (filter[reply >> 3] ?? 0) & ~(1 << (reply & 7));
  const level = family === 4 ? SOL_RAW : SOL_ICMPV6;
  if (libc().setsockopt(fd, level, FILTER, filter, filter.length) < 0) return lastError().name;
  const unplaced = placeSocket(fd, mark, options.interface);
  if (unplaced !== undefined || source === undefined) return unplaced;
  const address = socketAddress(source, 0);
  return libc().bind(fd, address, address.length) < 0 ? lastError().name : undefined;
}

function drain(fd: number, { family, onReply }: PingSocketOptions): void {
  const buffer = Buffer.alloc(RECEIVE_BYTES);
  const address = Buffer.alloc(28);
  for (;;) {
    const length = libc().receiveFrom(fd, buffer, address);
    if (length < 0) return;
    // An IPv4 raw socket delivers the IP header.
    const offset = family === 4 ? ((buffer[0] ?? 0) & 0x0f) * 4 : 0;
    if (length < offset + 8 || buffer[offset] !== ICMP[family].reply) continue;
    const from = ipAt(address, family === 4 ? 4 : 8, family);
    onReply(from, buffer.readUInt16BE(offset + 4), buffer.readUInt16BE(offset + 6));
  }
}
