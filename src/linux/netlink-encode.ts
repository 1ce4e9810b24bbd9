/** Requests to NETLINK_ROUTE for addresses, links and routes (rtnetlink(7)). */
import {
  type Family,
  family,
  type IpAddress,
  ipToBytes,
  isLinkLocal,
  type Mac,
  macToBytes,
} from '../net/address.ts';
import { cString, i32, u16, u32, u64 } from './bytes.ts';
import { AF, attribute } from './netlink.ts';

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
  /** As in ip(8); an unknown flag has no effect. */
  readonly flags?: readonly string[];
}

const IFA_F_NODAD = 0x02;
const FLAGS: Readonly<Record<string, number>> = {
  home: 0x10,
  mngtmpaddr: 0x100,
  noprefixroute: 0x200,
  autojoin: 0x400,
};
const SCOPE = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 } as const;
const IFA = { address: 1, local: 2, label: 3, broadcast: 4, cacheInfo: 6, flags: 8 } as const;

/**
 * `adding`: an IPv6 address is usable at once, without duplicate address detection. For a virtual one, because the old
 * Active may still hold it; the kernel never picks it as the source of something else (preferred lifetime 0).
 */
export function addressPayload(spec: AddressSpec, adding?: 'own' | 'virtual'): Buffer {
  const { address, length } = spec;
  const bytes = Buffer.from(ipToBytes(address));
  const six = bytes.length === 16;
  const header = Buffer.alloc(8);
  header[0] = AF[six ? 6 : 4];
  header[1] = length;
  const bits = flagsOf(spec, six && adding !== undefined);
  header[2] = bits & 0xff;
  header[3] = SCOPE[spec.scope ?? (six && isLinkLocal(address) ? 'link' : 'global')];
  header.writeUInt32LE(spec.ifindex, 4);
  const other = spec.peer === undefined ? bytes : Buffer.from(ipToBytes(spec.peer));
  const parts = [header, attribute(IFA.local, bytes), attribute(IFA.address, other)];
  if (bits > 0xff) parts.push(attribute(IFA.flags, u32(bits)));
  if (spec.label !== undefined) parts.push(attribute(IFA.label, cString(spec.label)));
  if (six && adding === 'virtual') {
    const cache = [u32(0), u32(0xffff_ffff), u64(0n)];
    parts.push(attribute(IFA.cacheInfo, Buffer.concat(cache)));
  } else if (!six) {
    const broadcast = broadcastOf(bytes, spec);
    if (broadcast !== undefined) parts.push(attribute(IFA.broadcast, broadcast));
  }
  return Buffer.concat(parts);
}

function flagsOf({ flags = [] }: AddressSpec, noDad: boolean): number {
  return flags.reduce((bits, flag) => bits | (FLAGS[flag] ?? 0), noDad ? IFA_F_NODAD : 0);
}

/** Prefixes of 31 and 32 bits have none (RFC 3021). */
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
  return u32((wanted === '+' ? number | host : number & ~host) >>> 0).swap32();
}

/** struct ifinfomsg; `up` [as it is]. */
function linkHeader(ifindex: number, up?: boolean): Buffer {
  const [flags, mask] = [u32(up === true ? 1 : 0), u32(up === undefined ? 0 : 1)];
  return Buffer.concat([u32(0), i32(ifindex), flags, mask]);
}

/** Sets a link up or down, gives it a name, or only names it (to delete it). */
export interface LinkChange {
  readonly ifindex: number;
  readonly up?: boolean;
  readonly name?: string;
}

export function linkPayload({ ifindex, up, name }: LinkChange): Buffer {
  const named = name === undefined ? [] : [attribute(3, cString(name))];
  return Buffer.concat([linkHeader(ifindex, up), ...named]);
}

/** Stops a link from making a link-local address; the kernel takes this only once the link exists. */
export function noLinkLocalPayload(ifindex: number): Buffer {
  const none = attribute(AF[6], attribute(8, Buffer.from([1]))); // IN6_ADDR_GEN_MODE_NONE
  return Buffer.concat([linkHeader(ifindex), attribute(26, none)]); // IFLA_AF_SPEC
}

/** struct rtmsg of a static route (RTPROT_STATIC): as a person would have added it. */
function routeHeader(family: Family, length: number, table: number, type: number): Buffer {
  return Buffer.from([AF[family], length, 0, 0, table, 4, 0, type, 0, 0, 0, 0]);
}

/** A unicast default route in the main table. */
export function defaultRoutePayload(gateway: IpAddress, ifindex: number): Buffer {
  return Buffer.concat([
    routeHeader(family(gateway), 0, 254, 1), // RT_TABLE_MAIN, RTN_UNICAST
    attribute(5, ipToBytes(gateway)),
    attribute(4, i32(ifindex)),
  ]);
}

/** An unreachable route in the local table, which the kernel asks first: senders get an error at once. */
export function unreachableRoutePayload(address: IpAddress): Buffer {
  const bytes = ipToBytes(address);
  return Buffer.concat([
    routeHeader(family(address), bytes.length * 8, 255, 7), // RT_TABLE_LOCAL, RTN_UNREACHABLE
    attribute(1, bytes),
  ]);
}

interface ChildLink {
  readonly parent: number;
  readonly name: string;
}

/** A macvlan in private mode on a link (keepalived `use_vmac`). */
export type MacvlanSpec = ChildLink & { readonly mac: Mac };

export function macvlanPayload(spec: MacvlanSpec): Buffer {
  const mode = attribute(1, u32(1)); // MACVLAN_MODE_PRIVATE
  const mac = attribute(1, macToBytes(spec.mac)); // IFLA_ADDRESS
  return Buffer.concat([childLink(spec, 'macvlan', mode), mac]);
}

/** An ipvlan in L2 mode on a link (keepalived `use_ipvlan`). */
export type IpvlanSpec = ChildLink & { readonly mode: 'bridge' | 'private' | 'vepa' };

export function ipvlanPayload(spec: IpvlanSpec): Buffer {
  const flags = attribute(2, u16({ bridge: 0, private: 1, vepa: 2 }[spec.mode]));
  const mode = attribute(1, u16(0)); // IPVLAN_MODE_L2
  return childLink(spec, 'ipvlan', Buffer.concat([mode, flags]));
}

function childLink({ parent, name }: ChildLink, kind: string, data: Buffer): Buffer {
  return Buffer.concat([
    linkHeader(0),
    attribute(5, u32(parent)), // IFLA_LINK
    attribute(3, cString(name)), // IFLA_IFNAME
    attribute(18, Buffer.concat([attribute(1, cString(kind)), attribute(2, data)])), // IFLA_LINKINFO
  ]);
}
