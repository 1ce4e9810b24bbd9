/**
 * AgentX (RFC 2741), the protocol between an SNMP agent and its subagents: the part a subagent that
 * only answers questions and sends notifications needs. Big-endian (NETWORK_BYTE_ORDER) throughout.
 */

import { utf8Bytes } from './utf8.ts';

export type Oid = readonly number[];

export type SnmpValue =
  | {
      readonly kind: 'integer' | 'counter' | 'gauge' | 'ticks' | 'counter64';
      readonly value: number;
    }
  /** `address`: IPv4. */
  | { readonly kind: 'octets' | 'address'; readonly value: Uint8Array }
  | { readonly kind: 'oid'; readonly value: Oid }
  | { readonly kind: 'no-instance' | 'end-of-view' };

export interface VarBind {
  readonly oid: Oid;
  readonly value: SnmpValue;
}

export const PDU = {
  open: 1,
  close: 2,
  register: 3,
  get: 5,
  getNext: 6,
  getBulk: 7,
  testSet: 8,
  cleanupSet: 11,
  notify: 12,
  response: 18,
} as const;

/** `notWritable` of RFC 3416: no object can be set. */
export const NOT_WRITABLE = 17;

const TYPE: Readonly<Record<SnmpValue['kind'], number>> = {
  integer: 2,
  octets: 4,
  oid: 6,
  address: 64,
  counter: 65,
  gauge: 66,
  ticks: 67,
  counter64: 70,
  'no-instance': 129,
  'end-of-view': 130,
};

export const HEADER_BYTES = 20;
/** Longer than any agent sends. */
export const MAX_PAYLOAD = 65_536;
const VERSION = 1;
const NETWORK_BYTE_ORDER = 0x10;
const NON_DEFAULT_CONTEXT = 0x08;
const INTERNET: Oid = [1, 3, 6, 1];

export interface Ids {
  readonly session: number;
  readonly transaction: number;
  readonly packet: number;
}

export interface PduHeader extends Ids {
  readonly type: number;
  readonly flags: number;
  readonly length: number;
}

/** Undefined: not the supported form of AgentX. */
export function readHeader(bytes: Uint8Array): PduHeader | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  const header = {
    type: view.getUint8(1),
    flags: view.getUint8(2),
    session: view.getUint32(4),
    transaction: view.getUint32(8),
    packet: view.getUint32(12),
    length: view.getUint32(16),
  };
  const known = view.getUint8(0) === VERSION && (header.flags & NETWORK_BYTE_ORDER) !== 0;
  return known && header.length <= MAX_PAYLOAD && header.length % 4 === 0 ? header : undefined;
}

export interface SearchRange {
  readonly start: Oid;
  /** Whether a GetNext may return `start` itself. */
  readonly include: boolean;
  /** Not included; empty: no end. */
  readonly end: Oid;
}

export interface Search {
  readonly nonRepeaters: number;
  readonly maxRepetitions: number;
  readonly ranges: readonly SearchRange[];
}

/** The payload of a Get, GetNext or GetBulk. Undefined: it is cut off. */
export function readSearch({ type, flags }: PduHeader, payload: Uint8Array): Search | undefined {
  const reader = new Reader(payload);
  if ((flags & NON_DEFAULT_CONTEXT) !== 0) reader.skipOctets();
  const bulk = type === PDU.getBulk;
  const nonRepeaters = bulk ? reader.uint16() : 0;
  const maxRepetitions = bulk ? reader.uint16() : 0;
  const ranges: SearchRange[] = [];
  while (!reader.broken && reader.left > 0) {
    const { oid: start, include } = reader.oid();
    const { oid: end } = reader.oid();
    ranges.push({ start, include, end });
  }
  return reader.broken ? undefined : { nonRepeaters, maxRepetitions, ranges };
}

/** The error of a Response; 0: none. */
export function readResponseError(payload: Uint8Array): number {
  return payload.length < 8 ? 0 : viewOf(payload).getUint16(4);
}

/** `timeout`: seconds the agent waits for an answer. */
export function encodeOpen(ids: Ids, timeout: number, description: string): Uint8Array {
  const writer = new Writer();
  writer.uint32(timeout * 2 ** 24);
  writer.oid([]);
  writer.octets(utf8(description));
  return writer.pdu(PDU.open, ids);
}

export function encodeRegister(ids: Ids, subtree: Oid): Uint8Array {
  const PRIORITY = 127;
  const writer = new Writer();
  writer.uint32(PRIORITY * 2 ** 16);
  writer.oid(subtree);
  return writer.pdu(PDU.register, ids);
}

export function encodeClose(ids: Ids): Uint8Array {
  const SHUTDOWN = 5;
  const writer = new Writer();
  writer.uint32(SHUTDOWN * 2 ** 24);
  return writer.pdu(PDU.close, ids);
}

export function encodeResponse(ids: Ids, error: number, binds: readonly VarBind[]): Uint8Array {
  const writer = new Writer();
  writer.uint32(0);
  writer.uint32(error * 2 ** 16 + (error === 0 ? 0 : 1));
  for (const bind of binds) writer.bind(bind);
  return writer.pdu(PDU.response, ids);
}

const TRAP_OID: Oid = [1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0];

export function encodeNotify(ids: Ids, trap: Oid, binds: readonly VarBind[]): Uint8Array {
  const writer = new Writer();
  writer.bind({ oid: TRAP_OID, value: { kind: 'oid', value: trap } });
  for (const bind of binds) writer.bind(bind);
  return writer.pdu(PDU.notify, ids);
}

export function utf8(text: string): Uint8Array {
  return Uint8Array.from(utf8Bytes(text.replaceAll(/[\ud800-\udfff]/gu, '?')));
}

/** Negative: `a` comes first in the order of a walk. */
export function compareOids(a: Oid, b: Oid): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

class Writer {
  private readonly bytes: number[] = [];

  uint32(value: number): void {
    this.bytes.push(
      (value >>> 24) & 0xff,
      (value >>> 16) & 0xff,
      (value >>> 8) & 0xff,
      value & 0xff,
    );
  }

  oid(oid: Oid): void {
    const prefix = oid[INTERNET.length] ?? 0;
    const short =
      oid.length > INTERNET.length &&
      prefix > 0 &&
      prefix < 256 &&
      INTERNET.every((arc, i) => oid[i] === arc);
    const rest = short ? oid.slice(INTERNET.length + 1) : oid;
    this.bytes.push(rest.length, short ? prefix : 0, 0, 0);
    for (const arc of rest) this.uint32(arc);
  }

  octets(octets: Uint8Array): void {
    this.uint32(octets.length);
    this.bytes.push(...octets);
    while (this.bytes.length % 4 !== 0) this.bytes.push(0);
  }

  bind({ oid, value }: VarBind): void {
    this.uint32(TYPE[value.kind] * 2 ** 16);
    this.oid(oid);
    switch (value.kind) {
      case 'octets':
      case 'address':
        this.octets(value.value);
        return;
      case 'oid':
        this.oid(value.value);
        return;
      case 'counter64':
        this.uint32(Math.floor(value.value / 2 ** 32));
        this.uint32(value.value % 2 ** 32);
        return;
      case 'no-instance':
      case 'end-of-view':
        return;
      default:
        this.uint32(value.value % 2 ** 32);
    }
  }

  pdu(type: number, { session, transaction, packet }: Ids): Uint8Array {
    const head = new Writer();
    head.bytes.push(VERSION, type, NETWORK_BYTE_ORDER, 0);
    for (const word of [session, transaction, packet, this.bytes.length]) head.uint32(word);
    return Uint8Array.from([...head.bytes, ...this.bytes]);
  }
}

/** Reads nothing beyond the end: then it is broken and returns empty values. */
class Reader {
  broken = false;
  private at = 0;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.view = viewOf(bytes);
  }

  get left(): number {
    return this.view.byteLength - this.at;
  }

  uint16(): number {
    return this.take(2) ? this.view.getUint16(this.at - 2) : 0;
  }

  oid(): { oid: Oid; include: boolean } {
    if (!this.take(4)) return { oid: [], include: false };
    const count = this.view.getUint8(this.at - 4);
    const prefix = this.view.getUint8(this.at - 3);
    const include = this.view.getUint8(this.at - 2) !== 0;
    if (!this.take(count * 4)) return { oid: [], include };
    const from = this.at - count * 4;
    const rest = Array.from({ length: count }, (_, i) => this.view.getUint32(from + i * 4));
    return { oid: prefix === 0 ? rest : [...INTERNET, prefix, ...rest], include };
  }

  skipOctets(): void {
    if (!this.take(4)) return;
    const length = this.view.getUint32(this.at - 4);
    this.take(Math.ceil(length / 4) * 4);
  }

  private take(count: number): boolean {
    this.broken ||= count > this.left;
    if (!this.broken) this.at += count;
    return !this.broken;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
