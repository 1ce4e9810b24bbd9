/**
 * VRRP ADVERTISEMENT messages of version 2 (RFC 3768) and version 3 (RFC 9568), for IPv4 and IPv6:
 * fields to bytes and back. `receive-checks.ts` decides which packets are accepted.
 */

import { centiseconds, type Micros, seconds, toCentiseconds } from '../time.ts';
import { type Family, type IpAddress, ip, ipAt, ipToBytes } from './address.ts';
import { addWords, checksum, finish, pseudoHeader } from './checksum.ts';
import { utf8Bytes } from './utf8.ts';

/** IP protocol (next header) number of VRRP. */
export const VRRP_PROTOCOL = 112;
/** TTL or hop limit of every advert, sent and required (RFC 9568 5.1.1.3). */
export const VRRP_TTL = 255;
export const VRRP_GROUP: Readonly<Record<Family, IpAddress>> = {
  4: ip('224.0.0.18'),
  6: ip('ff02::12'),
};

/**
 * What the checksum of a version 3 advert over IPv4 covers. `rfc9568`: only the message (5.2.8). `pseudo-header`:
 * the common reading of RFC 5798, sent by keepalived and FRR. Other packets have only one form.
 */
export type ChecksumDialect = 'rfc9568' | 'pseudo-header';

export interface Advert {
  readonly version: 2 | 3;
  readonly family: Family;
  /** 1..255. */
  readonly vrid: number;
  /** 0 resigns, 255 owns the addresses (RFC 9568 5.2.4). */
  readonly priority: number;
  /** Max Advertise Interval. Version 2: whole seconds up to 255 s; version 3: 12 bits of centiseconds. */
  readonly interval: Micros;
  readonly addresses: readonly IpAddress[];
  /** Version 2 only: 0 none, 1 simple text, 2 AH (RFC 2338); 0 in version 3. */
  readonly authType: number;
  /** Version 2, simple text: 8 bytes of Authentication Data [zeros]. */
  readonly authData?: Uint8Array;
}

/** Source and destination of a message: part of some checksums. */
export interface Endpoints {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

const HEADER_BYTES = 8;
const AUTH_BYTES = 8;

/** 1..8 bytes of a password as Authentication Data, padded with zeros. */
export function simpleTextData(password: string): Uint8Array {
  const data = new Uint8Array(AUTH_BYTES);
  data.set(utf8Bytes(password).slice(0, AUTH_BYTES));
  return data;
}

/** Exact length of a message with `count` addresses; version 2 over IPv4 always carries authentication data. */
export function messageLength(version: number, family: Family, count: number): number {
  const authData = version === 2 && family === 4 ? AUTH_BYTES : 0;
  return HEADER_BYTES + count * (family === 4 ? 4 : 16) + authData;
}

/** Bytes of the whole message, checksum filled in. */
export function encodeAdvert(
  advert: Advert,
  endpoints: Endpoints,
  dialect: ChecksumDialect,
): Uint8Array {
  const { version, family, addresses } = advert;
  const bytes = new Uint8Array(messageLength(version, family, addresses.length));
  bytes[0] = (version << 4) | 1;
  bytes[1] = advert.vrid;
  bytes[2] = advert.priority;
  bytes[3] = addresses.length;
  if (version === 2) {
    bytes[4] = advert.authType;
    bytes[5] = Math.round(advert.interval / 1_000_000);
  } else {
    const interval = toCentiseconds(advert.interval);
    bytes[4] = (interval >> 8) & 0x0f;
    bytes[5] = interval & 0xff;
  }
  let offset = HEADER_BYTES;
  for (const address of addresses) {
    const packed = ipToBytes(address);
    bytes.set(packed, offset);
    offset += packed.length;
  }
  if (version === 2 && family === 4 && advert.authData !== undefined)
    bytes.set(advert.authData.subarray(0, AUTH_BYTES), offset);
  const sum = messageChecksum(bytes, version, family, endpoints, dialect);
  bytes[6] = sum >> 8;
  bytes[7] = sum & 0xff;
  return bytes;
}

/** The same bytes with the checksum over all of them: over IPv6 the checksum covers a signature, too. */
export function sumSigned(whole: Uint8Array, endpoints: Endpoints): Uint8Array {
  const bytes = Uint8Array.from(whole);
  bytes.fill(0, 6, 8);
  const sum = messageChecksum(bytes, 3, 6, endpoints, 'rfc9568');
  bytes[6] = sum >> 8;
  bytes[7] = sum & 0xff;
  return bytes;
}

/** Reads the fields of a message whose length has been checked. */
export function decodeAdvert(bytes: Uint8Array, family: Family): Advert {
  const version = (bytes[0] ?? 0) >> 4 === 2 ? 2 : 3;
  const [b1 = 0, b2 = 0, count = 0, b4 = 0, b5 = 0] = [
    bytes[1],
    bytes[2],
    bytes[3],
    bytes[4],
    bytes[5],
  ];
  const size = family === 4 ? 4 : 16;
  const addresses: IpAddress[] = [];
  for (let i = 0; i < count; i++) addresses.push(ipAt(bytes, HEADER_BYTES + i * size, family));
  return {
    version,
    family,
    vrid: b1,
    priority: b2,
    interval: version === 2 ? seconds(b5) : centiseconds(((b4 & 0x0f) << 8) | b5),
    addresses,
    authType: version === 2 ? b4 : 0,
    ...(version === 2 && family === 4 && b4 !== 0
      ? { authData: bytes.slice(bytes.length - AUTH_BYTES, bytes.length) }
      : {}),
  };
}

/**
 * Which form of the checksum the message carries; undefined if none fits. Only version 3 over IPv4 has
 * two: version 2 over IPv4 never covers a pseudo-header, IPv6 always does (keepalived sends version 2
 * over IPv6, too, if configured).
 */
export function checksumDialect(
  bytes: Uint8Array,
  family: Family,
  endpoints: Endpoints,
): ChecksumDialect | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  const plain = addWords(0, bytes, 0, bytes.length);
  if (version === 2 && family === 4) return finish(plain) === 0 ? 'rfc9568' : undefined;
  const withPseudo = plain + pseudo(bytes.length, endpoints);
  if (family === 6) return finish(withPseudo) === 0 ? 'rfc9568' : undefined;
  if (finish(withPseudo) === 0) return 'pseudo-header';
  return finish(plain) === 0 ? 'rfc9568' : undefined;
}

function messageChecksum(
  bytes: Uint8Array,
  version: 2 | 3,
  family: Family,
  endpoints: Endpoints,
  dialect: ChecksumDialect,
): number {
  const covered = family === 6 || (version === 3 && dialect === 'pseudo-header');
  if (!covered) return checksum(bytes);
  return finish(addWords(pseudo(bytes.length, endpoints), bytes, 0, bytes.length));
}

function pseudo(length: number, { source, destination }: Endpoints): number {
  return pseudoHeader(ipToBytes(source), ipToBytes(destination), VRRP_PROTOCOL, length);
}
