import { describe, expect, it } from 'vitest';
import { configOf } from '../../../src/kind/render.ts';
import { planOf } from '../../../src/lab/plan.ts';
import { FARM_YAML, problemsOf, topologyOf } from '../../support/topology.ts';

const silent = {
  runId: 'x',
  seed: 1,
  progress: () => {},
  onEvent: () => {},
  onFrame: () => {},
  onFrameSource: () => {},
};

describe('virtual servers of a topology', () => {
  const topology = topologyOf(FARM_YAML);

  it('are read with every default filled in', () => {
    expect(topology.virtualServers).toEqual([
      {
        name: 'http',
        address: '10.0.0.100',
        port: 80,
        protocol: 'TCP',
        mode: 'NAT',
        method: 'rr',
        routers: ['gw1', 'gw2'],
        pool: [
          { node: 'web1', address: '10.0.1.11', port: 80, weight: 1 },
          { node: 'web2', address: '10.0.1.12', port: 80, weight: 1 },
        ],
        sorry: { node: 'web3', address: '10.0.1.13', port: 80, weight: 1 },
        quorum: 1,
        hysteresis: 0,
        persistence: undefined,
        check: {
          type: 'http',
          path: '/',
          body: undefined,
          every: 500_000,
          timeout: 300_000,
          fall: 2,
          retryDelay: 500_000,
        },
      },
    ]);
  });

  it('give web nodes of their pool a service, and routers what keepalived.conf needs', () => {
    expect(topology.nodes.find(({ name }) => name === 'web3')?.services).toEqual([
      { name: 'http-80', protocol: 'http', port: 80 },
    ]);
    const [gw1] = topology.nodes;
    if (gw1 === undefined) throw new Error('no gw1');
    const { check, scripts, syncGroups, instances } = configOf(topology, gw1);
    expect(check.virtualServers[0]?.name).toBe('[10.0.0.100]:tcp:80');
    expect(check.virtualServers[0]?.realServers[0]?.checkers[0]).toMatchObject({
      timing: { interval: 500_000, timeout: 300_000, fall: 2, rise: 1 },
      probe: { kind: 'HTTP_GET', target: { address: '10.0.1.11', port: 80 } },
    });
    expect(scripts.map(({ name, rise }) => [name, rise])).toEqual([['local', 2]]);
    expect(syncGroups[0]?.members).toEqual(['web', 'inside']);
    expect(instances[0]?.tracks).toEqual([
      { kind: 'script', name: 'local', weight: { value: -60, reverse: false } },
    ]);
  });

  it('become a plan: services, gateways, probes, scripts, forwarding', () => {
    const { nodes } = planOf(topology, silent);
    const plan = (name: string) => nodes.find((node) => node.name === name);
    expect(plan('web1')).toMatchObject({ gateways: ['10.0.1.100'], sysctls: {} });
    expect(plan('gw1')).toMatchObject({
      scripts: ['local'],
      sysctls: { 'net.ipv4.ip_forward': '1' },
    });
    expect(plan('gw1')?.files.filter(({ executable }) => executable)).toHaveLength(2);
    expect(plan('client')?.httpProbes).toEqual([
      {
        name: 'vip-http',
        address: '10.0.0.100',
        port: 80,
        path: '/whoami',
        every: 50_000,
        timeout: 1_000_000,
      },
    ]);
    expect(plan('client')?.probes.map(({ name }) => name)).toEqual(['vip']);
  });

  it.each([
    [
      'a server whose address no node holds',
      'listen: 10.0.0.100:80',
      'listen: 10.0.0.77:80',
      'unknown virtual address "10.0.0.77"',
    ],
    [
      'a port 0',
      'listen: 10.0.0.100:80',
      'listen: 10.0.0.100:0',
      'not an address and a port such as 10.50.1.100:80: 10.0.0.100:0',
    ],
    [
      'an unknown node in a pool',
      'pool: [web1, web2]',
      'pool: [web1, web9]',
      'unknown node "web9"',
    ],
    [
      'a server listed twice',
      'pool: [web1, web2]',
      'pool: [web1, web1]',
      '"web1" stands here twice',
    ],
    [
      'an unknown scheduler',
      'pool: [web1, web2]',
      'pool: [web1]\n    method: fastest',
      'Invalid option',
    ],
    [
      'a path for a check that has none',
      'type: http,',
      'type: tcp, path: /x,',
      '"path" means nothing to a check of type tcp',
    ],
    ['an invalid expression', 'type: http,', 'type: http, body: "(",', 'Unterminated group'],
    ['an unknown key of a check', 'type: http,', 'type: http, evry: 1s,', 'unknown key "evry"'],
    [
      'a gateway that is no virtual router',
      'gateway: inside, attach: { farm: 10.0.1.11',
      'gateway: outside, attach: { farm: 10.0.1.11',
      'unknown virtual router "outside"',
    ],
    [
      'a gateway out of reach',
      'gateway: inside, attach: { farm: 10.0.1.11',
      'gateway: web, attach: { farm: 10.0.1.11',
      '"web1" is not attached to network "lan"',
    ],
    [
      'a sync group without a member',
      'pair: [web, inside]',
      'pair: [web, outside]',
      'unknown virtual router "outside"',
    ],
    [
      'a URL without http',
      '"http://10.0.0.100/whoami"',
      '10.0.0.100',
      'a probe of type http goes to a URL such as http://10.50.1.100/whoami',
    ],
    [
      'a URL without a host',
      '"http://10.0.0.100/whoami"',
      '"http://10.0.0.77/"',
      'unknown virtual address or node "10.0.0.77"',
    ],
    [
      'a timeout of UDP',
      'to: 10.0.0.100 }',
      'to: 10.0.0.100, timeout: 1s }',
      'only a probe of type http has a timeout',
    ],
    [
      'two services on a port',
      'gateway: inside, attach: { farm: 10.0.1.11',
      'services: { http: 80, x: 80 }, attach: { farm: 10.0.1.11',
      'port 80 is taken already: by "http"',
    ],
  ])('%s is refused', (_, from, to, message) => {
    expect(FARM_YAML).toContain(from);
    expect(problemsOf(FARM_YAML.replace(from, to)).join('\n')).toContain(message);
  });
});
