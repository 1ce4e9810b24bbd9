/**
 * The receive checks, as one ordered table: every packet passes all of them or fails exactly one,
 * whose counter goes up. The order follows RFC 9568 7.1 with its errata; counters carry the names of
 * the MIBs (RFC 6527, RFC 2787). Nothing here throws, whatever the bytes.
 */
import type { Micros } from '../time.ts';
import type { Family, IpAddress } from './address.ts';
import {
  type Advert,
  type ChecksumDialect,
  checksumDialect,
  decodeAdvert,
  messageLength,
  VRRP_TTL,
} from './vrrp-packet.ts';

/** A VRRP message as it came, without its IP header. */
export interface ReceivedPacket {
  readonly family: Family;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit. */
  readonly ttl: number;
  readonly message: Uint8Array;
}

/** The packet with the form of its checksum, which is worked out once (undefined: none fits). */
interface PacketSubject {
  readonly family: Family;
  readonly ttl: number;
  readonly message: Uint8Array;
  readonly dialect: ChecksumDialect | undefined;
}

/** What the local virtual router compares an advert with. */
export interface LocalRouter {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly interval: Micros;
  readonly addresses: readonly IpAddress[];
  /** Erratum 8298: an owner hears other owners, so that the tie-break can end the conflict. */
  readonly ownerListens: boolean;
}

export type PacketCheckId =
  | 'header'
  | 'ttl'
  | 'version'
  | 'type'
  | 'length'
  | 'count'
  | 'interval-zero'
  | 'first-address'
  | 'checksum'
  | 'auth-type';
export type LocalCheckId =
  | 'vrid'
  | 'version-mismatch'
  | 'auth-mismatch'
  | 'owner'
  | 'interval-mismatch'
  | 'address-list';
export type CheckId = PacketCheckId | LocalCheckId;

interface Check<Id extends CheckId, Subject> {
  readonly id: Id;
  /** Counter of RFC 6527 (version 3) and RFC 2787 (version 2). */
  readonly counter: string;
  readonly doc: string;
  readonly fails: (subject: Subject) => boolean;
}

/** On the packet alone, in order; each may rely on those before it. */
export const PACKET_CHECKS: readonly Check<PacketCheckId, PacketSubject>[] = [
  {
    id: 'header',
    counter: 'PacketLengthErrors',
    doc: 'Fewer than the 8 bytes of a VRRP header.',
    fails: ({ message }) => message.length < 8,
  },
  {
    id: 'ttl',
    counter: 'IpTtlErrors',
    doc: 'TTL or hop limit is not 255: it came over a router (RFC 9568 5.1.1.3, 5.1.2.3).',
    fails: ({ ttl }) => ttl !== VRRP_TTL,
  },
  {
    id: 'version',
    counter: 'RouterVersionErrors',
    doc: 'Version is neither 2 nor 3, or version 2 over IPv6 (RFC 9568 7.1).',
    fails: ({ message, family }) =>
      !(byte(message, 0) >> 4 === 3 || (byte(message, 0) >> 4 === 2 && family === 4)),
  },
  {
    id: 'type',
    counter: 'RcvdInvalidTypePackets',
    doc: 'Type is not 1, ADVERTISEMENT (RFC 9568 5.2.2).',
    fails: ({ message }) => (byte(message, 0) & 0x0f) !== 1,
  },
  {
    id: 'length',
    counter: 'PacketLengthErrors',
    doc: 'Not exactly as long as its address count says (RFC 9568 7.1: complete).',
    fails: ({ message, family }) =>
      message.length !== messageLength(byte(message, 0) >> 4, family, byte(message, 3)),
  },
  {
    id: 'count',
    counter: 'AddressListErrors',
    doc: 'Version 3 without any address (RFC 9568 5.2.5, erratum 8299).',
    fails: ({ message }) => byte(message, 0) >> 4 === 3 && byte(message, 3) === 0,
  },
  {
    id: 'interval-zero',
    counter: 'AdvIntervalErrors',
    doc: 'An interval of 0 would make every Backup expire at once (erratum 8301).',
    fails: ({ message }) =>
      ((byte(message, 0) >> 4 === 3 ? byte(message, 4) & 0x0f : 0) | byte(message, 5)) === 0,
  },
  {
    id: 'first-address',
    counter: 'AddressListErrors',
    doc: 'The first IPv6 address is not link-local (RFC 9568 5.2.9, erratum 8300).',
    fails: ({ message, family }) =>
      family === 6 && !(byte(message, 8) === 0xfe && (byte(message, 9) & 0xc0) === 0x80),
  },
  {
    id: 'checksum',
    counter: 'RouterChecksumErrors',
    doc: 'The checksum fits in no accepted form (RFC 9568 5.2.8; both forms for version 3 over IPv4).',
    fails: ({ dialect }) => dialect === undefined,
  },
  {
    id: 'auth-type',
    counter: 'InvalidAuthType',
    doc: 'Version 2 with an authentication type that RFC 2338 does not know.',
    fails: ({ message }) => byte(message, 0) >> 4 === 2 && byte(message, 4) > 2,
  },
];

interface LocalSubject {
  readonly advert: Advert;
  readonly local: LocalRouter | undefined;
}

/** Against the virtual router configured here for the packet's interface, family and VRID. */
export const LOCAL_CHECKS: readonly Check<LocalCheckId, LocalSubject>[] = [
  {
    id: 'vrid',
    counter: 'RouterVrIdErrors',
    doc: 'No virtual router with this VRID on this interface and family.',
    fails: ({ local }) => local === undefined,
  },
  {
    id: 'version-mismatch',
    counter: 'RouterVersionErrors',
    doc: 'The virtual router runs the other version here.',
    fails: ({ advert, local }) => advert.version !== local?.version,
  },
  {
    id: 'auth-mismatch',
    counter: 'AuthTypeMismatch',
    doc: 'Version 2 with authentication where none is configured (RFC 2338 5.3.6).',
    fails: ({ advert }) => advert.authType !== 0,
  },
  {
    id: 'owner',
    counter: 'AddressListErrors',
    doc: 'We own the addresses (priority 255): RFC 3768 and RFC 5798 discard every advert.',
    fails: ({ local }) => local?.priority === 255 && !local.ownerListens,
  },
  {
    id: 'interval-mismatch',
    counter: 'AdvIntervalErrors',
    doc: 'Version 2 with another interval than ours (RFC 3768 7.1); version 3 learns it instead.',
    fails: ({ advert, local }) => advert.version === 2 && advert.interval !== local?.interval,
  },
  {
    id: 'address-list',
    counter: 'AddressListErrors',
    doc: 'Version 2 with other addresses than ours, not sent by their owner (RFC 3768 7.1).',
    fails: ({ advert, local }) =>
      advert.version === 2 &&
      advert.priority !== 255 &&
      !sameAddresses(advert.addresses, local?.addresses ?? []),
  },
];

export type PacketJudgement =
  | { readonly ok: true; readonly advert: Advert; readonly dialect: ChecksumDialect }
  | { readonly ok: false; readonly check: PacketCheckId };

/** The advert in a packet, or the first check it fails. */
export function judgePacket(packet: ReceivedPacket): PacketJudgement {
  const { family, ttl, message } = packet;
  const dialect = checksumDialect(message, family, packet);
  const subject = { family, ttl, message, dialect };
  for (const check of PACKET_CHECKS) {
    if (check.fails(subject)) return { ok: false, check: check.id };
  }
  return { ok: true, advert: decodeAdvert(message, family), dialect: dialect ?? 'rfc9568' };
}

/** The first check an advert fails here; undefined: it is accepted. */
export function judgeLocal(
  advert: Advert,
  local: LocalRouter | undefined,
): LocalCheckId | undefined {
  const subject = { advert, local };
  return LOCAL_CHECKS.find((check) => check.fails(subject))?.id;
}

/** The MIB counter of a check. */
export function counterOf(id: CheckId): string {
  return [...PACKET_CHECKS, ...LOCAL_CHECKS].find((check) => check.id === id)?.counter ?? '';
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

/** The order on the wire does not matter. */
function sameAddresses(a: readonly IpAddress[], b: readonly IpAddress[]): boolean {
  return a.length === b.length && a.every((address) => b.includes(address));
}
