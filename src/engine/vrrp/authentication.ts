/**
 * Authentication of adverts: simple text and AH (RFC 2338, version 2), and the signatures of
 * `auth_hmac` (keepalived 2.4), with the sequence numbers against replay.
 */
import type { IpAddress } from '../../net/address.ts';
import { type AhHeaders, ahSequence, sameBytes, verifyAh } from '../../net/ah.ts';
import {
  clockOf,
  encodeTrailer,
  type HmacSequence,
  isAfter,
  readTrailer,
  type SignedBy,
  sequenceAt,
  verifyTrailer,
} from '../../net/hmac-trailer.ts';
import type { AuthenticationFailure } from '../../net/local-checks.ts';
import { type Advert, simpleTextData } from '../../net/vrrp-packet.ts';
import type { HmacConfig, VrrpInstanceConfig } from '../core/config.ts';

/** Multicast senders whose sequence is kept; the least recently heard is dropped first. */
const MOST_SENDERS = 4;

export interface AuthState {
  /** AH: one 32-bit number for sending and receiving, as in keepalived. */
  ahSequence: number;
  /** AH: IP identification of the last packet, 1..65535. */
  ipId: number;
  /** auth_hmac: the last sequence sent. */
  sent: HmacSequence;
  /** auth_hmac: the last sequence of every authenticated sender; least recent first. */
  readonly marks: Map<IpAddress, HmacSequence>;
}

export function initialAuth(): AuthState {
  return { ahSequence: 0, ipId: 0, sent: 0n, marks: new Map() };
}

/** An advert as received. `utc`: the wall clock, microseconds since 1970; undefined: unknown. */
export interface Claim {
  readonly advert: Advert;
  readonly message: Uint8Array;
  readonly source: IpAddress;
  readonly ah: AhHeaders | undefined;
  readonly trailer: Uint8Array | undefined;
  readonly utc: number | undefined;
}

/** Undefined: authentic. Advances the replay marks, so call it once per packet. */
export function authenticate(
  auth: AuthState,
  config: VrrpInstanceConfig,
  claim: Claim,
): AuthenticationFailure | undefined {
  const { authentication, hmac } = config;
  if (hmac !== undefined) return authenticateSigned(auth, config, hmac, claim);
  if (authentication === undefined) return undefined;
  const key = simpleTextData(authentication.password);
  if (authentication.type === 'PASS') {
    const given = claim.advert.authData;
    return given !== undefined && sameBytes(key, given) ? undefined : 'auth-failed';
  }
  if (claim.ah === undefined || !verifyAh(claim.ah, claim.message, key)) return 'auth-failed';
  const sequence = ahSequence(claim.ah);
  if (!grows(sequence, auth.ahSequence)) return 'auth-replay';
  auth.ahSequence = sequence;
  return undefined;
}

/** Sequence numbers wrap: of the 32-bit numbers, the half after `last` is newer. */
function grows(next: number, last: number): boolean {
  const ahead = (next - last) >>> 0;
  return ahead > 0 && ahead < 0x8000_0000;
}

/** The identification and sequence of the next packet under AH. */
export function nextAh(auth: AuthState): { id: number; sequence: number } {
  auth.ahSequence = (auth.ahSequence + 1) >>> 0;
  auth.ipId = (auth.ipId % 0xffff) + 1;
  return { id: auth.ipId, sequence: auth.ahSequence };
}

function authenticateSigned(
  auth: AuthState,
  { version, vrid }: VrrpInstanceConfig,
  hmac: HmacConfig,
  { message, source, trailer: bytes, utc }: Claim,
): AuthenticationFailure | undefined {
  if (bytes === undefined) return hmac.mode === 'enforce' ? 'hmac-missing' : undefined;
  const trailer = readTrailer(bytes);
  if (trailer === undefined) return 'hmac-malformed';
  const { sequence, keyId } = trailer;
  const outside = (at: HmacSequence): boolean =>
    utc !== undefined && Math.abs(clockOf(at) - utc) > hmac.timeWindow;
  // Before the signature, to save its computation; a stale number is never used as a mark.
  if (hmac.antiReplay === 'time' && outside(sequence)) return 'hmac-stale';
  const key = hmac.keys.find(({ id }) => id === keyId);
  if (key === undefined) return 'hmac-key';
  const by: SignedBy = { version, vrid, source };
  if (!verifyTrailer(bytes, message, by, fromHex(key.hex))) return 'hmac-failed';
  const mark = auth.marks.get(source);
  // A mark outside the window is from before the clock was set: it would lock the sender out.
  const stranded = mark !== undefined && hmac.antiReplay === 'time' && outside(mark);
  if (mark !== undefined && !stranded && !isAfter(sequence, mark)) return 'hmac-replay';
  auth.marks.delete(source);
  auth.marks.set(source, sequence);
  for (const [oldest] of auth.marks) {
    if (auth.marks.size <= MOST_SENDERS) break;
    auth.marks.delete(oldest);
  }
  return undefined;
}

/** The 28 bytes to append to a message; undefined: this mode sends none. */
export function sign(
  auth: AuthState,
  { version, vrid }: VrrpInstanceConfig,
  hmac: HmacConfig,
  message: Uint8Array,
  source: IpAddress,
  utc: number,
): Uint8Array | undefined {
  const key = hmac.keys.find(({ id }) => id === hmac.activeKey);
  if (hmac.mode === 'receive-only' || key === undefined) return undefined;
  const clock = sequenceAt(utc);
  // If the clock was set back: within the window count on from the last number, beyond it start from the clock.
  const ahead = clockOf(auth.sent) - utc > hmac.timeWindow && hmac.antiReplay === 'time';
  auth.sent = ahead || isAfter(clock, auth.sent) ? clock : auth.sent + 1n;
  const trailer = { keyId: key.id, sequence: auth.sent };
  return encodeTrailer(trailer, message, { version, vrid, source }, fromHex(key.hex));
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}
