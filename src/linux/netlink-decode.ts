/** NETLINK_ROUTE messages about links, addresses, routes and neighbours (rtnetlink(7)). */
import { type Family, ipAt, macAt } from '../net/address.ts';
import { AF, attributes } from './netlink.ts';

type Decoded<Decode extends (...payload: never) => unknown> = Readonly<
  NonNullable<ReturnType<Decode>>
>;

export type LinkInfo = Decoded<typeof decodeLink>;
export type AddressInfo = Decoded<typeof decodeAddress>;
export type RouteInfo = Decoded<typeof decodeRoute>;
export type NeighborInfo = Decoded<typeof decodeNeighbor>;

const IFF_UP = 1;
const IFF_LOWER_UP = 0x1_0000;

export function decodeLink(payload: Buffer) {
  const found = attributes(payload.subarray(16));
  const flags = payload.readUInt32LE(8);
  const hardware = found.get(1);
  return {
    ifindex: payload.readInt32LE(4),
    name: (found.get(3) ?? Buffer.alloc(0)).toString('latin1').replace(/\0.*$/s, ''),
    /** Administratively up. */
    up: (flags & IFF_UP) !== 0,
    carrier: (flags & IFF_LOWER_UP) !== 0,
    mac: macAt(hardware?.length === 6 ? hardware : new Uint8Array(6), 0),
    /** Index of the other end of a veth pair, in its own namespace; 0 if there is none. */
    peerIfindex: found.get(5)?.readInt32LE(0) ?? 0,
    /** Index of the bridge it is a port of; 0: it is no port. */
    masterIfindex: found.get(10)?.readInt32LE(0) ?? 0,
  };
}

const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

/** Undefined for families other than IPv4 and IPv6. */
export function decodeAddress(payload: Buffer) {
  const family = familyOf(payload[0]);
  const found = attributes(payload.subarray(8));
  const bytes = found.get(2) ?? found.get(1);
  if (family === undefined || bytes === undefined) return undefined;
  const flags = found.get(8)?.readUInt32LE(0) ?? payload[2] ?? 0;
  return {
    ifindex: payload.readUInt32LE(4),
    address: ipAt(bytes, 0, family),
    length: payload[1] ?? 0,
    /** IPv6: duplicate address detection has not ended, or failed. */
    tentative: family === 6 && (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0,
  };
}

/** Undefined for families other than IPv4 and IPv6. `0.0.0.0/0` or `::/0`: the default route. */
export function decodeRoute(payload: Buffer) {
  const family = familyOf(payload[0]);
  if (family === undefined) return undefined;
  const bytes = attributes(payload.subarray(12)).get(1) ?? Buffer.alloc(family === 4 ? 4 : 16);
  return { family, destination: ipAt(bytes, 0, family), length: payload[1] ?? 0 };
}

/** Reachable, stale, delay, probe, permanent: states in which the entry is used. */
const NUD_USABLE = 0x02 | 0x04 | 0x08 | 0x10 | 0x80;

/** Without `mac` it is no usable entry. */
export function decodeNeighbor(payload: Buffer, deleted: boolean) {
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

function familyOf(value: number | undefined): Family | undefined {
  return value === AF[4] ? 4 : value === AF[6] ? 6 : undefined;
}
