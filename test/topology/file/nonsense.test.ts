/** Values that the schema accepts but no network can have: refused at their position, with a remedy. */
import { describe, expect, it } from 'vitest';
import { FARM_YAML, PAIR_YAML, problemsOf } from '../../support/topology.ts';

/** Texts to replace and their replacements. */
type Edits = Readonly<Record<string, string>>;

function edited(yaml: string, edits: Edits): string {
  return Object.entries(edits).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  }, yaml);
}

const SIX: Edits = {
  'subnet: 10.0.0.0/24': 'subnet: [10.0.0.0/24, "2001:db8::/64"]',
  'lan: 10.0.0.1 ': 'lan: [10.0.0.1, "2001:db8::1"] ',
  'lan: 10.0.0.2 ': 'lan: [10.0.0.2, "2001:db8::2"] ',
  '[10.0.0.100/24]': '["fe80::50/64", "2001:db8::100/64"]',
  'to: 10.0.0.100': 'to: idle',
};

describe('a subnet', () => {
  it.each([
    ['0.0.0.0/0', 'is no network for hosts'],
    ['0.0.0.0/8', 'is no network for hosts'],
    ['0.0.0.0/1', 'is no network for hosts'],
    ['127.0.0.0/8', 'the loopback network'],
    ['127.1.2.0/24', 'the loopback network'],
    ['224.0.0.0/4', 'multicast'],
    ['239.1.1.0/24', 'multicast'],
    ['240.0.0.0/8', 'reserved'],
    ['255.255.255.0/24', 'reserved'],
    ['10.0.0.5/24', 'has bits set behind its prefix | Write 10.0.0.0/24.'],
    ['10.0.0.0/32', 'is a single address'],
    ['"::/0"', 'is no network for hosts'],
    ['"::1/128"', 'is no network for hosts'],
    ['"ff00::/8"', 'multicast'],
    ['"ff02::/64"', 'multicast'],
    ['"fe80::/64"', 'link-local'],
    ['"fe80::/10"', 'link-local'],
    ['"::ffff:10.0.0.0/120"', 'IPv4 in IPv6'],
    ['"2001:db8::1/64"', 'has bits set behind its prefix | Write 2001:db8::/64.'],
    ['"2001:db8::/128"', 'is a single address'],
  ])('of %s is refused', (subnet, message) => {
    const [first] = problemsOf(
      edited(PAIR_YAML, { 'networks:\n': `networks:\n  odd: { subnet: ${subnet} }\n` }),
    );
    expect(first).toContain(message);
  });

  it.each(['10.50.1.0/24', '172.16.0.0/12', '192.168.7.0/31', '"fd00::/48"', '"2001:db8:1::/127"'])(
    'of %s is accepted',
    (subnet) => {
      expect(
        problemsOf(
          edited(PAIR_YAML, { 'networks:\n': `networks:\n  fine: { subnet: ${subnet} }\n` }),
        ),
      ).toEqual([]);
    },
  );

  it('must not overlap with another, of its own or another network', () => {
    const twice = 'networks:\n  odd: { subnet: 10.0.0.128/25 }\n';
    expect(problemsOf(edited(PAIR_YAML, { 'networks:\n': twice }))).toEqual([
      expect.stringContaining('10.0.0.0/24 overlaps with 10.0.0.128/25 of network "odd"'),
    ]);
    const same = { 'subnet: 10.0.0.0/24': 'subnet: [10.0.0.0/24, 10.0.0.0/25]' };
    expect(problemsOf(edited(PAIR_YAML, same))).toEqual([
      expect.stringContaining('10.0.0.0/25 overlaps with 10.0.0.0/24 of network "lan"'),
    ]);
  });
});

describe('a name', () => {
  it.each(['eth0', 'eth0.10', 'bond_ext', 'Wan0', 'br-lan', 'fifteen-bytes-1'])(
    '%s is a valid name of a network, as in Linux',
    (name) => {
      const text = PAIR_YAML.replaceAll(/\blan\b/g, name);
      expect(problemsOf(text)).toEqual([]);
    },
  );

  it.each(['lo', 'all', '"."', '".."', 'sixteen-bytes-16', 'a/b', '"a b"', '""', 'ümlaute-ümlaut'])(
    '%s is no valid name of a network',
    (name) => {
      const text = edited(PAIR_YAML, {
        'networks:\n': `networks:\n  ${name}: { subnet: 10.9.0.0/24 }\n`,
      });
      expect(problemsOf(text)).toHaveLength(1);
    },
  );

  it.each(['VI_EXT', 'vi.1', 'EXT-v4', 'web:1'])(
    '%s is a valid name of a virtual router',
    (name) => {
      expect(problemsOf(PAIR_YAML.replace('  web:\n', `  ${name}:\n`))).toEqual([]);
    },
  );

  it.each(['"VI EXT"', '""', '"a{b"', '"a#b"', '"a(b)"'])(
    '%s is no valid name of a virtual router',
    (name) => {
      expect(problemsOf(PAIR_YAML.replace('  web:\n', `  ${name}:\n`))).toHaveLength(1);
    },
  );

  it('of a script follows keepalived', () => {
    expect(problemsOf(edited(FARM_YAML, { 'local:': 'chk_haproxy:' }))).toEqual([]);
  });
});

describe('an address', () => {
  it.each<[string, Edits, string]>([
    ['of the network', { 'lan: 10.0.0.2 ': 'lan: 10.0.0.0 ' }, 'is the address of the network'],
    ['of broadcasts', { 'lan: 10.0.0.2 ': 'lan: 10.0.0.255 ' }, 'is the broadcast address'],
    [
      'of any router',
      { ...SIX, '"2001:db8::2"': '"2001:db8::"' },
      'is the subnet-router anycast address',
    ],
  ])('%s cannot belong to a node', (_, edits, message) => {
    expect(problemsOf(edited(PAIR_YAML, edits))).toEqual([expect.stringContaining(message)]);
  });

  it.each<[string, Edits, string]>([
    [
      'the network',
      { '10.0.0.100/24]': '10.0.0.0/24]', 'to: 10.0.0.100': 'to: idle' },
      'is the address of the network',
    ],
    [
      'broadcasts',
      { '10.0.0.100/24]': '10.0.0.255/24]', 'to: 10.0.0.100': 'to: idle' },
      'is the broadcast address',
    ],
    [
      'a client',
      { '10.0.0.100/24]': '10.0.0.10/24]', 'to: 10.0.0.100': 'to: idle' },
      '10.0.0.10 is the address of "idle"',
    ],
    [
      'a member without priority 255',
      { '10.0.0.100/24]': '10.0.0.1/24]', 'to: 10.0.0.100': 'to: idle' },
      '10.0.0.1 is the address of "gw1"',
    ],
    ['a list twice', { '10.0.0.100/24]': '10.0.0.100/24, 10.0.0.100/24]' }, 'stands here twice'],
    ['a wider network', { '10.0.0.100/24]': '10.0.0.100/8]' }, 'is wider than its network'],
    ['everything', { '10.0.0.100/24]': '10.0.0.100/0]' }, 'is wider than its network'],
    ['any router', { ...SIX, '2001:db8::100/64': '2001:db8::/64' }, 'subnet-router anycast'],
    ['a member, in IPv6', { ...SIX, '::100/64': '::1/64' }, '2001:db8::1 is the address of "gw1"'],
  ])('of %s cannot be virtual', (_, edits, message) => {
    expect(problemsOf(edited(PAIR_YAML, edits))).toEqual([expect.stringContaining(message)]);
  });

  it.each(['10.0.0.100/32', '10.0.0.100/24'])('may be %s', (vip) => {
    expect(problemsOf(edited(PAIR_YAML, { '10.0.0.100/24]': `${vip}]` }))).toEqual([]);
  });

  it('belongs to one virtual router', () => {
    const other =
      '  db: { vrid: 52, network: lan, addresses: [10.0.0.100/24], members: { gw1: {} } }\n';
    expect(problemsOf(edited(PAIR_YAML, { 'probes:\n': `${other}probes:\n` }))).toEqual([
      expect.stringContaining('10.0.0.100 is a virtual address of "web", too'),
    ]);
  });
});

describe('priority 255', () => {
  it('is reserved for the owner of the address', () => {
    expect(problemsOf(edited(PAIR_YAML, { 'priority: 150': 'priority: 255' }))).toEqual([
      expect.stringContaining('255 -> priority 255 means that "gw1" owns the addresses'),
    ]);
    const owns = {
      'priority: 150': 'priority: 255',
      '10.0.0.100/24]': '10.0.0.1/24]',
      'to: 10.0.0.100': 'to: 10.0.0.1',
    };
    expect(problemsOf(edited(PAIR_YAML, owns))).toEqual([]);
  });
});

describe('a number', () => {
  it.each([
    ['vrid: 51', 'vrid: 0', 'expected number to be >=1'],
    ['vrid: 51', 'vrid: 256', 'expected number to be <=255'],
    ['vrid: 51', 'vrid: "51"', 'expected number, received string | Write it without quotes: 51.'],
    ['vrid: 51', 'vrid: 5.1', 'expected int'],
    ['priority: 150', 'priority: 0', 'expected number to be >=1'],
    ['priority: 150', 'priority: 256', 'expected number to be <=255'],
    ['advert_interval: 100ms', 'advert_interval: 0s', '10ms..40.95s'],
    ['advert_interval: 100ms', 'advert_interval: 41s', '10ms..40.95s'],
    ['advert_interval: 100ms', 'advert_interval: 256s\n    protocol: vrrp2', '1s..255s'],
    ['advert_interval: 100ms', 'advert_interval: 0s\n    protocol: vrrp2', '1s..255s'],
  ])('%s is not %s', (from, to, message) => {
    expect(problemsOf(edited(PAIR_YAML, { [from]: to }))).toEqual([
      expect.stringContaining(message),
    ]);
  });
});

describe('a probe', () => {
  it.each<[Edits, string]>([
    [{ 'to: 10.0.0.100': 'to: 10.0.0.100, type: http' }, 'goes to a URL'],
    [{ 'to: 10.0.0.100': 'to: "http://10.0.0.100/"' }, 'Add type: http.'],
    [{ 'to: 10.0.0.100': 'to: "http://10.0.0.100/", type: http' }, 'nobody answers on port 80'],
    [{ 'to: 10.0.0.100': 'to: 10.0.0.100, every: 0s' }, 'runs every 1ms..1s'],
    [{ 'to: 10.0.0.100': 'to: client' }, '"client" would ask itself'],
    [{ 'to: 10.0.0.100': 'to: ""' }, ''],
    [
      {
        'networks:\n': 'networks:\n  far: { subnet: 10.7.0.0/24 }\n',
        'lan: 10.0.0.10 }': 'far: 10.7.0.10 }',
        'to: 10.0.0.100': 'to: 10.7.0.10',
        '  noise: { from: client, to: idle, control: true }\n': '',
      },
      '"client" cannot reach 10.7.0.10',
    ],
  ])('of %j is refused', (edits, message) => {
    expect(problemsOf(edited(PAIR_YAML, edits))).toEqual([expect.stringContaining(message)]);
  });

  it('has a minimum time for an answer', () => {
    const probe = { 'type: http, every: 50ms': 'type: http, timeout: 0s' };
    expect(problemsOf(edited(FARM_YAML, probe))).toEqual([
      expect.stringContaining('a request that has no time always fails'),
    ]);
  });
});

describe('a virtual server', () => {
  it.each<[Edits, string]>([
    [{ 'listen: 10.0.0.100:80': 'listen: 10.0.0.7:80' }, 'unknown virtual address "10.0.0.7"'],
    [{ 'listen: 10.0.0.100:80': 'listen: 10.0.0.100:80\n    quorum: 3' }, 'is never reached'],
    [
      { 'listen: 10.0.0.100:80': 'listen: 10.0.0.100:80\n    hysteresis: 1' },
      'less than the quorum',
    ],
    [{ 'listen: 10.0.0.100:80': 'listen: 10.0.0.100:80\n    persistence: 0s' }, 'whole seconds'],
    [
      { 'listen: 10.0.0.100:80': 'listen: 10.0.0.100:80\n    mode: dr\n    port: 81' },
      'leaves the port',
    ],
    [{ 'timeout: 300ms, fall': 'timeout: 0s, fall' }, 'a check that has no time always fails'],
    [{ 'pool: [web1, web2]': 'pool: [web1, web1]' }, '"web1" stands here twice'],
    [
      { 'pool: [web1, web2]': 'pool: [web1, client]' },
      '"client" is a client that serves nothing on port 80',
    ],
    [{ 'sorry: web3': 'sorry: web1' }, '"web1" stands here twice'],
  ])('of %j is refused', (edits, message) => {
    expect(problemsOf(edited(FARM_YAML, edits)).join('\n')).toContain(message);
  });

  it('is reached by every router that balances', () => {
    const away = {
      'networks:\n': 'networks:\n  far: { subnet: 10.7.0.0/24 }\n',
      'web1: { role: web, gateway: inside, attach: { farm: 10.0.1.11 }':
        'web1: { role: web, attach: { far: 10.7.0.11 }',
    };
    expect(problemsOf(edited(FARM_YAML, away))).toEqual([
      expect.stringContaining('"web1" and "gw1", which balances, share no network'),
    ]);
  });
});

describe('a reference to a script, a group or a next hop', () => {
  it.each<[Edits, string]>([
    [{ 'weight: -60, every: 200ms': 'weight: -60, every: 0s' }, 'every 10ms or more'],
    [{ 'weight: -60, every: 200ms': 'weight: -60, timeout: 0s, every: 200ms' }, 'has no time'],
    [{ 'weight: -60, every: 200ms': 'service: 8080, every: 200ms' }, 'serves nothing on port 8080'],
    [{ 'pair: [web, inside]': 'pair: [web, web]' }, 'is in sync group "pair" already'],
    [{ 'gateway: inside': 'gateway: outside' }, 'unknown virtual router "outside"'],
    [{ 'gateway: inside': 'gateway: web' }, 'is not attached to network "lan"'],
    [
      {
        '  inside:\n': '  inside:\n    track: { local: { weight: -60, every: 300ms } }\n',
      },
      'a name stands for one script',
    ],
  ])('of %j is refused', (edits, message) => {
    expect(problemsOf(edited(FARM_YAML, edits)).join('\n')).toContain(message);
  });
});

describe('all errors', () => {
  it('are reported at once: those of the schema and the others', () => {
    const text = edited(PAIR_YAML, {
      'vrid: 51': 'vrid: 256',
      'subnet: 10.0.0.0/24': 'subnet: 10.0.0.1/24',
      'priority: 150': 'priority: 255',
    });
    expect(problemsOf(text)).toEqual([
      expect.stringContaining('256 -> virtual_routers.web.vrid'),
      expect.stringContaining('10.0.0.1/24 -> 10.0.0.1/24 has bits set'),
      expect.stringContaining('255 -> priority 255 means'),
    ]);
  });
});
