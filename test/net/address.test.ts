import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  compareIp,
  contains,
  type IpAddress,
  ip,
  ipFromBytes,
  ipToBytes,
  parseIp,
  parsePrefix,
} from '../../src/net/address.ts';

/** Node's URL parser prints IPv6 hosts by RFC 5952: an oracle that shares no code. */
const byUrl = (text: string): string => new URL(`http://[${text}]/`).hostname.slice(1, -1);

it('prints IPv6 by RFC 5952', () => {
  const group = fc.oneof(fc.constant(0), fc.constant(0), fc.nat(0xffff));
  const groups = fc.array(group, { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(groups, (groups) => {
      const bytes = Uint8Array.from(groups.flatMap((word) => [word >> 8, word & 0xff]));
      const long = groups.map((word) => word.toString(16)).join(':');
      expect(ipFromBytes(bytes)).toBe(byUrl(long));
      expect(ipToBytes(ipFromBytes(bytes))).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
});

it.each([
  ['::', '::'],
  ['::1', '::1'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['1::', '1::'],
  ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ['010.0.0.1', undefined],
  ['10.0.0', undefined],
  ['10.0.0.256', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1::2::3', undefined],
  ['1.2.3.4::', undefined],
  ['fe80::1%eth0', undefined],
  ['', undefined],
])('reads %j as %j', (text, canonical) => {
  expect(parseIp(text)).toBe(canonical);
});

it('accepts any text without a throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0159af:./') })),
      (s) => {
        const address: IpAddress | undefined = parseIp(s);
        if (address !== undefined) expect(parseIp(address)).toBe(address);
        parsePrefix(s);
      },
    ),
    { numRuns: 1_000 },
  );
});

it('computes networks and the order of the tie-break', () => {
  const prefix = parsePrefix('10.0.16.0/20');
  expect(prefix).toBeDefined();
  if (prefix === undefined) return;
  expect(contains(prefix, ip('10.0.31.255'))).toBe(true);
  expect(contains(prefix, ip('10.0.32.0'))).toBe(false);
  expect(compareIp(ip('10.0.0.200'), ip('10.0.0.3'))).toBeGreaterThan(0);
  expect(compareIp(ip('200.0.0.1'), ip('3.0.0.1'))).toBeGreaterThan(0);
  expect(compareIp(ip('fe80::200'), ip('fe80::3'))).toBeGreaterThan(0);
  expect(compareIp(ip('fe80::1'), ip('fe80:0:0:1::'))).toBeLessThan(0);
  expect(parsePrefix('10.0.0.1/33')).toBeUndefined();
});
