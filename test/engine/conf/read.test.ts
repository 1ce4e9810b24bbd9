import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/conf/read.ts';
import { FEATURE_DEFAULTS, plainConfig } from '../../../src/engine/core/config.ts';
import { ip } from '../../../src/net/address.ts';
import { micros, seconds } from '../../../src/time.ts';
import { cases } from '../../support/nightly.ts';

const GOOD = `! a comment
global_defs {
    router_id lb1            # another
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 1
    virtual_ipaddress {
        192.168.200.16/24 dev eth0
        192.168.200.17
    }
}
`;

function problems(text: string): string[] {
  return parseConfig(text, 'k.conf').issues.map(
    ({ line, column, severity, message, hint }) =>
      `${line}:${column} ${severity}: ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  );
}

describe('keepalived.conf', () => {
  it("is read with keepalived's defaults", () => {
    const { config, issues } = parseConfig(GOOD, 'k.conf');
    expect(issues).toEqual([]);
    expect(config).toEqual(
      plainConfig(
        [
          {
            ...FEATURE_DEFAULTS,
            name: 'VI_1',
            state: 'MASTER',
            interface: 'eth0',
            vrid: 51,
            priority: 150,
            advertInterval: seconds(1),
            version: 2,
            family: 4,
            preempt: true,
            preemptDelay: micros(0),
            accept: true,
            profile: 'rfc9568',
            checksum: 'pseudo-header',
            addresses: [
              { address: ip('192.168.200.16'), length: 24 },
              { address: ip('192.168.200.17'), length: 32 },
            ],
          },
        ],
        { routerId: 'lb1' },
      ),
    );
  });

  /** keepalived 2.2.7, vrrp_complete_instance: the keywords that it clears, and in which combination. */
  it.each([
    ['state MASTER\n nopreempt\n preempt_delay 5', [true, 0], 2],
    ['state MASTER\n preempt_delay 5', [true, 0], 1],
    ['state BACKUP\n nopreempt\n preempt_delay 5', [false, 0], 1],
    ['state BACKUP\n preempt_delay 5', [true, 5_000_000], 0],
    ['state BACKUP\n nopreempt', [false, 0], 0],
    ['priority 255\n nopreempt\n preempt_delay 5', [true, 0], 2],
    ['state BACKUP\n priority 255\n nopreempt', [true, 0], 1],
    ['state MASTER\n priority 150\n strict_mode on\n version 3\n nopreempt', [false, 0], 1],
    [
      'state MASTER\n priority 150\n nopreempt\n authentication {\n auth_type AH\n auth_pass x\n }',
      [false, 0],
      1,
    ],
  ])('%j preempts as keepalived does', (lines, expected, warnings) => {
    const text = `vrrp_instance a {\n interface eth0\n virtual_router_id 1\n ${lines}
 virtual_ipaddress {\n 10.0.0.1\n }\n}\n`;
    const { config } = parseConfig(text, 'k.conf');
    const [instance] = config.instances;
    expect([instance?.preempt, instance?.preemptDelay]).toEqual(expected);
    expect(problems(text)).toHaveLength(warnings);
  });

  it('takes a longest interval to learn, at least its own interval', () => {
    const text = (lines: string): string =>
      `global_defs {\n vrrp_max_advert_int 3\n}\nvrrp_instance a {\n interface eth0\n virtual_router_id 1\n ${lines}
 virtual_ipaddress {\n 10.0.0.1\n }\n}\n`;
    const longest = (lines: string) =>
      parseConfig(text(lines), 'k.conf').config.instances[0]?.maxAdvertInterval;
    expect([longest(''), longest('max_advert_int 1.5'), longest('advert_int 5')]).toEqual([
      3_000_000, 1_500_000, 5_000_000,
    ]);
    expect(problems(text('advert_int 2\n max_advert_int 1'))).toEqual([
      '8:2 warning: max_advert_int: it is below advert_int, which is taken',
    ]);
  });

  it('accepts every keyword', () => {
    const text = GOOD.replace(
      'state MASTER',
      'state BACKUP\n nopreempt\n preempt_delay 300\n no_accept\n version 3',
    ).replace('advert_int 1', 'advert_int 0.25');
    const [instance] = parseConfig(text, 'k.conf').config.instances;
    expect(problems(text)).toEqual(['8:2 warning: preempt_delay has no effect with nopreempt']);
    expect(instance).toMatchObject({
      state: 'BACKUP',
      preempt: false,
      preemptDelay: 0,
      accept: false,
      version: 3,
      advertInterval: 250_000,
    });
  });

  it('is an owner by default with state MASTER and no priority, and runs IPv6 as version 3', () => {
    expect(
      parseConfig(GOOD.replace('    priority 150\n', ''), 'k.conf').config.instances[0]?.priority,
    ).toBe(255);
    const six = GOOD.replace('192.168.200.16/24 dev eth0', 'fe80::1/64').replace(
      '192.168.200.17',
      '2001:db8::1/64',
    );
    expect(parseConfig(six, 'k.conf').config.instances[0]).toMatchObject({ version: 3, family: 6 });
  });

  it.each([
    [
      'priority 150',
      'prioritty 150',
      '9:5 warning: unknown keyword "prioritty": it is ignored | Did you mean "priority"?',
    ],
    [
      'router_id lb1',
      'routerid lb1',
      '3:5 warning: unknown keyword "routerid": it is ignored | Did you mean "router_id"?',
    ],
    ['state MASTER', 'state LEADER', '6:11 warning: state is MASTER or BACKUP; BACKUP is taken'],
    [
      '192.168.200.17',
      '192.168.200.999',
      '13:9 warning: not an address: "192.168.200.999": ignored | Write ADDRESS or ADDRESS/LENGTH.',
    ],
    [
      '192.168.200.17',
      'fe80::1',
      '13:9 warning: fe80::1 is of another family than "VI_1": ignored',
    ],
    [
      '192.168.200.17',
      '192.168.200.17 colour',
      '13:24 warning: unknown address option "colour": ignored',
    ],
    [
      'state MASTER',
      'state MASTER\n nopreempt',
      '7:2 warning: nopreempt does not go with state MASTER: it is ignored | Write state BACKUP.',
    ],
  ])('with "%s" as "%s" runs and reports a finding at its position', (from, to, expected) => {
    const text = GOOD.replace(from, to);
    expect(problems(text)).toEqual([expected]);
    expect(parseConfig(text, 'k.conf').outcome).toBe('runs');
  });

  it.each([
    ['priority 150', 'priority', '9:5 error: priority needs a value'],
    ['advert_int 1', 'advert_int', '10:5 error: advert_int needs a value'],
    ['state MASTER', 'interface', '6:5 error: interface needs a value'],
    ['state MASTER', 'notify', '6:5 error: notify needs a value'],
    ['state MASTER', 'authentication {\nauth_type\n}', '7:1 error: auth_type needs a value'],
  ])('with "%s" as "%s" is refused', (from, to, expected) => {
    const text = GOOD.replace(from, to);
    expect(problems(text)).toContain(expected);
    expect(parseConfig(text, 'k.conf').outcome).toBe('refused');
  });

  it.each([
    [
      'virtual_router_id 51',
      'virtual_router_id 0',
      '5:1 error: "VI_1" needs a virtual_router_id | Add: virtual_router_id 1..255',
    ],
    [
      '    interface eth0\n',
      '',
      '5:1 error: "VI_1" needs an interface | Add: interface NAME, or unicast_peer.',
    ],
    [
      'interface eth0',
      'interface lo',
      '5:1 error: "VI_1" needs an interface | Add: interface NAME, or unicast_peer.',
    ],
  ])('with "%s" as "%s" stops at its start', (from, to, expected) => {
    const text = GOOD.replace(from, to);
    expect(problems(text)).toContain(expected);
    expect(parseConfig(text, 'k.conf').outcome).toBe('stops');
  });

  it('reports all problems at once', () => {
    expect(
      problems(
        GOOD.replace('priority 150', 'priority 0')
          .replace('state MASTER', 'state X')
          .replace('51', '999'),
      ),
    ).toHaveLength(4);
  });

  it('reports a route that keepalived does not track, and accepts only its own protocol', () => {
    const routes = (line: string) => `${GOOD}static_routes {\n${line}\n}\n`;
    const findings = (line: string) =>
      problems(routes(line)).map((text) => text.replace(/^\S+ /, ''));
    expect(findings('10.1.0.0/16 via 10.0.0.1 dev eth0')).toEqual([]);
    expect(findings('10.1.0.0/16 via 10.0.0.1 no_track')).toEqual([]);
    expect(findings('10.1.0.0/16 via 10.0.0.1')).toEqual([
      'warning: a route without dev is not tracked | Add: dev INTERFACE, or no_track.',
    ]);
    expect(findings('10.1.0.0/16 gw 10.0.0.1 dev eth0')).toEqual([
      'warning: gw and or are deprecated in routes: write via and nexthop',
    ]);
    expect(findings('10.1.0.0/16 dev eth0 protocol 4')).toEqual([
      'warning: a tracked route has protocol keepalived (18): another is ignored',
    ]);
    const keywords = (line: string) =>
      parseConfig(routes(line), 'k').config.statics.routes[0]?.words;
    expect(keywords('10.1.0.0/16 dev eth0 protocol 4')).toEqual(['10.1.0.0/16', 'dev', 'eth0']);
    expect(keywords('10.1.0.0/16 dev eth0 protocol 4 no_track')).toContain('4');
    expect(parseConfig(routes('default6 dev eth0'), 'k').config.statics.routes).toEqual([
      { family: 6, words: ['default', 'dev', 'eth0'] },
    ]);
  });

  it('drops a rule with an impossible table', () => {
    const rules = (line: string) =>
      parseConfig(`${GOOD}static_rules {\n${line} preference 1\n}\n`, 'k').config.statics.rules;
    expect(rules('from all table 4294967295')).toHaveLength(1);
    expect(rules('from all table 4294967296')).toEqual([]);
    expect(rules('from all table 0')).toEqual([]);
    expect(rules('from all lookup main')).toHaveLength(1);
  });

  it('reports the BFD errors of keepalived: no neighbour, and unknown names', () => {
    const bfd = (word: string) => `bfd_instance b {\n${word}\n}\n`;
    const track = GOOD.replace('state', 'track_bfd {\nb\n}\nstate');
    const warnings = (text: string) =>
      problems(text).filter((problem) => problem.includes('warning'));
    expect(warnings(`${bfd('neighbor_ip 10.0.0.2')}${track}`)).toEqual([]);
    expect(warnings(bfd('min_rx 100'))).toEqual(['1:1 warning: bfd_instance has no neighbor_ip']);
    expect(warnings(track)).toEqual([
      expect.stringContaining('warning: there is no bfd_instance "b"'),
    ]);
  });

  it('runs without any block, with a note', () => {
    expect(problems('')).toEqual([
      '1:1 note: no vrrp_instance and no virtual_server: there is nothing to do',
    ]);
    expect(parseConfig('', 'k.conf').outcome).toBe('runs');
  });

  it('refuses a VRID used twice on an interface, and accepts it in the other family', () => {
    const second = GOOD.slice(GOOD.indexOf('vrrp_instance')).replace('VI_1', 'VI_2');
    expect(problems(GOOD + second)).toEqual([
      '16:1 error: virtual_router_id 51 is used twice on eth0: also by "VI_1" | Give one of them another VRID, multicast group or unicast peers.',
    ]);
    expect(parseConfig(GOOD + second, 'k.conf').outcome).toBe('stops');
    const six = second
      .replace('192.168.200.16/24 dev eth0', 'fe80::1')
      .replace('192.168.200.17', 'fe80::2');
    expect(problems(GOOD + six)).toEqual([]);
  });

  it('accepts a VRID twice if every advert identifies its instance', () => {
    const second = (more: string): string =>
      GOOD.slice(GOOD.indexOf('vrrp_instance'))
        .replace('VI_1', 'VI_2')
        .replace('state', `${more}\nstate`);
    const peers = (...of: string[]): string => `unicast_peer {\n${of.join('\n')}\n}`;
    expect(problems(GOOD + second('mcast_dst_ip 224.0.0.99'))).toEqual([]);
    expect(problems(GOOD + second(peers('10.0.0.1')))).toEqual([]);
    const first = GOOD.replace('state', `${peers('10.0.0.1', '10.0.0.2')}\nstate`);
    expect(problems(first + second(peers('10.0.0.3')))).toEqual([]);
    expect(problems(first + second(peers('10.0.0.2')))).toHaveLength(1);
  });

  it('reads the announcement pace, and the instance defaults of global_defs', () => {
    const text = `global_defs {
    vrrp_garp_interval 0.02
    vrrp_gna_interval .000001
    vrrp_delay_after_boot 30
    vrrp_owner_ignore_adverts
}
garp_group {
    garp_interval 0.5
    interfaces {
        eth0
        eth1
    }
}
garp_group {
    gna_interval 1
    interface eth2
}
`;
    const { config, issues } = parseConfig(text + GOOD.slice(GOOD.indexOf('vrrp_instance')), 'k');
    expect(issues).toEqual([]);
    expect(config.global).toMatchObject({
      garpInterval: 20_000,
      gnaInterval: 1,
      delayAfterBoot: 30_000_000,
    });
    expect(config.garpGroups).toEqual([
      { interfaces: ['eth0', 'eth1'], garpInterval: 500_000, gnaInterval: undefined },
      { interfaces: ['eth2'], garpInterval: undefined, gnaInterval: 1_000_000 },
    ]);
    expect(config.instances[0]?.ownerIgnoreAdverts).toBe(true);
    const twice = text.replace('eth2', 'eth1').replace('0.5', 'fast');
    const repeated = parseConfig(twice + GOOD.slice(GOOD.indexOf('vrrp_instance')), 'k');
    expect(repeated.issues.map(({ message }) => message)).toEqual([
      'garp_interval is a number of seconds from 0 to 2147',
      'interface eth1 is in a garp_group already: the first one counts',
    ]);
    // keepalived reads a value that is no number as 0.
    expect(repeated.config.garpGroups[0]).toMatchObject({ garpInterval: 0 });
    expect(problems('garp_group {\ninterface eth0\n}')).toContain(
      '1:1 warning: garp_group without garp_interval or gna_interval is removed',
    );
  });

  it('tracks static routes by track_group, and knows no_track', () => {
    const text = `${GOOD}
track_group G { group { VI_1 } }
static_routes {
    10.1.0.0/16 via 192.168.200.1 dev eth0 track_group G
    10.2.0.0/16 via 192.168.200.1 dev eth0 no_track
}
`;
    const { config, issues } = parseConfig(text, 'k.conf');
    expect(issues).toEqual([]);
    expect(config.instances[0]?.trackGroups).toEqual(['G']);
    expect(config.statics.routes.map(({ track }) => track)).toEqual([
      { kind: 'group', name: 'G' },
      { kind: 'none' },
    ]);
    const unknown = text.replace('track_group G {', 'track_group H {');
    expect(problems(unknown)).toEqual([
      '19:5 warning: there is no track_group "G" above: it is ignored',
    ]);
    expect(parseConfig(unknown, 'k.conf').config.statics.routes[0]?.track).toBeUndefined();
    expect(problems(text.replace('{ VI_1 }', '{ VI_9 }'))).toEqual([
      '17:25 warning: there is no vrrp_instance "VI_9": ignored',
    ]);
  });

  it('does not advertise more addresses than an advert carries (keepalived #2327, #1653)', () => {
    const many = (count: number): string =>
      GOOD.replace(
        '192.168.200.17',
        Array.from({ length: count }, (_, i) => `10.7.${i >> 8}.${i & 255}`).join('\n'),
      );
    expect(problems(many(254))).toEqual([]);
    expect(problems(many(256))).toEqual([
      '267:1 warning: an advert carries at most 255: the rest is not in it | Put the rest into virtual_ipaddress_excluded.',
    ]);
    const [instance] = parseConfig(many(256), 'k.conf').config.instances;
    expect(instance?.addresses).toHaveLength(255);
    expect(instance?.excluded.map(({ address }) => address)).toEqual(['10.7.0.254', '10.7.0.255']);
  });

  it('creates vmacs for addresses on other interfaces, and an ipvlan', () => {
    const elsewhere = GOOD.replace(
      '192.168.200.17',
      '10.1.0.1 dev eth1\n10.2.0.1 dev eth2 use_vmac',
    );
    const own = (text: string) =>
      parseConfig(text, 'k').config.instances[0]?.addresses.map(({ vmac }) => vmac?.interface);
    expect(own(elsewhere)).toEqual([undefined, undefined, 'vrrp.51']);
    const every = elsewhere.replace('state', 'use_vmac_addr\nstate');
    expect(problems(every)).toEqual([
      expect.stringContaining('use_vmac of the address says what the instance says already'),
    ]);
    expect(own(every)).toEqual([undefined, 'vrrp.51', 'vrrp1.51']);
    const ipvlan = GOOD.replace('state', 'use_ipvlan ipv0 192.168.200.9/24 private\nstate');
    expect(problems(ipvlan)).toEqual([]);
    expect(parseConfig(ipvlan, 'k').config.instances[0]).toMatchObject({
      source: '192.168.200.9',
      vmac: { interface: 'ipv0', mac: undefined, ipvlan: { mode: 'private' } },
    });
    expect(problems(GOOD.replace('state', 'use_ipvlan\nstate'))).toEqual([
      expect.stringContaining('error: use_ipvlan needs an address'),
    ]);
    expect(problems(ipvlan.replace('192.168.200.9/24', 'fe80::9/64'))).not.toEqual([]);
    // With both, keepalived uses the ipvlan.
    for (const both of [
      ipvlan.replace('state', 'use_vmac\nstate'),
      ipvlan.replace('use_ipvlan', 'use_vmac\nuse_ipvlan'),
    ])
      expect(parseConfig(both, 'k').config.instances[0]?.vmac).toMatchObject({
        interface: 'ipv0',
        ipvlan: { mode: 'private' },
      });
  });

  it('accepts a unicast instance without an interface if all else names one', () => {
    const text = (source: string, dev: string, peer = '10.0.0.2'): string => `vrrp_instance VI_1 {
    virtual_router_id 51
    ${source}
    unicast_peer {
        ${peer}
    }
    virtual_ipaddress {
        10.0.0.100/24${dev}
    }
}
`;
    const good = parseConfig(text('unicast_src_ip 10.0.0.1', ' dev eth1'), 'k.conf');
    expect(good.issues).toEqual([]);
    expect(good.config.instances[0]).toMatchObject({ interface: '', source: '10.0.0.1' });
    expect(problems(text('', ''))).toEqual([
      '8:9 error: 10.0.0.100 needs a dev: "VI_1" has no interface',
      '1:1 error: "VI_1" has no interface: adverts need a source | Add: unicast_src_ip ADDRESS, or interface NAME.',
    ]);
    const vmac = text('unicast_src_ip 10.0.0.1\nuse_vmac', ' dev eth1');
    expect(problems(vmac)).toEqual(['4:1 warning: use_vmac needs an interface: ignored']);
    expect(parseConfig(vmac, 'k').config.instances[0]?.vmac).toBeUndefined();
  });

  it('of any text gives a configuration and findings, never an exception', () => {
    const word = fc.constantFrom(
      'vrrp_instance',
      'global_defs',
      '{',
      '}',
      '"',
      '#',
      'state',
      'priority',
      '1',
      'virtual_ipaddress',
      '10.0.0.1',
      '\n',
      ' ',
      'x',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((tokens) => tokens.join(' ')),
        ),
        (text) => {
          expect(Array.isArray(parseConfig(text, 'k.conf').issues)).toBe(true);
        },
      ),
      { numRuns: cases(1_000, 20_000) },
    );
  });
});
