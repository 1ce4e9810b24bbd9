/**
 * `auth_hmac` of keepalived 2.4 (draft-cassen-vrrp-auth-hmac): 28 bytes after a complete VRRP message
 * that sign it with HMAC-SHA256 and number it against replay. Bytes only; which sender is accepted is decided
 * by the engine.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type IpAddress, ipToBytes } from './address.ts';
import { sameBytes } from './ah.ts';

export const TRAILER_BYTES = 28;
const TYPE = 1;
const SIGNED_BYTES = 12;

/** A point of the sender's sequence: UTC seconds, 1/65536 of a second, and a counter for ties, as one number. */
export type HmacSequence = bigint;

export interface HmacTrailer {
  /** 1..255. */
  readonly keyId: number;
  readonly sequence: HmacSequence;
}

/** What a signature covers in addition to the message. */
export interface SignedBy {
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly source: IpAddress;
}

/** The sequence of a clock that shows `utc` microseconds since 1970. */
export function sequenceAt(utc: number): HmacSequence {
  const whole = Math.floor(utc / 1_000_000);
  const fraction = Math.floor(((utc - whole * 1_000_000) * 65_536) / 1_000_000);
  return (BigInt(whole) << 32n) | (BigInt(fraction) << 16n);
}

/** The clock of a sequence, in microseconds since 1970. */
export function clockOf(sequence: HmacSequence): number {
  const whole = Number(sequence >> 32n);
  const fraction = Number((sequence >> 16n) & 0xffffn);
  return whole * 1_000_000 + Math.floor((fraction * 1_000_000) / 65_536);
}

/** RFC 1982: whether `a` comes after `b`. */
export function isAfter(a: HmacSequence, b: HmacSequence): boolean {
  return BigInt.asIntN(64, a - b) > 0n;
}

export function encodeTrailer(
  trailer: HmacTrailer,
  message: Uint8Array,
  by: SignedBy,
  key: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = TYPE;
  bytes[1] = trailer.keyId;
  view.setBigUint64(4, BigInt.asUintN(64, trailer.sequence));
  bytes.set(signature(bytes, message, by, key), SIGNED_BYTES);
  return bytes;
}

/** Undefined if it is malformed: another type, key id 0, or reserved bits set. */
export function readTrailer(bytes: Uint8Array): HmacTrailer | undefined {
  if (bytes.length !== TRAILER_BYTES || bytes[0] !== TYPE) return undefined;
  if (bytes[1] === 0 || bytes[2] !== 0 || bytes[3] !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { keyId: bytes[1] ?? 0, sequence: view.getBigUint64(4) };
}

export function verifyTrailer(
  trailer: Uint8Array,
  message: Uint8Array,
  by: SignedBy,
  key: Uint8Array,
): boolean {
  return sameBytes(signature(trailer, message, by, key), trailer.subarray(SIGNED_BYTES));
}

function signature(
  trailer: Uint8Array,
  message: Uint8Array,
  { version, vrid, source }: SignedBy,
  key: Uint8Array,
): Uint8Array {
  const address = ipToBytes(source);
  const covered = new Uint8Array(20 + message.length + TRAILER_BYTES);
  covered[0] = address.length === 4 ? 4 : 6;
  covered[1] = version;
  covered[2] = vrid;
  covered.set(address, 4);
  covered.set(message, 20);
  covered.fill(0, 26, 28); // the checksum
  covered.set(trailer.subarray(0, SIGNED_BYTES), 20 + message.length);
  return hmac(sha256, key, covered).subarray(0, 16);
}
