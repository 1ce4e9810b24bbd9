import { describe, expect, it } from 'vitest';
import { ip, ipToBytes, parseMac } from '../../src/net/address.ts';
import { announcement } from '../../src/net/announce.ts';
import { addWords, finish, pseudoHeader } from '../../src/net/checksum.ts';
import { parseFrame } from '../../src/net/frame.ts';
import { buildUdpFrame, buildVrrpFrame } from '../../src/net/frame-build.ts';

const MAC = parseMac('02:00:00:00:00:01');
const OTHER = parseMac('02:00:00:00:00:02');
if (MAC === undefined || OTHER === undefined) throw new Error('these are MACs');
const hex = (data: Uint8Array): string =>
  Array.from(data, (octet) => octet.toString(16).padStart(2, '0')).join('');

describe('an announcement', () => {
  it('in IPv4 is a broadcast gratuitous ARP request from and for the address', () => {
    const frame = announcement(ip('10.9.0.100'), MAC, { router: false });
    expect(hex(frame)).toBe(
      'ffffffffffff' +
        '020000000001' +
        '0806' +
        '0001' +
        '0800' +
        '06' +
        '04' +
        '0001' +
        '020000000001' +
        '0a090064' +
        'ffffffffffff' +
        '0a090064',
    );
    expect(parseFrame(frame)).toMatchObject({
      kind: 'arp',
      operation: 'request',
      senderMac: MAC,
      sender: '10.9.0.100',
      target: '10.9.0.100',
    });
  });

  it('in IPv6 is an unsolicited Neighbor Advertisement to all nodes with a valid checksum', () => {
    const frame = announcement(ip('2001:db8::53'), MAC, { router: true });
    expect(hex(frame.subarray(0, 14))).toBe('33330000000102000000000186dd');
    expect([frame[20], frame[21], frame[54], frame[58]]).toEqual([58, 255, 136, 0xa0]);
    const icmp = frame.subarray(54);
    expect(
      finish(
        addWords(
          pseudoHeader(ipToBytes(ip('2001:db8::53')), ipToBytes(ip('ff02::1')), 58, icmp.length),
          icmp,
          0,
          icmp.length,
        ),
      ),
    ).toBe(0);
    expect(parseFrame(frame)).toMatchObject({
      kind: 'neighbor-advertisement',
      target: '2001:db8::53',
      mac: MAC,
      solicited: false,
      override: true,
    });
  });

  it('carries the Router flag only for a router', () => {
    expect(announcement(ip('fe80::1'), MAC, { router: false })[58]).toBe(0x20);
  });
});

describe('a frame', () => {
  it.each([
    ['10.0.0.1', '224.0.0.18', '01:00:5e:00:00:12'],
    ['fe80::1', 'ff02::12', '33:33:00:00:00:12'],
  ])('with VRRP from %s goes to the group with TTL 255', (source, destination, mac) => {
    const message = Uint8Array.from([0x31, 1, 2, 3]);
    const frame = buildVrrpFrame(
      { sourceMac: MAC, source: ip(source), destination: ip(destination) },
      message,
    );
    expect(parseFrame(frame)).toMatchObject({
      kind: 'vrrp',
      sourceMac: MAC,
      destinationMac: mac,
      source,
      destination,
      ttl: 255,
      message,
    });
  });

  it.each([
    ['10.0.0.1', '10.0.0.2'],
    ['2001:db8::1', '2001:db8::2'],
  ])('with UDP from %s carries its payload', (source, destination) => {
    const payload = Uint8Array.from([1, 2, 3]);
    const frame = buildUdpFrame(
      { sourceMac: MAC, destinationMac: OTHER, source: ip(source), destination: ip(destination) },
      { source: 40_000, destination: 7 },
      payload,
    );
    expect(parseFrame(frame)).toMatchObject({
      kind: 'udp',
      source,
      destination,
      sourcePort: 40_000,
      destinationPort: 7,
      payload,
    });
  });

  it('ignores the padding of a short Ethernet frame', () => {
    const frame = buildVrrpFrame(
      { sourceMac: MAC, source: ip('10.0.0.1'), destination: ip('224.0.0.18') },
      Uint8Array.from([1, 2]),
    );
    const padded = new Uint8Array(60);
    padded.set(frame);
    expect(parseFrame(padded)).toMatchObject({ kind: 'vrrp', message: Uint8Array.from([1, 2]) });
  });

  it('that is a fragment, or shorter than its length field, is no packet', () => {
    const frame = buildVrrpFrame(
      { sourceMac: MAC, source: ip('10.0.0.1'), destination: ip('224.0.0.18') },
      new Uint8Array(12),
    );
    expect(parseFrame(frame.subarray(0, frame.length - 1)).kind).toBe('other');
    const fragment = Uint8Array.from(frame);
    fragment[21] = 1;
    expect(parseFrame(fragment).kind).toBe('other');
  });
});
