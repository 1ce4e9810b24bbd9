/** Netlink messages to bytes and back: headers, attributes, and the few structures of NETLINK_ROUTE used. */
import {
  type Family,
  type IpAddress,
  ipAt,
  ipToBytes,
  isLinkLocal,
  type Mac,
  macAt,
  macToBytes,
} from '../net/address.ts';

export const MESSAGE = {
  error: 2,
  done: 3,
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  setLink: 19,
  newAddress: 20,
  deleteAddress: 21,
  getAddress: 22,
  newRoute: 24,
  deleteRoute: 25,
  getRoute: 26,
  newNeighbor: 28,
  deleteNeighbor: 29,
  deleteRule: 33,
  newQdisc: 36,
  newFilter: 44,
} as const;

export const FLAG = { request: 1, ack: 4, exclusive: 0x200, create: 0x400, dump: 0x300 } as const;

export interface NetlinkMessage {
  readonly type: number;
  readonly sequence: number;
  readonly payload: Buffer;
}

export interface LinkInfo {
  readonly ifindex: number;
  readonly name: string;
  /** Administratively up. */
  readonly up: boolean;
  readonly carrier: boolean;
  readonly mac: Mac;
  /** Index of the other end of a veth pair, in its own namespace; 0 if there is none. */
  readonly peerIfindex: number;
  /** Index of the bridge it is a port of; 0: of none. */
  readonly masterIfindex: number;
  readonly mtu: number;
}

export interface AddressInfo {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly length: number;
  /** IPv6: duplicate address detection has not ended, or failed. */
  readonly tentative: boolean;
}

export interface RouteInfo {
  readonly family: Family;
  /** `0.0.0.0/0` or `::/0`: the default route. */
  readonly destination: IpAddress;
  readonly length: number;
}

export interface NeighborInfo {
  readonly ifindex: number;
  readonly address: IpAddress;
  /** Undefined: no usable entry. */
  readonly mac: Mac | undefined;
}

const AF_INET = 2;
const AF_INET6 = 10;

export function encodeMessage(
  type: number,
  flags: number,
  sequence: number,
  payload: Buffer,
): Buffer {
  const bytes = Buffer.alloc(16 + align(payload.length));
  bytes.writeUInt32LE(16 + payload.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt32LE(sequence, 8);
  payload.copy(bytes, 16);
  return bytes;
}

export function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + align(value.length));
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

/** Messages of one datagram; a malformed rest is ignored. */
export function* decodeMessages(bytes: Buffer): Generator<NetlinkMessage> {
  let offset = 0;
  while (offset + 16 <= bytes.length) {
    const length = bytes.readUInt32LE(offset);
    if (length < 16 || offset + length > bytes.length) return;
    yield {
      type: bytes.readUInt16LE(offset + 4),
      sequence: bytes.readUInt32LE(offset + 8),
      payload: bytes.subarray(offset + 16, offset + length),
    };
    offset += align(length);
  }
}

/** By type; of attributes that stand twice the last one. */
export function attributes(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  let offset = 0;
  while (offset + 4 <= bytes.length) {
    const length = bytes.readUInt16LE(offset);
    if (length < 4 || offset + length > bytes.length) break;
    found.set(bytes.readUInt16LE(offset + 2) & 0x3fff, bytes.subarray(offset + 4, offset + length));
    offset += align(length);
  }
  return found;
}

const IFF_UP = 1;
const IFF_LOWER_UP = 0x1_0000;

export function decodeLink(payload: Buffer): LinkInfo {
  const found = attributes(payload.subarray(16));
  const flags = payload.readUInt32LE(8);
  const hardware = found.get(1);
  return {
    ifindex: payload.readInt32LE(4),
    name: (found.get(3) ?? Buffer.alloc(0)).toString('latin1').replace(/\0.*$/s, ''),
    up: (flags & IFF_UP) !== 0,
    carrier: (flags & IFF_LOWER_UP) !== 0,
    mac: macAt(hardware?.length === 6 ? hardware : new Uint8Array(6), 0),
    peerIfindex: found.get(5)?.readInt32LE(0) ?? 0,
    masterIfindex: found.get(10)?.readInt32LE(0) ?? 0,
    mtu: found.get(4)?.readUInt32LE(0) ?? 0,
  };
}

const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

/** Undefined for families other than IPv4 and IPv6. */
export function decodeAddress(payload: Buffer): AddressInfo | undefined {
  const family = familyOf(payload[0]);
  const found = attributes(payload.subarray(8));
  const bytes = found.get(2) ?? found.get(1);
  if (family === undefined || bytes === undefined) return undefined;
  const flags = found.get(8)?.readUInt32LE(0) ?? payload[2] ?? 0;
  return {
    ifindex: payload.readUInt32LE(4),
    address: ipAt(bytes, 0, family),
    length: payload[1] ?? 0,
    tentative: family === 6 && (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0,
  };
}

/** Undefined for families other than IPv4 and IPv6. */
export function decodeRoute(payload: Buffer): RouteInfo | undefined {
  const family = familyOf(payload[0]);
  if (family === undefined) return undefined;
  const bytes = attributes(payload.subarray(12)).get(1) ?? Buffer.alloc(family === 4 ? 4 : 16);
  return { family, destination: ipAt(bytes, 0, family), length: payload[1] ?? 0 };
}

/** Reachable, stale, delay, probe, permanent: states in which the entry is used. */
const NUD_USABLE = 0x02 | 0x04 | 0x08 | 0x10 | 0x80;

export function decodeNeighbor(payload: Buffer, deleted: boolean): NeighborInfo | undefined {
  const family = familyOf(payload[0]);
  const found = attributes(payload.subarray(12));
  const bytes = found.get(1);
  if (family === undefined || bytes === undefined) return undefined;
  const hardware = found.get(2);
  const usable = !deleted && (payload.readUInt16LE(8) & NUD_USABLE) !== 0 && hardware?.length === 6;
  return {
    ifindex: payload.readInt32LE(4),
    address: ipAt(bytes, 0, family),
    mac: usable && hardware !== undefined ? macAt(hardware, 0) : undefined,
  };
}

export interface AddressSpec {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly length: number;
  /** [link for fe80::/10, otherwise global]. */
  readonly scope?: 'host' | 'link' | 'site' | 'global' | 'nowhere';
  readonly label?: string;
  /** IPv4; `+` and `-`: with the host bits set or cleared [`+` for a subnet]. */
  readonly broadcast?: IpAddress | '+' | '-' | 'none';
  /** The other end of a point-to-point link. */
  readonly peer?: IpAddress;
  /** As ip(8) knows them; those that are no flags of the kernel's count for nothing. */
  readonly flags?: readonly string[];
}

/** How an address is added; both matter to IPv6 only. */
export interface AddressFlags {
  /** No duplicate address detection: it is usable at once. */
  readonly noDad: boolean;
  /** Never picked by the kernel as the source of something else (preferred lifetime 0). */
  readonly deprecated: boolean;
}

/** A virtual address: the old Active may still hold it, and it must not become a source address. */
export const VIRTUAL: AddressFlags = { noDad: true, deprecated: true };

const IFA_F_NODAD = 0x02;
const FLAGS: Readonly<Record<string, number>> = {
  home: 0x10,
  mngtmpaddr: 0x100,
  noprefixroute: 0x200,
  autojoin: 0x400,
};
const SCOPE = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;
const IFA = { address: 1, local: 2, label: 3, broadcast: 4, cacheInfo: 6, flags: 8 } as const;

export function addressPayload(spec: AddressSpec, flags?: AddressFlags): Buffer {
  const { address, length } = spec;
  const bytes = Buffer.from(ipToBytes(address));
  const six = bytes.length === 16;
  const header = Buffer.alloc(8);
  header[0] = six ? AF_INET6 : AF_INET;
  header[1] = length;
  const bits = flagsOf(spec, six && flags?.noDad === true);
  header[2] = bits & 0xff;
  header[3] = SCOPE[spec.scope ?? (six && isLinkLocal(address) ? 'link' : 'global')];
  header.writeUInt32LE(spec.ifindex, 4);
  const other = spec.peer === undefined ? bytes : Buffer.from(ipToBytes(spec.peer));
  const parts = [header, attribute(IFA.local, bytes), attribute(IFA.address, other)];
  if (bits > 0xff) parts.push(attribute(IFA.flags, wordOf(bits)));
  if (spec.label !== undefined) parts.push(attribute(IFA.label, Buffer.from(`${spec.label}\0`)));
  if (six && flags?.deprecated === true) {
    const cache = Buffer.alloc(16);
    cache.writeUInt32LE(0xffff_ffff, 4);
    parts.push(attribute(IFA.cacheInfo, cache));
  } else if (!six) {
    const broadcast = broadcastOf(bytes, spec);
    if (broadcast !== undefined) parts.push(attribute(IFA.broadcast, broadcast));
  }
  return Buffer.concat(parts);
}

function flagsOf({ flags = [] }: AddressSpec, noDad: boolean): number {
  return flags.reduce((bits, flag) => bits | (FLAGS[flag] ?? 0), noDad ? IFA_F_NODAD : 0);
}

function wordOf(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Prefixes of 31 and 32 bits have none, whatever is asked for (RFC 3021). */
function broadcastOf(
  address: Buffer,
  { length, broadcast, peer }: AddressSpec,
): Uint8Array | undefined {
  const wanted = broadcast ?? (peer === undefined ? '+' : 'none');
  if (wanted === 'none') return undefined;
  if (wanted !== '+' && wanted !== '-') return ipToBytes(wanted);
  if (length >= 31) return undefined;
  const host = length === 0 ? 0xffff_ffff : (1 << (32 - length)) - 1;
  const number = address.readUInt32BE(0);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((wanted === '+' ? number | host : number & ~host) >>> 0);
  return bytes;
}

function familyOf(value: number | undefined): Family | undefined {
  return value === AF_INET ? 4 : value === AF_INET6 ? 6 : undefined;
}

/** A link that makes no link-local address of its own; the kernel takes this only once the link exists. */
export function noLinkLocalPayload(ifindex: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(ifindex, 4);
  const none = attribute(AF_INET6, attribute(8, Buffer.from([1]))); // IN6_ADDR_GEN_MODE_NONE
  return Buffer.concat([header, attribute(26, none)]); // IFLA_AF_SPEC
}

/** A unicast default route in the main table, as a person would have added it (RTPROT_STATIC). */
export function defaultRoutePayload(gateway: IpAddress, ifindex: number): Buffer {
  const bytes = Buffer.from(ipToBytes(gateway));
  const header = Buffer.alloc(12);
  header[0] = bytes.length === 16 ? AF_INET6 : AF_INET;
  header[4] = 254; // RT_TABLE_MAIN
  header[5] = 4; // RTPROT_STATIC
  header[7] = 1; // RTN_UNICAST
  const out = Buffer.alloc(4);
  out.writeInt32LE(ifindex);
  return Buffer.concat([header, attribute(5, bytes), attribute(4, out)]);
}

/** Whoever sends there is told at once that nobody is: a route of the local table, which comes first. */
export function unreachableRoutePayload(address: IpAddress): Buffer {
  const bytes = Buffer.from(ipToBytes(address));
  const header = Buffer.alloc(12);
  header[0] = bytes.length === 16 ? AF_INET6 : AF_INET;
  header[1] = bytes.length * 8;
  header[4] = 255; // RT_TABLE_LOCAL
  header[5] = 4; // RTPROT_STATIC
  header[7] = 7; // RTN_UNREACHABLE
  return Buffer.concat([header, attribute(1, bytes)]);
}

/** A macvlan in private mode on a link (keepalived `use_vmac`). */
export function macvlanPayload(spec: {
  readonly parent: number;
  readonly name: string;
  readonly mac: Mac;
}): Buffer {
  const mode = Buffer.alloc(4);
  mode.writeUInt32LE(1); // MACVLAN_MODE_PRIVATE
  const parent = Buffer.alloc(4);
  parent.writeUInt32LE(spec.parent);
  const info = [attribute(1, Buffer.from('macvlan\0')), attribute(2, attribute(1, mode))];
  return Buffer.concat([
    Buffer.alloc(16),
    attribute(5, parent), // IFLA_LINK
    attribute(3, Buffer.from(`${spec.name}\0`)), // IFLA_IFNAME
    attribute(1, macToBytes(spec.mac)), // IFLA_ADDRESS
    attribute(18, Buffer.concat(info)), // IFLA_LINKINFO
  ]);
}

/** An ipvlan in L2 mode on a link (keepalived `use_ipvlan`). */
export function ipvlanPayload(spec: {
  readonly parent: number;
  readonly name: string;
  readonly mode: 'bridge' | 'private' | 'vepa';
}): Buffer {
  const parent = Buffer.alloc(4);
  parent.writeUInt32LE(spec.parent);
  const mode = Buffer.alloc(2); // IPVLAN_MODE_L2
  const flags = Buffer.alloc(2);
  flags.writeUInt16LE({ bridge: 0, private: 1, vepa: 2 }[spec.mode]);
  const data = Buffer.concat([attribute(1, mode), attribute(2, flags)]);
  const info = [attribute(1, Buffer.from('ipvlan\0')), attribute(2, data)];
  return Buffer.concat([
    Buffer.alloc(16),
    attribute(5, parent), // IFLA_LINK
    attribute(3, Buffer.from(`${spec.name}\0`)), // IFLA_IFNAME
    attribute(18, Buffer.concat(info)), // IFLA_LINKINFO
  ]);
}

function align(length: number): number {
  return (length + 3) & ~3;
}
