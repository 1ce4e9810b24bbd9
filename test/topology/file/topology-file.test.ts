import { describe, expect, it } from 'vitest';
import { PAIR_YAML, problemsOf, topologyOf } from '../../support/topology.ts';

const AS_THE_ROUTER = {
  addresses: undefined,
  advertInterval: undefined,
  checksum: 'pseudo-header',
};

describe('a topology file', () => {
  it('is read with every default filled in', () => {
    const topology = topologyOf(PAIR_YAML);
    expect(topology.virtualRouters).toEqual([
      {
        name: 'web',
        vrid: 51,
        version: 3,
        family: 4,
        network: 'lan',
        addresses: [{ address: '10.0.0.100', length: 24 }],
        advertInterval: 100_000,
        downAdverts: 3,
        authentication: undefined,
        unsupported: 'skip-cell',
        track: [],
        notify: false,
        members: [
          {
            node: 'gw1',
            instance: 'web',
            priority: 150,
            preempt: true,
            preemptDelay: 0,
            accept: true,
            ...AS_THE_ROUTER,
          },
          {
            node: 'gw2',
            instance: 'web',
            priority: 100,
            preempt: true,
            preemptDelay: 0,
            accept: true,
            ...AS_THE_ROUTER,
          },
        ],
      },
    ]);
    expect(topology.nodes[0]).toEqual({
      name: 'gw1',
      role: 'router',
      engine: 'halab',
      program: undefined,
      gateway: undefined,
      services: [],
      config: undefined,
      attach: [{ network: 'lan', addresses: [{ address: '10.0.0.1', length: 24 }] }],
    });
    expect(topology.probes[1]).toEqual({
      name: 'noise',
      from: 'client',
      to: '10.0.0.10',
      every: 5_000,
      control: true,
    });
  });

  const edit = (from: string, to: string): string[] => problemsOf(PAIR_YAML.replace(from, to));

  it.each([
    [
      'members of another list, interval and checksum',
      'gw2: { priority: 100 }',
      'gw2: { priority: 100, addresses: [10.0.0.101/24], advert_interval: 2s, checksum: rfc9568 }',
      [],
    ],
    [
      'version 3 with a password',
      'vrid: 51',
      'vrid: 51\n    authentication: { type: pass, password: x }',
      [
        '{ -> only VRRP version 2 has authentication (RFC 5798 9) | Write protocol: vrrp2, or leave it out.',
      ],
    ],
    [
      'a build that is not there',
      'role: router',
      'role: router, engine: { kind: keepalived, path: ./no/keepalived }',
      [
        expect.stringMatching(
          /no\/keepalived cannot be run: ENOENT.* \| The path is relative to the file it stands in/,
        ),
      ],
    ],
    [
      'a build of frr',
      'role: router',
      'role: router, engine: { kind: frr, path: /bin/true }',
      [expect.stringContaining('frr comes from the node image')],
    ],
    [
      'a configuration that is not there',
      'role: router',
      'role: router, config: ./no.conf',
      [expect.stringMatching(/no.conf cannot be read/)],
    ],
    [
      'a configuration for frr',
      'role: router',
      'role: router, engine: frr, config: /etc/hostname',
      [expect.stringContaining('frr reads no keepalived.conf')],
    ],
    [
      'an unknown engine',
      'role: router',
      'role: router, engine: bird',
      [expect.stringContaining('Invalid')],
    ],
  ])('%s is reported or accepted', (_, from, to, expected) => {
    expect(edit(from, to)).toEqual(expected);
  });

  it.each([
    [
      'an unknown key',
      'vrid: 51',
      'vird: 51',
      ['vird: -> unknown key "vird" | Did you mean "vrid"?'],
    ],
    [
      'a wrong type',
      'vrid: 51',
      'vrid: many',
      ['many -> virtual_routers.web.vrid: Invalid input: expected number, received string'],
    ],
    [
      'a missing unit',
      'advert_interval: 100ms',
      'advert_interval: 100',
      ['100 -> virtual_routers.web.advert_interval: a duration needs a unit: 100s or 100ms?'],
    ],
    [
      'a duplicate key',
      'vrid: 51',
      'vrid: 51\n    vrid: 52',
      ['vrid: -> duplicate key | Remove one of the two; YAML would silently keep the last.'],
    ],
    [
      'an unknown node',
      'gw2: { priority',
      'gw3: { priority',
      ['gw3: -> unknown node "gw3" | Did you mean "gw1"?'],
    ],
    [
      'an unknown network',
      'network: lan',
      'network: lam',
      [
        'lam -> unknown network "lam" | Did you mean "lan"?',
        '{ -> "gw1" is not attached to network "lam"',
        '{ -> "gw2" is not attached to network "lam"',
      ],
    ],
    [
      'a VIP outside its network',
      '10.0.0.100/24]',
      '10.1.0.100/24]',
      [
        '10.1.0.100/24 -> 10.1.0.100 is outside network "lan" (10.0.0.0/24)',
        '10.0.0.100 -> unknown virtual address or node "10.0.0.100" | Did you mean "10.1.0.100"?',
      ],
    ],
    [
      'an address used twice',
      'lan: 10.0.0.2',
      'lan: 10.0.0.1',
      ['10.0.0.1 -> 10.0.0.1 already belongs to "gw1"'],
    ],
    [
      'an interval of VRRP 2 below a second',
      'network: lan',
      'network: lan\n    protocol: vrrp2',
      [
        '100ms -> VRRP version 2 counts whole seconds, 1s..255s | Use protocol: vrrp3 for shorter ones.',
      ],
    ],
    [
      'an interval that is no centisecond',
      '100ms',
      '105ms',
      ['105ms -> VRRP version 3 counts centiseconds, 10ms..40.95s (RFC 9568 5.2.7)'],
    ],
    [
      'a probe from a router',
      'from: client, to: 10.0.0.100',
      'from: gw1, to: 10.0.0.100',
      ['gw1 -> a probe starts at a client or a web node'],
    ],
  ])('refuses %s at its position', (_what, from, to, expected) => {
    const found = edit(from, to);
    for (const problem of expected) expect(found).toContain(problem);
    expect(found.length).toBe(expected.length);
  });

  it('refuses a VRID used twice on one segment', () => {
    const second =
      '  other:\n    vrid: 51\n    network: lan\n    addresses: [10.0.0.101/24]\n    members: { gw1: {} }\nprobes:';
    expect(problemsOf(PAIR_YAML.replace('probes:', second))).toEqual([
      '51 -> VRID 51 is used twice on "lan": also by "web"',
    ]);
  });

  it('requires a link-local address first in IPv6 (RFC 9568 5.2.9)', () => {
    const text = PAIR_YAML.replace('subnet: 10.0.0.0/24', 'subnet: [10.0.0.0/24, "2001:db8::/64"]')
      .replace('10.0.0.100/24]', '"2001:db8::100/64"]')
      .replace('to: 10.0.0.100', 'to: idle');
    expect(problemsOf(text)[0]).toContain('the first IPv6 address must be link-local');
  });

  it('reports all problems at once', () => {
    const text = PAIR_YAML.replace('lan: 10.0.0.2', 'lan: 10.9.0.2').replace(
      'gw1: { priority: 150 }',
      'nobody: { priority: 150 }',
    );
    expect(problemsOf(text)).toHaveLength(2);
  });
});
