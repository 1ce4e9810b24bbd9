import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareIp,
  contains,
  type IpAddress,
  ip,
  ipFromBytes,
  parseIp,
  parsePrefix,
} from '../../src/net/address.ts';
import { judgePacket } from '../../src/net/receive-checks.ts';
import {
  type Advert,
  checksumDialect,
  decodeAdvert,
  encodeAdvert,
  VRRP_GROUP,
} from '../../src/net/vrrp-packet.ts';
import { centiseconds, seconds } from '../../src/time.ts';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.trim().split(/\s+/), (octet) => Number.parseInt(octet, 16));
const hex = (data: Uint8Array): string =>
  Array.from(data, (octet) => octet.toString(16).padStart(2, '0')).join(' ');

/** Recorded from keepalived 2.2.7. */
const GOLDEN_V3 = '31 33 96 01 00 32 43 93 0a 09 00 64';
const GOLDEN_V2 = '21 34 96 01 01 01 01 0f 0a 09 00 65 73 65 63 72 65 74 00 00';
const FROM_4 = { source: ip('10.9.0.1'), destination: VRRP_GROUP[4] };
const V3: Advert = {
  version: 3,
  family: 4,
  vrid: 51,
  priority: 150,
  interval: centiseconds(50),
  addresses: [ip('10.9.0.100')],
  authType: 0,
};

describe('the golden packets', () => {
  it('of version 3 over IPv4 encode with the pseudo-header, and without it by RFC 9568 5.2.8', () => {
    expect(hex(encodeAdvert(V3, FROM_4, 'pseudo-header'))).toBe(GOLDEN_V3);
    expect(hex(encodeAdvert(V3, FROM_4, 'rfc9568'))).toBe('31 33 96 01 00 32 2e 2c 0a 09 00 64');
  });

  it('of version 3 over IPv4 decode with the checksum dialect that they carry', () => {
    expect(decodeAdvert(bytes(GOLDEN_V3), 4)).toEqual(V3);
    expect(checksumDialect(bytes(GOLDEN_V3), 4, FROM_4)).toBe('pseudo-header');
    expect(checksumDialect(bytes('31 33 96 01 00 32 2e 2c 0a 09 00 64'), 4, FROM_4)).toBe(
      'rfc9568',
    );
    expect(
      checksumDialect(bytes('31 33 96 01 00 32 2e 2d 0a 09 00 64'), 4, FROM_4),
    ).toBeUndefined();
  });

  it('of version 2 with a password decode; the checksum covers the password', () => {
    const judged = judgePacket({ family: 4, ttl: 255, message: bytes(GOLDEN_V2), ...FROM_4 });
    expect(judged).toMatchObject({
      ok: true,
      dialect: 'rfc9568',
      trailer: undefined,
      advert: {
        version: 2,
        family: 4,
        vrid: 52,
        priority: 150,
        interval: seconds(1),
        addresses: ['10.9.0.101'],
        authType: 1,
        authData: Uint8Array.from([...'secret'].map((c) => c.charCodeAt(0)).concat(0, 0)),
      },
    });
  });

  it('of version 3 over IPv6 encode and decode', () => {
    const endpoints = { source: ip('fe80::64a7:4bff:fe45:6ef0'), destination: VRRP_GROUP[6] };
    const advert: Advert = {
      ...V3,
      family: 6,
      vrid: 53,
      interval: centiseconds(100),
      addresses: [ip('fe80::53'), ip('2001:db8::53')],
    };
    const message = encodeAdvert(advert, endpoints, 'pseudo-header');
    expect(hex(message.subarray(0, 8))).toBe('31 35 96 02 00 64 ef 78');
    expect(judgePacket({ family: 6, ttl: 255, message, ...endpoints })).toMatchObject({
      ok: true,
      dialect: 'rfc9568',
      advert,
    });
  });

  it('of version 2 without authentication end in eight zero bytes (RFC 3768 5.1)', () => {
    const advert: Advert = { ...V3, version: 2, interval: seconds(1) };
    const message = encodeAdvert(advert, FROM_4, 'pseudo-header');
    expect(message.length).toBe(20);
    expect(hex(message.subarray(12))).toBe('00 00 00 00 00 00 00 00');
    expect(decodeAdvert(message, 4)).toEqual(advert);
  });
});

describe('encoding and decoding', () => {
  const address4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipFromBytes);
  const address6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipFromBytes);
  const local6 = fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map((tail) => ipFromBytes(Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...tail])));
  const common = {
    vrid: fc.integer({ min: 1, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    authType: fc.constant(0),
  };
  const v3 = {
    version: fc.constant(3 as const),
    interval: fc.integer({ min: 1, max: 4095 }).map(centiseconds),
  };
  const advert: fc.Arbitrary<Advert> = fc.oneof(
    fc.record({
      ...common,
      ...v3,
      family: fc.constant(4 as const),
      addresses: fc.array(address4, { minLength: 1, maxLength: 20 }),
    }),
    fc.record({
      ...common,
      version: fc.constant(2 as const),
      interval: fc.integer({ min: 1, max: 255 }).map(seconds),
      family: fc.constant(4 as const),
      addresses: fc.array(address4, { maxLength: 20 }),
    }),
    fc.record({
      ...common,
      ...v3,
      family: fc.constant(6 as const),
      addresses: fc
        .tuple(local6, fc.array(address6, { maxLength: 5 }))
        .map(([first, rest]) => [first, ...rest]),
    }),
  );

  it('return the encoded advert in either dialect', () => {
    fc.assert(
      fc.property(
        advert,
        address4,
        address6,
        fc.constantFrom('rfc9568' as const, 'pseudo-header' as const),
        (advert, source4, source6, dialect) => {
          const endpoints = {
            source: advert.family === 4 ? source4 : source6,
            destination: VRRP_GROUP[advert.family],
          };
          const message = encodeAdvert(advert, endpoints, dialect);
          expect(
            judgePacket({ family: advert.family, ttl: 255, message, ...endpoints }),
          ).toMatchObject({ ok: true, advert: advert });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('detect every single flipped bit', () => {
    fc.assert(
      fc.property(advert, fc.nat(), (advert, where) => {
        const endpoints = {
          source: advert.family === 4 ? ip('10.0.0.1') : ip('fe80::1'),
          destination: VRRP_GROUP[advert.family],
        };
        const message = encodeAdvert(advert, endpoints, 'rfc9568');
        const bit = where % (message.length * 8);
        message[bit >> 3] = (message[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(judgePacket({ family: advert.family, ttl: 255, message, ...endpoints }).ok).toBe(
          false,
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ])('%s is printed by RFC 5952: %s', (text, printed) => {
    expect(parseIp(text)).toBe(printed);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.4 ',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    'fe80::1%eth0',
    'g::',
  ])('%j is not an address', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('survive printing and parsing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: 4, maxLength: 4 }),
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
        ),
        (packed) => {
          const text = ipFromBytes(packed);
          expect(parseIp(text)).toBe(text);
        },
      ),
    );
  });

  it('compare unsigned in network order: 192.0.2.1 is higher than 10.0.0.1 (RFC 9568 6.4.3)', () => {
    expect(compareIp(ip('192.0.2.1'), ip('10.0.0.1'))).toBeGreaterThan(0);
    expect(compareIp(ip('10.0.0.9'), ip('10.0.0.10'))).toBeLessThan(0);
    expect(compareIp(ip('fe80::ff'), ip('fe80::100'))).toBeLessThan(0);
    expect(compareIp(ip('10.0.0.1'), ip('10.0.0.1'))).toBe(0);
  });

  it('belong to a network by their leading bits', () => {
    const inside = (prefix: string, address: string): boolean =>
      contains(parsePrefix(prefix) ?? { address: '' as IpAddress, length: 0 }, ip(address));
    expect(inside('10.0.0.0/23', '10.0.1.255')).toBe(true);
    expect(inside('10.0.0.0/23', '10.0.2.0')).toBe(false);
    expect(inside('2001:db8::/64', '2001:db8::1')).toBe(true);
    expect(inside('10.0.0.0/8', '2001:db8::1')).toBe(false);
  });
});
