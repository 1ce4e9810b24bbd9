import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ip } from '../../src/net/address.ts';
import { checksum } from '../../src/net/checksum.ts';
import { parseFrame } from '../../src/net/frame.ts';
import {
  type Arrival,
  type CheckId,
  counterOf,
  judgeLocal,
  LOCAL_CHECKS,
  type LocalRouter,
} from '../../src/net/local-checks.ts';
import { judgePacket, PACKET_CHECKS, type ReceivedPacket } from '../../src/net/receive-checks.ts';
import { type Advert, encodeAdvert, VRRP_GROUP } from '../../src/net/vrrp-packet.ts';
import { seconds } from '../../src/time.ts';

const V3: Advert = {
  version: 3,
  family: 4,
  vrid: 51,
  priority: 100,
  interval: seconds(1),
  addresses: [ip('10.0.0.100')],
  authType: 0,
};
const V2: Advert = { ...V3, version: 2 };
const V6: Advert = { ...V3, family: 6, addresses: [ip('fe80::100')] };

function packet(advert: Advert, change: Partial<ReceivedPacket> = {}): ReceivedPacket {
  const endpoints = {
    source: advert.family === 4 ? ip('10.0.0.2') : ip('fe80::2'),
    destination: VRRP_GROUP[advert.family],
  };
  return {
    family: advert.family,
    ttl: 255,
    message: encodeAdvert(advert, endpoints, 'rfc9568'),
    ...endpoints,
    ...change,
  };
}

/** Overwrites bytes and corrects the checksum (version 2, and version 3 without pseudo-header). */
function patched(advert: Advert, patch: Record<number, number>): ReceivedPacket {
  const good = packet(advert);
  const message = Uint8Array.from(good.message);
  for (const [index, value] of Object.entries(patch)) message[Number(index)] = value;
  message[6] = 0;
  message[7] = 0;
  const sum = checksum(message);
  message[6] = sum >> 8;
  message[7] = sum & 0xff;
  return { ...good, message };
}

/** One packet for each packet check: it fails this check and none before it. */
const BAD: Record<(typeof PACKET_CHECKS)[number]['id'], readonly ReceivedPacket[]> = {
  header: [packet(V3, { message: new Uint8Array(7) }), packet(V3, { message: new Uint8Array(0) })],
  ttl: [packet(V3, { ttl: 254 }), packet(V3, { ttl: 0 }), packet(V6, { ttl: 254 })],
  version: [patched(V3, { 0: 0x41 }), patched(V3, { 0: 0x11 }), patched(V6, { 0: 0x11 })],
  type: [patched(V3, { 0: 0x32 }), patched(V2, { 0: 0x20 })],
  length: [
    packet(V3, { message: packet(V3).message.subarray(0, 11) }),
    packet(V3, { message: Uint8Array.from([...packet(V3).message, 0]) }),
    patched(V3, { 3: 2 }),
    patched(V3, { 3: 255 }),
    packet(V2, { message: packet(V2).message.subarray(0, 12) }),
  ],
  count: [packet({ ...V3, addresses: [] })],
  'interval-zero': [patched(V3, { 4: 0xf0, 5: 0 }), patched(V2, { 5: 0 })],
  checksum: [
    packet(V3, {
      message: Uint8Array.from([
        ...packet(V3).message.subarray(0, 6),
        0,
        0,
        ...packet(V3).message.subarray(8),
      ]),
    }),
    // Over IPv6 the pseudo-header is always part of the checksum.
    patched(V6, {}),
  ],
  'auth-type': [patched(V2, { 4: 3 }), patched(V2, { 4: 255 })],
};

const LOCAL: LocalRouter = {
  version: 3,
  priority: 150,
  interval: seconds(1),
  addresses: [ip('10.0.0.100')],
  ownerListens: true,
  authType: 0,
  signed: false,
  unicast: undefined,
};
const LOCAL2: LocalRouter = { ...LOCAL, version: 2 };
const PEERS: LocalRouter = {
  ...LOCAL,
  unicast: {
    checkSource: false,
    peers: new Map([[ip('10.0.0.2'), { minTtl: 254, maxTtl: 255 }]]),
  },
};
const ARRIVAL: Arrival = {
  source: ip('10.0.0.2'),
  destination: VRRP_GROUP[4],
  ttl: 255,
  ah: false,
  signed: false,
  addressesKnown: false,
  authenticate: () => undefined,
};
const TO_US: Arrival = { ...ARRIVAL, destination: ip('10.0.0.1') };
const failing = (id: ReturnType<Arrival['authenticate']>): [Advert, LocalRouter, Arrival] => [
  V3,
  LOCAL,
  { ...ARRIVAL, authenticate: () => id },
];

const BAD_HERE: Record<
  (typeof LOCAL_CHECKS)[number]['id'],
  readonly [Advert, LocalRouter | undefined, Arrival?][]
> = {
  vrid: [[V3, undefined]],
  'version-mismatch': [
    [V2, LOCAL],
    [V3, LOCAL2],
  ],
  'first-address': [
    [
      { ...V6, addresses: [ip('2001:db8::1')] },
      { ...LOCAL, addresses: [ip('fe80::100')] },
    ],
    // fec0::/10 and ff00::/8 start with other bits.
    [
      { ...V6, addresses: [ip('fec0::1')] },
      { ...LOCAL, addresses: [ip('fe80::100')] },
    ],
    [
      { ...V6, addresses: [ip('ff02::1')] },
      { ...LOCAL, addresses: [ip('fe80::100')] },
    ],
  ],
  destination: [
    [V3, LOCAL, TO_US],
    [V3, PEERS, ARRIVAL],
  ],
  'unicast-ttl': [[V3, PEERS, { ...TO_US, ttl: 253 }]],
  'unicast-peer': [
    [
      V3,
      { ...PEERS, unicast: { checkSource: true, peers: new Map() } },
      { ...TO_US, source: ip('10.0.0.3') },
    ],
    [V3, { ...PEERS, signed: true }, { ...TO_US, source: ip('10.0.0.3'), signed: true }],
  ],
  signature: [[V3, LOCAL, { ...ARRIVAL, signed: true }]],
  'auth-mismatch': [
    [{ ...V2, authType: 1 }, LOCAL2],
    [V2, { ...LOCAL2, authType: 1 }],
    [
      { ...V2, authType: 2 },
      { ...LOCAL2, authType: 2 },
    ],
    [V2, LOCAL2, { ...ARRIVAL, ah: true }],
  ],
  'auth-failed': [failing('auth-failed')],
  'auth-replay': [failing('auth-replay')],
  'hmac-missing': [failing('hmac-missing')],
  'hmac-malformed': [failing('hmac-malformed')],
  'hmac-key': [failing('hmac-key')],
  'hmac-failed': [failing('hmac-failed')],
  'hmac-stale': [failing('hmac-stale')],
  'hmac-replay': [failing('hmac-replay')],
  owner: [[V3, { ...LOCAL, priority: 255, ownerListens: false }]],
  'interval-mismatch': [[{ ...V2, interval: seconds(2) }, LOCAL2]],
  'address-list': [
    [{ ...V2, addresses: [ip('10.0.0.101')] }, LOCAL2],
    [{ ...V2, addresses: [] }, LOCAL2],
  ],
};

describe('the receive checks', () => {
  it('each have a case here, a counter, a line of documentation and a unique id', () => {
    const checks = [...PACKET_CHECKS, ...LOCAL_CHECKS];
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    expect(checks.map(({ id }) => id).sort()).toEqual(
      [...Object.keys(BAD), ...Object.keys(BAD_HERE)].sort(),
    );
    for (const { id, counter, doc } of checks) {
      expect(counterOf(id as CheckId)).toBe(counter);
      expect(doc.length).toBeGreaterThan(20);
    }
  });

  it.each(
    Object.entries(BAD).flatMap(([id, packets]) => packets.map((bad, i) => ({ id, i, bad }))),
  )('refuse a packet by "$id" ($i)', ({ id, bad }) => {
    expect(judgePacket(bad)).toEqual({ ok: false, check: id });
  });

  it.each(
    Object.entries(BAD_HERE).flatMap(([id, cases]) =>
      cases.map(([advert, local, from], i) => ({ id, i, advert, local, from })),
    ),
  )('refuse an advert here by "$id" ($i)', ({ id, advert, local, from }) => {
    expect(judgeLocal(advert, local, from ?? ARRIVAL)).toBe(id);
  });

  it('accept valid packets in both versions and families', () => {
    expect([
      judgePacket(packet(V3)).ok,
      judgePacket(packet(V2)).ok,
      judgePacket(packet(V6)).ok,
    ]).toEqual([true, true, true]);
    expect([judgeLocal(V3, LOCAL, ARRIVAL), judgeLocal(V2, LOCAL2, ARRIVAL)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each(['fe80::1', 'fe90::1', 'febf:ffff::1'])('take %s for link-local (fe80::/10)', (first) => {
    const local = { ...LOCAL, addresses: [ip('fe80::100')] };
    const arrival = { ...ARRIVAL, source: ip('fe80::2'), destination: VRRP_GROUP[6] };
    expect(judgeLocal({ ...V6, addresses: [ip(first)] }, local, arrival)).toBeUndefined();
  });

  it('accept another interval in version 3, and only report another address list (RFC 9568 7.1)', () => {
    expect(
      judgeLocal({ ...V3, interval: seconds(2), addresses: [ip('10.0.0.7')] }, LOCAL, ARRIVAL),
    ).toBeUndefined();
  });

  it('accept another address list from its owner in version 2, and the same list in another order', () => {
    expect(judgeLocal({ ...V2, priority: 255, addresses: [] }, LOCAL2, ARRIVAL)).toBeUndefined();
    const two = [ip('10.0.0.100'), ip('10.0.0.101')];
    expect(
      judgeLocal({ ...V2, addresses: [...two].reverse() }, { ...LOCAL2, addresses: two }, ARRIVAL),
    ).toBeUndefined();
  });

  it('check the address list of a known Active only once (skip_check_adv_addr)', () => {
    const other = { ...V2, addresses: [ip('10.0.0.101')] };
    expect(judgeLocal(other, LOCAL2, { ...ARRIVAL, addressesKnown: true })).toBeUndefined();
  });

  it('accept a unicast packet of any TTL from a peer without limits', () => {
    const peers = new Map([[ip('10.0.0.2'), { minTtl: 0, maxTtl: 255 }]]);
    const local = { ...LOCAL, unicast: { checkSource: true, peers } };
    expect(judgePacket(packet(V3, { ttl: 3, destination: ip('10.0.0.1') })).ok).toBe(true);
    expect(judgeLocal(V3, local, { ...TO_US, ttl: 3 })).toBeUndefined();
  });

  it("accept an owner's advert at another owner, so that the addresses decide (erratum 8298)", () => {
    expect(
      judgeLocal({ ...V3, priority: 255 }, { ...LOCAL, priority: 255 }, ARRIVAL),
    ).toBeUndefined();
  });
});

describe('any bytes at all', () => {
  it('give a verdict, never an exception', () => {
    const received = fc.record({
      message: fc.uint8Array({ maxLength: 300 }),
      family: fc.constantFrom(4 as const, 6 as const),
      ttl: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(received, ({ message, family, ttl }) => {
        const source = family === 4 ? ip('10.0.0.2') : ip('fe80::2');
        expect(
          typeof judgePacket({ message, family, ttl, source, destination: VRRP_GROUP[family] }).ok,
        ).toBe('boolean');
      }),
      { numRuns: 3_000 },
    );
  });

  it('close to a valid packet give a verdict, too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(V2, V3, V6),
        fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }),
        fc.nat(60),
        (advert, edits, cut) => {
          const good = packet(advert);
          const message = Uint8Array.from(
            good.message.subarray(0, cut % 5 === 0 ? cut : undefined),
          );
          for (const [index, value] of edits) if (index < message.length) message[index] = value;
          expect(typeof judgePacket({ ...good, message }).ok).toBe('boolean');
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('as a frame give a frame kind', () => {
    const start = fc.constantFrom(
      [],
      [...new Uint8Array(12), 8, 0, 0x45],
      [...new Uint8Array(12), 8, 6, 0, 1, 8, 0],
      [...new Uint8Array(12), 0x86, 0xdd, 0x60],
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
        expect(parseFrame(Uint8Array.from([...head, ...tail])).kind).toMatch(
          /^(vrrp|arp|neighbor-advertisement|udp|other)$/,
        );
      }),
      { numRuns: 3_000 },
    );
  });
});
