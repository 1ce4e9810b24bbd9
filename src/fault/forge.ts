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
  /** What is wrong with them [nothing]. */
  readonly defect?: Defect;
  /** Between two adverts. */
  readonly every: Micros;
  /** [until it heals] */
  readonly count?: number;
}

/** What may be wrong with a forged advert: names of the receive checks that refuse it. */
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

export interface ForgedPacket {
  readonly message: Uint8Array;
  readonly ttl: number;
}

const NO_AUTH = 0;
/** RFC 2338 knows 0, 1 and 2. */
const UNKNOWN_AUTH = 7;

/** Everything but the defect is right, the checksum included, so that only its check can refuse the advert. */
export function forgedPacket(forgery: Forgery): ForgedPacket {
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
  return { message: damaged(message, defect), ttl: defect === 'ttl' ? VRRP_TTL - 1 : VRRP_TTL };
}

/** Bytes that no encoder writes. */
function damaged(message: Uint8Array, defect: Defect | undefined): Uint8Array {
  const [first = 0] = message;
  switch (defect) {
    case 'header':
      return message.slice(0, 4);
    case 'length':
      return message.slice(0, -1);
    case 'version':
      return message.with(0, (4 << 4) | (first & 0x0f));
    case 'type':
      return message.with(0, (first & 0xf0) | 2);
    case 'checksum':
      return message.with(7, (message[7] ?? 0) ^ 0xff);
    default:
      return message;
  }
}
