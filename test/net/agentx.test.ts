import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareOids,
  encodeNotify,
  encodeOpen,
  encodeRegister,
  encodeResponse,
  HEADER_BYTES,
  PDU,
  readHeader,
  readResponseError,
  readSearch,
  utf8,
} from '../../src/net/agentx.ts';

const IDS = { session: 1, transaction: 2, packet: 3 };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
/** version 1, type, NETWORK_BYTE_ORDER, then session, transaction, packet and length. */
const head = (type: string, length: string): string =>
  `01${type}1000 00000001 00000002 00000003 000000${length}`.replaceAll(' ', '');

describe('AgentX (RFC 2741)', () => {
  it('opens a session with a timeout, no object identifier and a description padded to four bytes', () => {
    expect(hex(encodeOpen(IDS, 5, 'halab'))).toBe(
      `${head('01', '14')}05000000${'00000000'}00000005${hex(utf8('halab'))}000000`,
    );
  });

  it('registers a subtree: the prefix 1.3.6.1.n is one byte', () => {
    expect(hex(encodeRegister(IDS, [1, 3, 6, 1, 2, 1, 207]))).toBe(
      `${head('03', '10')}007f0000 02020000 00000001 000000cf`.replaceAll(' ', ''),
    );
  });

  it('answers with every kind of value', () => {
    const oid = [1, 3, 6, 1, 2, 1];
    const values = [
      [{ kind: 'integer', value: -1 }, '00020000', 'ffffffff'],
      [{ kind: 'counter', value: 2 ** 32 + 5 }, '00410000', '00000005'],
      [{ kind: 'gauge', value: 4_294_967_295 }, '00420000', 'ffffffff'],
      [{ kind: 'ticks', value: 7 }, '00430000', '00000007'],
      [{ kind: 'counter64', value: 2 ** 33 + 1 }, '00460000', '0000000200000001'],
      [{ kind: 'octets', value: bytes('ff0001') }, '00040000', '00000003ff000100'],
      [{ kind: 'address', value: bytes('0a320102') }, '00400000', '000000040a320102'],
      [{ kind: 'oid', value: [1, 3] }, '00060000', '020000000000000100000003'],
      [{ kind: 'no-instance' }, '00810000', ''],
      [{ kind: 'end-of-view' }, '00820000', ''],
    ] as const;
    for (const [value, type, content] of values) {
      const pdu = hex(encodeResponse(IDS, 0, [{ oid, value }]));
      expect(pdu.slice(HEADER_BYTES * 2)).toBe(`0000000000000000${type}0102000000000001${content}`);
    }
  });

  it('writes and reads an error', () => {
    const pdu = encodeResponse(IDS, 17, []);
    expect(readHeader(pdu)).toMatchObject({ type: PDU.response, packet: 3, length: 8 });
    expect(readResponseError(pdu.subarray(HEADER_BYTES))).toBe(17);
  });

  it('a notification begins with snmpTrapOID.0', () => {
    const pdu = hex(encodeNotify(IDS, [1, 3, 6, 1, 2, 1, 68, 0, 1], []));
    expect(pdu.slice(HEADER_BYTES * 2)).toBe(
      '0006000006060000000000030000000100000001000000040000000100000000' +
        '04020000000000010000004400000000' +
        '00000001',
    );
  });

  it('reads search ranges, with and without a context', () => {
    const range = '01020100 00000001 00000000';
    const header = (flags: number, type: number) => ({ ...IDS, type, flags, length: 0 });
    const searched = { start: [1, 3, 6, 1, 2, 1], include: true, end: [] };
    expect(readSearch(header(0x10, PDU.getNext), bytes(range))).toEqual({
      nonRepeaters: 0,
      maxRepetitions: 0,
      ranges: [searched],
    });
    const context = '00000003 61626300';
    expect(readSearch(header(0x18, PDU.getBulk), bytes(`${context} 0001 000a ${range}`))).toEqual({
      nonRepeaters: 1,
      maxRepetitions: 10,
      ranges: [searched],
    });
  });

  it('accepts any bytes: it throws nothing and reads nothing beyond the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(5, 6, 7), (junk, type) => {
        const header = readHeader(junk);
        expect(header === undefined || header.length <= 65_536).toBe(true);
        const search = readSearch({ ...IDS, type, flags: junk[0] ?? 0, length: 0 }, junk);
        const count = search?.ranges.reduce(
          (sum, { start, end }) => sum + start.length + end.length,
          0,
        );
        expect((count ?? 0) <= junk.length * 2).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    expect(readHeader(bytes('0205'.padEnd(40, '0')))).toBeUndefined();
    expect(readHeader(bytes(head('05', '00').replace('0510', '0500')))).toBeUndefined();
  });

  it('orders object identifiers as a walk does', () => {
    const oids = [
      [1, 3, 6, 2],
      [1, 3],
      [1, 3, 6, 1, 10],
      [1, 3, 6, 1, 9],
    ];
    expect(oids.sort(compareOids)).toEqual([
      [1, 3],
      [1, 3, 6, 1, 9],
      [1, 3, 6, 1, 10],
      [1, 3, 6, 2],
    ]);
  });

  it('writes UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const known = text.replaceAll(/[\ud800-\udfff]/gu, '?');
        expect(hex(utf8(text))).toBe(Buffer.from(known).toString('hex'));
      }),
    );
    expect(hex(utf8('\ud800'))).toBe('3f');
  });
});
