import { expect, it } from 'vitest';
import { ip, type Mac } from '../../src/net/address.ts';
import { answerIn, arpProbe, solicitation } from '../../src/net/address-probe.ts';
import { announcement } from '../../src/net/announce.ts';

const MAC = '02:00:00:00:00:01' as Mac;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('an IPv4 address is probed without a claim: an ARP probe (RFC 5227)', () => {
  expect(hex(arpProbe(ip('10.0.0.100'), MAC))).toBe(
    'ffffffffffff020000000001' + // broadcast
      '0806000108000604' +
      '0001' + // request
      '02000000000100000000' + // from no IP address
      '0000000000000a000064',
  );
});

it('an IPv6 address is probed so that only the prober gets the answer (RFC 4861 7.2.2, 7.2.4)', () => {
  const frame = solicitation(ip('2001:db8::1:203'), { address: ip('fe80::7'), mac: MAC });
  expect(hex(frame.subarray(0, 54))).toBe(
    '3333ff01020302000000000186dd' +
      '6000000000203aff' +
      'fe800000000000000000000000000007' +
      'ff0200000000000000000001ff010203',
  );
  expect(hex(frame.subarray(54, 56))).toBe('8700');
  expect(hex(frame.subarray(58))).toBe('0000000020010db80000000000000000000102030101020000000001');
  // A valid checksum makes the sum over pseudo-header and message all ones.
  const sumInput = [...frame.subarray(22), 0, 32, 0, 58];
  let sum = 0;
  for (let i = 0; i < sumInput.length; i += 2)
    sum += ((sumInput[i] ?? 0) << 8) | (sumInput[i + 1] ?? 0);
  expect((sum & 0xffff) + (sum >> 16)).toBe(0xffff);
});

it('an answer is distinguished from a request', () => {
  const question = arpProbe(ip('10.0.0.100'), MAC);
  expect(answerIn(question)).toBeUndefined();
  expect(
    answerIn(solicitation(ip('fe80::1'), { address: ip('fe80::7'), mac: MAC })),
  ).toBeUndefined();
  expect(answerIn(announcement(ip('10.0.0.100'), MAC, { router: true }))).toBeUndefined();
  const reply = Uint8Array.from(question);
  reply[21] = 2;
  reply.set([10, 0, 0, 100], 28);
  expect(answerIn(reply)).toEqual({ address: '10.0.0.100', mac: MAC });
  const six = announcement(ip('fe80::1'), MAC, { router: true });
  expect(answerIn(six)).toEqual({ address: 'fe80::1', mac: MAC });
  for (let length = 0; length < reply.length; length++)
    expect(answerIn(reply.subarray(0, length))).toBeUndefined();
});
