import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compromises,
  impossible,
  poolRules,
  serviceRule,
} from '../../../src/daemon/director/nft-rules.ts';
import { servicesOf } from '../../../src/daemon/director/services.ts';
import type { Destination, Pool } from '../../../src/engine/check/io.ts';
import { slotsOf } from '../../../src/engine/check/slots.ts';
import { createVirtualServer, poolOf } from '../../../src/engine/check/virtual-server.ts';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import { ip } from '../../../src/net/address.ts';

const METHOD = 'protocol TCP\nlvs_sched rr\nlvs_method NAT';

function pools(text: string): Pool[] {
  const { config, issues } = parseConfig(text, 'lvs.conf');
  expect(issues).toEqual([]);
  return config.check.virtualServers.map((virtualServer) =>
    poolOf(createVirtualServer(virtualServer, { last: 0 })),
  );
}

const server = (more: string, ...reals: string[]): Pool => {
  const [pool] = pools(
    `virtual_server 10.0.0.100 80 {\n${METHOD}\n${more}\n${reals.join('\n')}\n}`,
  );
  if (pool === undefined) throw new Error('no pool');
  return pool;
};
const real = (n: number, more = ''): string => `real_server 10.0.1.${n} 8080 {\n${more}\n}`;
const destination = (weight: number, n = 1): Destination => ({
  address: ip(`10.0.1.${n}`),
  port: 80,
  weight,
  method: { kind: 'NAT' },
  upperThreshold: 0,
  lowerThreshold: 0,
});

describe('a pool in nftables', () => {
  it('alternates by weight in an interleaved order', () => {
    const rules = poolRules('server_1', server('lvs_sched wrr', real(1, 'weight 2'), real(2)));
    expect(rules).toBe(
      'add chain inet halab_lvs server_1\nflush chain inet halab_lvs server_1\n' +
        'add rule inet halab_lvs server_1 meta l4proto tcp dnat ip to numgen inc mod 3 map ' +
        '{ 0 : 10.0.1.1 . 8080, 1 : 10.0.1.2 . 8080, 2 : 10.0.1.1 . 8080 }\n',
    );
  });

  it('picks the server by client address with sh or with persistence', () => {
    expect(poolRules('s', server('lvs_sched sh', real(1), real(2)))).toContain(
      'jhash ip saddr mod 2',
    );
    const persistent = server(
      'lvs_sched wlc\n persistence_timeout 60\n persistence_granularity 255.255.255.0',
      real(1),
      real(2),
    );
    expect(poolRules('s', persistent)).toContain('jhash ip saddr and 255.255.255.0 mod 2');
    expect(compromises(persistent.virtualServer)).toHaveLength(2);
  });

  it('without servers matches no packet', () => {
    expect(
      poolRules('s', server('', real(1, 'inhibit_on_failure\n TCP_CHECK { alpha }'))),
    ).not.toContain('add rule');
  });

  it('matches every protocol of a firewall mark, and hashes clients by any netmask', () => {
    const text = `virtual_server fwmark 7 {\nlvs_sched rr\nlvs_method NAT\npersistence_granularity 255.0.255.0\n${real(1)}\n}`;
    const { config } = parseConfig(text, 'lvs.conf');
    const [pool] = config.check.virtualServers.map((virtualServer) =>
      poolOf(createVirtualServer(virtualServer, { last: 0 })),
    );
    expect(pool && poolRules('s', pool)).toContain(
      'meta l4proto { tcp, udp, sctp } dnat ip to jhash ip saddr and 255.0.255.0 mod 1',
    );
  });

  it('refuses options that only ip_vs supports', () => {
    const direct = server('lvs_method DR', 'real_server 10.0.1.1 80 { }');
    expect(impossible(direct)).toContain('DR needs ip_vs');
    expect(impossible(server('', real(1)))).toBeUndefined();
  });

  it('matches services by address, port, range and mark', () => {
    const text = `virtual_server_group web {\n 10.0.0.1-2 80\n 10.0.9.9\n fwmark 7\n}\nvirtual_server group web {\n protocol UDP\n ${real(1)}\n}`;
    const { config } = parseConfig(text, 'lvs.conf');
    const [virtualServer] = config.check.virtualServers;
    if (virtualServer === undefined) throw new Error('none');
    expect(servicesOf(virtualServer, config.check).map((key) => serviceRule(key, 's'))).toEqual([
      'ip daddr 10.0.0.1 udp dport 80 goto s',
      'ip daddr 10.0.0.2 udp dport 80 goto s',
      'ip daddr 10.0.9.9 meta l4proto udp goto s',
      'meta mark 7 meta nfproto ipv4 meta l4proto { tcp, udp, sctp } goto s',
    ]);
  });

  it('gives every server slots equal to its weight, and none for weight 0', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 40 }), (weights) => {
        const slots = slotsOf(weights.map((weight, i) => destination(weight, i + 1)));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (const [i, weight] of weights.entries()) {
          const turns = slots.filter(({ address }) => address === ip(`10.0.1.${i + 1}`)).length;
          expect(turns * total).toBe(weight * slots.length);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives odd weights their share within one percent', () => {
    const weights = [65_535, 32_768, 1_000, 7];
    const slots = slotsOf(weights.map((weight, i) => destination(weight, i + 1)));
    expect(slots.length).toBeLessThanOrEqual(1_024 + weights.length);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [i, weight] of weights.entries()) {
      const turns = slots.filter(({ address }) => address === ip(`10.0.1.${i + 1}`)).length;
      expect(Math.abs(turns / slots.length - weight / total)).toBeLessThan(0.01);
    }
  });
});
