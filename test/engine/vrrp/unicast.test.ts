import { describe, expect, it } from 'vitest';
import type { UnicastConfig } from '../../../src/engine/core/config-address.ts';
import { ip } from '../../../src/net/address.ts';
import { judgePacket } from '../../../src/net/receive-checks.ts';
import { Bench } from '../../support/engine.ts';

describe('unicast (keepalived unicast_peer)', () => {
  const unicast: UnicastConfig = {
    peers: [
      { address: ip('10.0.0.9'), minTtl: undefined, maxTtl: undefined },
      { address: ip('10.0.1.9'), minTtl: 60, maxTtl: 64 },
    ],
    ttl: 64,
    checkSource: true,
    faultNoPeer: false,
  };

  /** One advert of an Active with its destinations and the result of the receive checks there. */
  const sent = (bench: Bench): string[] => {
    bench.raw();
    bench.run(bench.deadline() ?? 0);
    return bench.raw().flatMap((effect) => {
      if (effect.kind !== 'send') return [];
      const judged = judgePacket(effect);
      return `${effect.destination} ${effect.ttl} ${judged.ok ? judged.dialect : judged.check}`;
    });
  };

  it('sends to every peer with its TTL and its own checksum', () => {
    const bench = new Bench({ unicast });
    bench.start();
    const both = ['10.0.0.9 64 pseudo-header', '10.0.1.9 64 pseudo-header'];
    expect(sent(bench)).toEqual(both);
    expect(bench.state()).toBe('MASTER');
    expect(sent(bench)).toEqual(both);
  });

  it('over IPv6 computes the checksum for each peer, too', () => {
    const peers = ['fe80::9', '2001:db8::9'].map((address) => ({
      address: ip(address),
      minTtl: undefined,
      maxTtl: undefined,
    }));
    const addresses = [{ address: ip('fe80::100'), length: 64 }];
    const bench = new Bench({ family: 6, addresses, unicast: { ...unicast, peers } });
    bench.start();
    expect(sent(bench)).toEqual(['fe80::9 64 rfc9568', '2001:db8::9 64 rfc9568']);
  });

  it.each(['10.0.0.9', '10.0.1.9'])('continues while only %s cannot be reached', (peer) => {
    const bench = new Bench({ unicast }).active();
    bench.unreachable = ip(peer);
    bench.run(bench.now + 10_000_000);
    expect(bench.state()).toBe('MASTER');
  });

  it('leaves Active if no peer can be reached', () => {
    const bench = new Bench({ unicast }).active();
    bench.sends = false;
    bench.run(bench.now + 3_500_000);
    expect(bench.state()).toBe('FAULT');
  });

  it('accepts only its peers, within their TTL (keepalived #941, #2458)', () => {
    const bench = new Bench({ unicast });
    bench.start();
    const from = (source: string, ttl: number, destination = '10.0.0.5'): string => {
      const other = new Bench({ unicast, priority: 200 }, source);
      other.start();
      other.run(other.deadline() ?? 0);
      return other.deliver(bench, { ttl, destination: ip(destination) });
    };
    expect(from('10.0.0.9', 3)).toMatch(/checksum/); // computed for another destination
    const hear = (source: string, ttl: number): string => bench.hearUnicast(200, source, ttl);
    expect(hear('10.0.0.9', 3)).toBe('received accepted');
    expect(hear('10.0.1.9', 64)).toBe('received accepted');
    expect(hear('10.0.1.9', 59)).toBe('received unicast-ttl');
    expect(hear('10.0.1.9', 255)).toBe('received unicast-ttl');
    expect(hear('10.0.0.66', 64)).toBe('received unicast-peer');
    bench.hear(200);
    expect(bench.take()).toEqual(['received destination']);
  });

  it('unicast_fault_no_peer', () => {
    const bench = new Bench({ unicast: { ...unicast, peers: [], faultNoPeer: true } });
    expect(bench.start()).toEqual(['INIT->FAULT tracked-object']);
  });
});
