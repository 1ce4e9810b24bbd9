import { expect, it } from 'vitest';
import { stepRouter } from '../../src/engine/vrrp/router.ts';
import { createRouter, nextRouterDeadline } from '../../src/engine/vrrp/router-state.ts';
import { ip } from '../../src/net/address.ts';
import { type Advert, encodeAdvert, VRRP_GROUP } from '../../src/net/vrrp-packet.ts';
import { random } from '../../src/random.ts';
import { instant, seconds } from '../../src/time.ts';
import { BASE, configOf } from '../support/engine.ts';
import { report } from './row.ts';

const PACKETS = 5_000_000;

it('5 million mutated adverts against a running machine: each is counted exactly once', () => {
  const authentication = { type: 'PASS', password: 'secret' } as const;
  const router = createRouter(
    configOf(
      BASE,
      { ...BASE, name: 'two', vrid: 52, version: 2, authentication },
      { ...BASE, name: 'down', vrid: 53, priority: 200 },
    ),
  );
  const status = { name: 'lan', up: true, primary4: ip('10.0.0.5'), primary6: ip('fe80::5') };
  let counted = 0;
  let sent = 0;
  const emit = (effect: { kind: string }): boolean => {
    if (effect.kind === 'received') counted++;
    else if (effect.kind === 'send') sent++;
    return true;
  };
  stepRouter(router, { kind: 'interface', status }, instant(0), emit);
  stepRouter(router, { kind: 'startup' }, instant(0), emit);
  const endpoints = { source: ip('10.0.0.9'), destination: VRRP_GROUP[4] };
  const good = [51, 52, 53].flatMap((vrid) =>
    [2, 3].map((version) => {
      const advert: Advert = {
        version: version === 2 ? 2 : 3,
        family: 4,
        vrid,
        priority: 150,
        interval: seconds(1),
        addresses: [ip('10.0.0.100')],
        authType: 0,
      };
      return encodeAdvert(advert, endpoints, 'pseudo-header');
    }),
  );
  const source = random(11, 'machine fuzz');
  const pick = (most: number): number => Math.floor(source.next() * most);
  let wrong = 0;
  let now = 0;
  const start = performance.now();
  for (let i = 0; i < PACKETS; i++) {
    const message = Uint8Array.from(good[pick(good.length)] ?? []);
    for (let edits = pick(4); edits > 0; edits--) message[pick(message.length)] = pick(256);
    now += 50;
    const deadline = nextRouterDeadline(router);
    if (deadline !== undefined && deadline <= now)
      stepRouter(router, { kind: 'wake' }, instant(now), emit);
    const before = counted;
    const ttl = pick(20) === 0 ? pick(256) : 255;
    const packet = { kind: 'packet', interface: 'lan', family: 4, ttl, message } as const;
    stepRouter(router, { ...packet, ...endpoints }, instant(now), emit);
    if (counted !== before + 1) wrong++;
  }
  const rate = PACKETS / (performance.now() - start) / 1_000;
  expect(sent).toBeGreaterThan(0);
  report({
    name: 'mutated adverts that did not count exactly once',
    value: wrong,
    unit: 'packets',
    bound: '<= 0',
  });
  report({ name: 'mutated adverts through the machine', value: rate, unit: 'M/s' });
  expect(wrong).toBe(0);
}, 300_000);
