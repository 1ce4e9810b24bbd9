import { describe, expect, it } from 'vitest';
import { hearsHere, socketNeeds } from '../../../src/daemon/vrrp/socket-needs.ts';
import type { VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import { ip } from '../../../src/net/address.ts';
import { encodeAdvert } from '../../../src/net/vrrp-packet.ts';
import { seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const peer = (address: string) => ({ address: ip(address), minTtl: undefined, maxTtl: undefined });
const unicast = (...peers: string[]): Partial<VrrpInstanceConfig> => ({
  unicast: { peers: peers.map(peer), ttl: 255, checkSource: false, faultNoPeer: false },
});
const named = (name: string, change: Partial<VrrpInstanceConfig>): VrrpInstanceConfig => ({
  ...BASE,
  name,
  ...change,
});

/** The receiver of an advert and the result. */
function received(bench: Bench, from: string, to: string, on = 'lan'): string {
  const [source, destination] = [ip(from), ip(to)];
  const advert = { version: 3, family: 4, vrid: 51, priority: 200, authType: 0 } as const;
  const message = encodeAdvert(
    { ...advert, interval: seconds(1), addresses: [ip('10.0.0.100')] },
    { source, destination },
    'pseudo-header',
  );
  bench.raw();
  bench.input({ kind: 'packet', interface: on, family: 4, source, destination, ttl: 255, message });
  const effects = bench.raw().filter(({ kind }) => kind === 'received');
  expect(effects).toHaveLength(1);
  const [effect] = effects;
  return effect?.kind === 'received' ? `${effect.instance}: ${effect.outcome}` : '';
}

describe('instances that share a VRID on one interface', () => {
  it('are distinguished by group and by peer, and each packet counts once', () => {
    const bench = new Bench();
    bench.use(
      configOf(
        named('all', {}),
        named('group', { group: ip('224.0.0.99') }),
        named('east', unicast('10.0.0.8')),
        named('west', unicast('10.0.0.9')),
      ),
    );
    bench.start();
    expect(received(bench, '10.0.0.7', '224.0.0.18')).toBe('all: accepted');
    expect(received(bench, '10.0.0.7', '224.0.0.99')).toBe('group: accepted');
    expect(received(bench, '10.0.0.8', '10.0.0.5')).toBe('east: accepted');
    expect(received(bench, '10.0.0.9', '10.0.0.5')).toBe('west: accepted');
    expect(received(bench, '10.0.0.7', '10.0.0.5')).toBe('undefined: vrid');
  });

  it('accept all senders if they are the only one', () => {
    const bench = new Bench(unicast('10.0.0.8'));
    bench.start();
    expect(received(bench, '10.0.0.7', '10.0.0.5')).toBe('web: accepted');
    expect(received(bench, '10.0.0.7', '224.0.0.18')).toBe('web: destination');
  });

  it('keep their own state after a reload', () => {
    const east = named('east', unicast('10.0.0.8'));
    const west = named('west', unicast('10.0.0.9'));
    const bench = new Bench();
    bench.use(configOf(east, west));
    bench.active();
    expect(bench.router.instances.map(({ name }) => name)).toEqual(['MASTER', 'MASTER']);
    received(bench, '10.0.0.9', '10.0.0.5');
    const renamed = { ...west, name: 'sunset', priority: 90 };
    bench.input({ kind: 'config', config: configOf(renamed, east) });
    expect(bench.router.instances.map(({ config, name }) => `${config.name} ${name}`)).toEqual([
      'sunset BACKUP',
      'east MASTER',
    ]);
  });
});

describe('a unicast instance without an interface', () => {
  const homeless = named('far', { ...unicast('10.0.0.9'), interface: '', source: ip('10.0.0.5') });

  it('sends from its source by the routing table, and hears its peers', () => {
    const bench = new Bench();
    bench.use(configOf(homeless));
    const status = { name: '', up: true, primary4: undefined, primary6: undefined };
    bench.input({ kind: 'interface', status: { ...status, addresses: [ip('10.0.0.5')] } });
    bench.input({ kind: 'startup' });
    expect(received(bench, '10.0.0.9', '10.0.0.5', '')).toBe('far: accepted');
    bench.raw();
    bench.run(bench.deadline() ?? 0);
    expect(bench.last('send')).toMatchObject({ interface: '', source: '10.0.0.5' });
    expect(bench.state()).toBe('MASTER');
  });

  it('has a socket on all interfaces; a packet is counted by one of its receivers', () => {
    const bound = named('lan', { vrid: 52 });
    const config = configOf(homeless, bound);
    expect(socketNeeds(config, '').map(({ use }) => use)).toEqual(['vrrp', 'header']);
    const message = Uint8Array.from([0x31, 51]);
    const packet = { family: 4, source: ip('10.0.0.9'), ttl: 255, message } as const;
    const toUs = { ...packet, destination: ip('10.0.0.5') };
    expect([hearsHere(config, '', toUs), hearsHere(config, 'lan', toUs)]).toEqual([true, false]);
    for (const other of [
      { ...toUs, source: ip('10.0.0.7') },
      { ...packet, destination: ip('224.0.0.18') },
    ])
      expect([hearsHere(config, '', other), hearsHere(config, 'lan', other)]).toEqual([
        false,
        true,
      ]);
    expect(hearsHere(configOf(homeless), '', { ...toUs, source: ip('10.0.0.7') })).toBe(true);
  });
});
