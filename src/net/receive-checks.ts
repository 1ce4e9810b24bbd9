/**
 * The receive checks on a packet alone, as one ordered table; `local-checks.ts` has those against the
 * virtual router configured here. Every packet passes all of them or fails exactly one, which is
 * counted. The order follows RFC 9568 7.1 with its errata; counters carry the names of
 * the MIBs (RFC 6527, RFC 2787). No input makes it throw.
 */
import { type Family, type IpAddress, isMulticast } from './address.ts';
import type { AhHeaders } from './ah.ts';
import { TRAILER_BYTES } from './hmac-trailer.ts';
import {
  type Advert,
  type ChecksumDialect,
  checksumDialect,
  decodeAdvert,
  messageLength,
  VRRP_TTL,
} from './vrrp-packet.ts';

/** A received VRRP message, without its IP header. */
export interface ReceivedPacket {
  readonly family: Family;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** TTL or hop limit. */
  readonly ttl: number;
  readonly message: Uint8Array;
  /** The headers in front of it, if it came under AH (IP protocol 51). */
  readonly ah?: AhHeaders;
}

/** The packet, with the form of its checksum (undefined: none fits). */
interface PacketSubject {
  readonly family: Family;
  /** Sent to a unicast address: then a local check judges the TTL. */
  readonly unicast: boolean;
  readonly ttl: number;
  readonly message: Uint8Array;
  readonly dialect: ChecksumDialect | undefined;
}

/** One row of a table of receive checks. */
export interface Check<Id extends string, Subject> {
  readonly id: Id;
  /** Counter of RFC 6527 (version 3) and RFC 2787 (version 2). */
  readonly counter: string;
  readonly doc: string;
  readonly fails: (subject: Subject) => boolean;
}

/** On the packet alone, in order; each may rely on those before it. */
export const PACKET_CHECKS = [
  {
    id: 'header',
    counter: 'PacketLengthErrors',
    doc: 'Fewer than the 8 bytes of a VRRP header.',
    fails: ({ message }) => message.length < 8,
  },
  {
    id: 'ttl',
    counter: 'IpTtlErrors',
    doc: 'TTL or hop limit of a multicast is not 255: it came over a router (RFC 9568 5.1.1.3, 5.1.2.3).',
    fails: ({ ttl, unicast }) => !unicast && ttl !== VRRP_TTL,
  },
  {
    id: 'version',
    counter: 'RouterVersionErrors',
    doc: 'Version is neither 2 nor 3 (RFC 9568 7.1; keepalived knows version 2 over IPv6, too).',
    fails: ({ message }) => ![2, 3].includes(byte(message, 0) >> 4),
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
    doc: 'Not exactly as long as its address count says (RFC 9568 7.1: complete), with or without a signature.',
    fails: ({ message, family }) =>
      !hasLength(message, family, 0) && !hasLength(message, family, TRAILER_BYTES),
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
] as const satisfies readonly Check<string, PacketSubject>[];
export type PacketCheckId = (typeof PACKET_CHECKS)[number]['id'];

export type PacketJudgement =
  | {
      readonly ok: true;
      readonly advert: Advert;
      readonly dialect: ChecksumDialect;
      /** The message without its signature. */
      readonly message: Uint8Array;
      /** `auth_hmac`: the 28 bytes after the message. */
      readonly trailer: Uint8Array | undefined;
    }
  | { readonly ok: false; readonly check: PacketCheckId };

/** The advert in a packet, or the first check it fails. */
export function judgePacket(packet: ReceivedPacket): PacketJudgement {
  const { family, ttl, message: whole, destination } = packet;
  const signed = hasLength(whole, family, TRAILER_BYTES);
  const message = signed ? whole.subarray(0, whole.length - TRAILER_BYTES) : whole;
  // Over IPv6 the kernel sums up all it sends, the signature included; over IPv4 the message alone.
  const dialect = checksumDialect(family === 6 ? whole : message, family, packet);
  const unicast = !isMulticast(destination);
  const subject = { family, unicast, ttl, message: whole, dialect };
  for (const check of PACKET_CHECKS) {
    if (check.fails(subject)) return { ok: false, check: check.id };
  }
  return {
    ok: true,
    advert: decodeAdvert(message, family),
    dialect: dialect ?? 'rfc9568',
    message,
    trailer: signed ? whole.subarray(whole.length - TRAILER_BYTES) : undefined,
  };
}

function hasLength(message: Uint8Array, family: Family, more: number): boolean {
  const length = messageLength(byte(message, 0) >> 4, family, byte(message, 3));
  return message.length === length + more;
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
