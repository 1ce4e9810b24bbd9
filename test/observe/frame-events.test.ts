import { describe, expect, it } from 'vitest';
import { ip, type Mac } from '../../src/net/address.ts';
import { parseFrame } from '../../src/net/frame.ts';
import { buildUdpFrame } from '../../src/net/frame-build.ts';
import { frameEvent } from '../../src/observe/frame-events.ts';
import { MacOwners } from '../../src/observe/mac-owners.ts';
import { instant } from '../../src/time.ts';

const CLIENT = '02:00:00:00:00:01' as Mac;
const WEB = '02:00:00:00:00:02' as Mac;
const owners = new MacOwners();
const base = { at: instant(1), source: 'agent' } as const;
owners.observe({
  kind: 'node-up',
  ...base,
  node: 'web1',
  interfaces: [{ name: 'lan', network: 'lan', mac: WEB, addresses: [] }],
});

/** A UDP frame turned into a TCP segment: only the fields that are read matter. */
function tcpFrame(flags: number, addresses: readonly [string, string]): Uint8Array {
  const [source, destination] = addresses;
  const frame = buildUdpFrame(
    { sourceMac: CLIENT, destinationMac: WEB, source: ip(source), destination: ip(destination) },
    { source: 40_000, destination: 80 },
    new Uint8Array(12),
  );
  const six = source.includes(':');
  frame[six ? 20 : 23] = 6;
  frame[14 + (six ? 40 : 20) + 13] = flags;
  return frame;
}

const eventOf = (frame: Uint8Array) =>
  frameEvent(frame, { segment: 'lan', at: instant(5), owners, probePort: 7, probeMagic: 'x' });

describe('a TCP segment', () => {
  it.each([[['10.0.0.9', '10.0.0.2']], [['2001:db8::9', '2001:db8::2']]] as const)(
    'with only SYN is a connection to the owner of the MAC: %s',
    (addresses) => {
      expect(eventOf(tcpFrame(0x02, addresses))).toEqual({
        kind: 'connection',
        at: 5,
        source: 'tap',
        node: 'web1',
        segment: 'lan',
        client: addresses[0],
        clientPort: 40_000,
        address: addresses[1],
        port: 80,
      });
    },
  );

  it.each([
    ['SYN ACK', 0x12],
    ['ACK', 0x10],
    ['FIN ACK', 0x11],
    ['RST', 0x04],
  ])('with %s is no new connection', (_name, flags) => {
    expect(eventOf(tcpFrame(flags, ['10.0.0.9', '10.0.0.2']))).toBeUndefined();
  });

  it('that is truncated is ignored', () => {
    const frame = tcpFrame(0x02, ['10.0.0.9', '10.0.0.2']);
    expect(parseFrame(frame.subarray(0, 50)).kind).toBe('other');
  });
});
