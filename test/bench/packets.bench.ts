import { expect, it } from 'vitest';
import { ip } from '../../src/net/address.ts';
import { parseFrame } from '../../src/net/frame.ts';
import { judgePacket, type ReceivedPacket } from '../../src/net/receive-checks.ts';
import { type Advert, encodeAdvert, VRRP_GROUP } from '../../src/net/vrrp-packet.ts';
import { random } from '../../src/random.ts';
import { seconds } from '../../src/time.ts';
import { median, report } from './row.ts';

const V3: Advert = {
  version: 3,
  family: 4,
  vrid: 51,
  priority: 100,
  interval: seconds(1),
  addresses: [ip('10.0.0.100')],
  authType: 0,
};
const CASES: readonly [string, Advert, string | undefined][] = [
  ['version 3, IPv4', V3, '>= 2'],
  ['version 2, IPv4', { ...V3, version: 2 }, '>= 2'],
  ['version 3, IPv6', { ...V3, family: 6, addresses: [ip('fe80::100')] }, '>= 2'],
];

/** Millions a second: the median of five stretches of 0.2 s. */
function rate(work: () => void): number {
  const stretch = (): number => {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < 200) {
      for (let i = 0; i < 1_000; i++) work();
      count += 1_000;
    }
    return count / (performance.now() - start) / 1_000;
  };
  stretch();
  return median(Array.from({ length: 5 }, stretch));
}

it.each(CASES)('packets: %s', (name, advert, bound) => {
  const endpoints = {
    source: ip(advert.family === 4 ? '10.0.0.2' : 'fe80::2'),
    destination: VRRP_GROUP[advert.family],
  };
  const message = encodeAdvert(advert, endpoints, 'pseudo-header');
  const packet: ReceivedPacket = { family: advert.family, ttl: 255, message, ...endpoints };
  expect(judgePacket(packet).ok).toBe(true);
  const of = bound === undefined ? {} : { bound };
  report({
    name: `encode, ${name}`,
    value: rate(() => encodeAdvert(advert, endpoints, 'pseudo-header')),
    unit: 'M/s',
    ...of,
  });
  report({
    name: `decode and judge, ${name}`,
    value: rate(() => judgePacket(packet)),
    unit: 'M/s',
    ...of,
  });
});

it('a million random and mutated packets are judged without a throw', () => {
  const source = random(1, 'fuzz');
  const endpoints = { source: ip('10.0.0.2'), destination: VRRP_GROUP[4] };
  const good = encodeAdvert(V3, endpoints, 'pseudo-header');
  let thrown = 0;
  let judged = 0;
  for (let i = 0; i < 1_000_000; i++) {
    const bytes =
      i % 2 === 0 ? new Uint8Array(Math.floor(source.next() * 80)) : Uint8Array.from(good);
    const edits = i % 2 === 0 ? bytes.length : 1 + Math.floor(source.next() * 3);
    for (let n = 0; n < edits; n++)
      bytes[i % 2 === 0 ? n : Math.floor(source.next() * bytes.length)] = Math.floor(
        source.next() * 256,
      );
    try {
      judgePacket({ family: i % 3 === 0 ? 6 : 4, ttl: 255, message: bytes, ...endpoints });
      parseFrame(bytes);
      judged++;
    } catch {
      thrown++;
    }
  }
  report({ name: 'random and mutated packets judged', value: judged, unit: 'packets' });
  report({ name: 'of them threw', value: thrown, unit: 'packets', bound: '<= 0' });
  expect(thrown).toBe(0);
});
