/**
 * The kernel's IPVS table over generic netlink: one synchronous request for each change. Names as in
 * linux/ip_vs.h; ipvsadm shows the same table.
 */
import { type Family, family, type IpAddress, ipAt, ipToBytes } from '../net/address.ts';
import { cString, portBytes, u16, u32 } from './bytes.ts';
import { AF, attribute, attributes, FLAG } from './netlink.ts';
import { NETLINK, type NetlinkOutcome, NetlinkSocket } from './netlink-socket.ts';

/** Key of a service: an address, or a firewall mark. */
export type IpvsKey =
  | {
      readonly kind: 'address';
      readonly protocol: 'TCP' | 'UDP' | 'SCTP';
      readonly address: IpAddress;
      /** 0: every port. */
      readonly port: number;
    }
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: Family };

export interface IpvsService {
  readonly key: IpvsKey;
  readonly scheduler: string;
  /** IP_VS_SVC_F_*; persistent, one-packet and the scheduler's three. */
  readonly flags: number;
  /** Of persistence, in seconds; 0: none. */
  readonly timeout: number;
  /** Prefix length of a client for persistence; in IPv4 also any netmask. */
  readonly netmask: number | IpAddress;
}

export interface IpvsDestination {
  readonly address: IpAddress;
  readonly port: number;
  /** IP_VS_CONN_F_*: 0 masquerading, 2 tunnel, 3 direct route. */
  readonly forwarding: number;
  readonly weight: number;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** 0 ipip, 1 gue, 2 gre. */
  readonly tunnelType: number;
  readonly tunnelPort: number;
  /** 0 no checksum, 1 checksum, 2 remote checksum offload. */
  readonly tunnelFlags: number;
}

export const SERVICE_FLAG = {
  persistent: 1,
  onePacket: 4,
  'flag-1': 8,
  'flag-2': 16,
  'flag-3': 32,
};

const COMMAND = {
  newService: 1,
  setService: 2,
  deleteService: 3,
  newDestination: 5,
  setDestination: 6,
  deleteDestination: 7,
  getDestination: 8,
  setConfig: 12,
  flush: 17,
} as const;
const SERVICE = 1;
const DESTINATION = 2;
const PROTOCOL = { TCP: 6, UDP: 17, SCTP: 132 } as const;
const CTRL_ID = 0x10;
const CTRL_GET_FAMILY = 3;

export type IpvsTable = NonNullable<ReturnType<typeof openIpvs>>;

/** undefined: the kernel has no IPVS, or the process lacks the capability. */
export function openIpvs() {
  const socket = new NetlinkSocket(NETLINK.generic);
  const name = attribute(2, cString('IPVS'));
  const { messages } = socket.request(CTRL_ID, FLAG.ack, command(CTRL_GET_FAMILY, name));
  const id = messages.flatMap(({ payload }) => attributes(payload.subarray(4)).get(1) ?? [])[0];
  if (id === undefined) {
    socket.close();
    return undefined;
  }
  const own = id.readUInt16LE(0);
  const change = (code: number, payload: Buffer): NetlinkOutcome =>
    socket.request(own, FLAG.ack, command(code, payload)).outcome;
  const destination =
    (code: number) =>
    (key: IpvsKey, destination: IpvsDestination): NetlinkOutcome => {
      const parts = [nested(SERVICE, keyOf(key)), nested(DESTINATION, destinationOf(destination))];
      return change(code, Buffer.concat(parts));
    };
  return {
    addService: (service: IpvsService) => change(COMMAND.newService, whole(service)),
    setService: (service: IpvsService) => change(COMMAND.setService, whole(service)),
    deleteService: (key: IpvsKey) => change(COMMAND.deleteService, nested(SERVICE, keyOf(key))),
    /** Destinations of a service as the kernel has them; none if there is no such service. */
    destinations: (key: IpvsKey): IpvsDestination[] =>
      socket
        .dump(own, command(COMMAND.getDestination, nested(SERVICE, keyOf(key))))
        .flatMap((answer) => attributes(answer.payload.subarray(4)).get(DESTINATION) ?? [])
        .map((bytes) => decodeDestination(bytes, familyOf(key))),
    addDestination: destination(COMMAND.newDestination),
    setDestination: destination(COMMAND.setDestination),
    deleteDestination: destination(COMMAND.deleteDestination),
    /** In seconds; 0 leaves that timeout as it is. */
    setTimeouts: (tcp: number, tcpFin: number, udp: number): NetlinkOutcome => {
      const parts = [tcp, tcpFin, udp].map((value, i) => attribute(4 + i, u32(value)));
      return change(COMMAND.setConfig, Buffer.concat(parts));
    },
    /** Removes all services, also those of other programs. */
    flush: () => change(COMMAND.flush, Buffer.alloc(0)),
    close: () => socket.close(),
  };
}

/** The family of a service. */
export function familyOf(key: IpvsKey): Family {
  return key.kind === 'fwmark' ? key.family : family(key.address);
}

/** struct genlmsghdr, version 1. */
function command(code: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code, 1, 0, 0]), payload]);
}

function nested(type: number, parts: readonly Buffer[]): Buffer {
  return attribute(type | 0x8000, Buffer.concat(parts));
}

function keyOf(key: IpvsKey): Buffer[] {
  const which = attribute(1, u16(AF[familyOf(key)]));
  if (key.kind === 'fwmark') return [which, attribute(5, u32(key.mark))];
  return [
    which,
    attribute(2, u16(PROTOCOL[key.protocol])),
    attribute(3, wide(key.address)),
    attribute(4, portBytes(key.port)),
  ];
}

function whole({ key, scheduler, flags, timeout, netmask }: IpvsService): Buffer {
  const mask = Buffer.alloc(4);
  if (typeof netmask === 'string') mask.set(ipToBytes(netmask));
  else if (familyOf(key) === 6) mask.writeUInt32LE(netmask, 0);
  else mask.writeUInt32BE(netmask === 0 ? 0 : (0xffff_ffff << (32 - netmask)) >>> 0, 0);
  return nested(SERVICE, [
    ...keyOf(key),
    attribute(6, cString(scheduler)),
    // The flags, and the mask of the flags to set.
    attribute(7, Buffer.concat([u32(flags), u32(0xffff_ffff)])),
    attribute(8, u32(timeout)),
    attribute(9, mask),
  ]);
}

function destinationOf(destination: IpvsDestination): Buffer[] {
  const tunnel = [
    attribute(13, Buffer.from([destination.tunnelType])),
    attribute(14, portBytes(destination.tunnelPort)),
    attribute(15, u16(destination.tunnelFlags)),
  ];
  return [
    attribute(1, wide(destination.address)),
    attribute(2, portBytes(destination.port)),
    attribute(3, u32(destination.forwarding)),
    attribute(4, u32(destination.weight)),
    attribute(5, u32(destination.upperThreshold)),
    attribute(6, u32(destination.lowerThreshold)),
    attribute(11, u16(AF[family(destination.address)])),
    ...(destination.tunnelType === 0 ? [] : tunnel),
  ];
}

function decodeDestination(bytes: Buffer, service: Family): IpvsDestination {
  const found = attributes(bytes);
  const long = (type: number): number => found.get(type)?.readUInt32LE(0) ?? 0;
  const own = found.get(11)?.readUInt16LE(0);
  const which = own === undefined ? service : own === AF[6] ? 6 : 4;
  return {
    address: ipAt(found.get(1) ?? Buffer.alloc(16), 0, which),
    port: found.get(2)?.readUInt16BE(0) ?? 0,
    forwarding: long(3) & 7,
    weight: long(4),
    upperThreshold: long(5),
    lowerThreshold: long(6),
    tunnelType: found.get(13)?.[0] ?? 0,
    tunnelPort: found.get(14)?.readUInt16BE(0) ?? 0,
    tunnelFlags: found.get(15)?.readUInt16LE(0) ?? 0,
  };
}

/** The kernel's union nf_inet_addr. */
function wide(address: IpAddress): Buffer {
  return Buffer.concat([ipToBytes(address)], 16);
}
