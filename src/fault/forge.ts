/** The packet of a forged advert: the same in a real lab and in the simulator. */

import type { IpAddress } from '../net/address.ts';
import { encodeAdvert, VRRP_GROUP, VRRP_TTL } from '../net/vrrp-packet.ts';
import { type Micros, micros } from '../time.ts';

/** Adverts that a node sends from its own address on the segment of the virtual router (IPv4). */
export interface Forgery {
  readonly network: string;
  readonly source: IpAddress;
  readonly version: 2 | 3;
  readonly vrid: number;
  /** 0..255. */
  readonly priority: number;
  readonly interval: Micros;
  readonly addresses: readonly IpAddress[];
  /** Their defect [none]. */
  readonly defect?: Defect;
  /** Between two adverts. */
  readonly every: Micros;
  /** [until it heals] */
  readonly count?: number;
}

/** Defects of a forged advert: names of the receive checks that refuse it. */
export const DEFECTS = [
  'header',
  'ttl',
  'version',
  'type',
  'length',
  'count',
  'interval-zero',
  'checksum',
  'auth-type',
  'vrid',
] as const;
export type Defect = (typeof DEFECTS)[number];

const NO_AUTH = 0;
/** RFC 2338 knows 0, 1 and 2. */
const UNKNOWN_AUTH = 7;

/** Everything but the defect is right, the checksum included, so that only its check can refuse the advert. */
export function forgedPacket(forgery: Forgery): { message: Uint8Array; ttl: number } {
  const { version, vrid, priority, interval, addresses, source, defect } = forgery;
  const advert = {
    version,
    family: 4,
    vrid: defect === 'vrid' ? (vrid % 255) + 1 : vrid,
    priority,
    interval: defect === 'interval-zero' ? micros(0) : interval,
    addresses: defect === 'count' ? [] : addresses,
    authType: defect === 'auth-type' ? UNKNOWN_AUTH : NO_AUTH,
  } as const;
  const endpoints = { source, destination: VRRP_GROUP[4] };
  const message = encodeAdvert(advert, endpoints, 'pseudo-header');
  const damaged = defect && DAMAGED[defect]?.(message);
  return { message: damaged ?? message, ttl: defect === 'ttl' ? VRRP_TTL - 1 : VRRP_TTL };
}

/** Bytes that no encoder writes. */
const DAMAGED: Partial<Record<Defect, (message: Uint8Array) => Uint8Array>> = {
  header: (message) => message.slice(0, 4),
  length: (message) => message.slice(0, -1),
  version: (message) => message.with(0, (4 << 4) | ((message[0] ?? 0) & 0x0f)),
  type: (message) => message.with(0, ((message[0] ?? 0) & 0xf0) | 2),
  checksum: (message) => message.with(7, (message[7] ?? 0) ^ 0xff),
};
