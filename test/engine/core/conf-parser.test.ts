import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/engine/core/conf-parser.ts';
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

  /** keepalived 2.2.7, vrrp_complete_instance: what it clears, and beside what. */
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
      0,
    ],
  ])('%j preempts as keepalived does', (words, expected, told) => {
    const text = `vrrp_instance a {\n interface eth0\n virtual_router_id 1\n ${words}
 virtual_ipaddress {\n 10.0.0.1\n }\n}\n`;
    const { config } = parseConfig(text, 'k.conf');
    const [instance] = config.instances;
    expect([instance?.preempt, instance?.preemptDelay]).toEqual(expected);
    expect(problems(text)).toHaveLength(told);
  });

  it('takes a longest interval to be learnt, at least its own', () => {
    const text = (words: string): string =>
      `global_defs {\n vrrp_max_advert_int 3\n}\nvrrp_instance a {\n interface eth0\n virtual_router_id 1\n ${words}
 virtual_ipaddress {\n 10.0.0.1\n }\n}\n`;
    const longest = (words: string) =>
      parseConfig(text(words), 'k.conf').config.instances[0]?.maxAdvertInterval;
    expect([longest(''), longest('max_advert_int 1.5'), longest('advert_int 5')]).toEqual([
      3_000_000, 1_500_000, 5_000_000,
    ]);
    expect(problems(text('advert_int 2\n max_advert_int 1'))).toEqual([
      '8:2 warning: max_advert_int: it is below advert_int, which is taken',
    ]);
  });

  it('takes every keyword', () => {
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

  it('is an owner by default with state MASTER and no priority, and runs IPv6 as version 3 (keepalived)', () => {
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
      '9:5 error: unknown keyword "prioritty" | Did you mean "priority"?',
    ],
    [
      'vrrp_instance VI_1',
      'vrrp_instanc VI_1',
      '5:1 error: unknown keyword "vrrp_instanc" | Did you mean "vrrp_instance"?',
    ],
    [
      'router_id lb1',
      'routerid lb1',
      '3:5 error: unknown keyword "routerid" | Did you mean "router_id"?',
    ],
    ['priority 150', 'priority 256', '9:14 error: priority is a whole number from 1 to 255'],
    ['priority 150', 'priority', '9:5 error: priority is a whole number from 1 to 255'],
    [
      'virtual_router_id 51',
      'virtual_router_id 0',
      '8:23 error: virtual_router_id is a whole number from 1 to 255',
    ],
    [
      'advert_int 1',
      'advert_int 0.5',
      '10:16 error: VRRP version 2 counts whole seconds | Write version 3 for a shorter advert_int.',
    ],
    [
      'advert_int 1',
      'advert_int soon',
      '10:16 error: advert_int is a number of seconds from 0.01 to 255',
    ],
    ['state MASTER', 'state LEADER', '6:11 warning: state is MASTER or BACKUP; BACKUP is taken'],
    ['state MASTER', 'state MASTER {\n}', '6:5 error: "state" takes no block'],
    [
      '    interface eth0\n',
      '',
      '5:1 error: "VI_1" needs an interface | Add: interface NAME, or unicast_peer.',
    ],
    [
      '192.168.200.17',
      '192.168.200.999',
      '13:9 error: not an address: "192.168.200.999" | Write ADDRESS or ADDRESS/LENGTH.',
    ],
    ['192.168.200.17', '192.168.200.16', '13:9 warning: 192.168.200.16 stands here twice'],
    [
      '192.168.200.17',
      'fe80::1',
      '13:9 error: IPv4 and IPv6 addresses cannot share an instance | Make a second vrrp_instance, or use virtual_ipaddress_excluded.',
    ],
    [
      '192.168.200.17',
      '192.168.200.17 colour x',
      '13:24 error: unknown address option "colour" | Known here: dev, label, scope, brd, peer, home, -nodad, mngtmpaddr, noprefixroute, autojoin, no_track, track_group, use_vmac, preferred_lft.',
    ],
    ['router_id lb1', 'router_id "lb1', '3:15 error: a quote is not closed on its line'],
    [
      'state MASTER',
      'state MASTER\n nopreempt',
      '7:2 warning: nopreempt does not go with state MASTER: it is ignored | Write state BACKUP.',
    ],
  ])('with "%s" as "%s" is told at its position', (from, to, expected) => {
    expect(problems(GOOD.replace(from, to))).toContain(expected);
  });

  it('tells all problems at once', () => {
    expect(
      problems(
        GOOD.replace('priority 150', 'priority 0')
          .replace('state MASTER', 'state X')
          .replace('51', '999'),
      ),
    ).toHaveLength(3);
  });

  it('refuses a block that is never closed, and braces that open nothing', () => {
    expect(problems(GOOD.slice(0, -3))).toContain(
      '5:20 error: this block is never closed | Add a } at its end.',
    );
    expect(problems(`${GOOD}}`)).toEqual(['16:1 error: a } without a block']);
    expect(problems('')).toEqual([
      '1:1 error: no vrrp_instance and no virtual_server: there is nothing to do',
    ]);
  });

  it('refuses a VRID used twice on an interface, and allows it in the other family', () => {
    const second = GOOD.slice(GOOD.indexOf('vrrp_instance')).replace('VI_1', 'VI_2');
    expect(problems(GOOD + second)).toEqual([
      '16:1 error: virtual_router_id 51 is used twice on eth0: also by "VI_1" | Give one of them another VRID, multicast group or unicast peers.',
    ]);
    const six = second
      .replace('192.168.200.16/24 dev eth0', 'fe80::1')
      .replace('192.168.200.17', 'fe80::2');
    expect(problems(GOOD + six)).toEqual([]);
  });

  it('allows a VRID twice where every advert says which of the two it is for', () => {
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

  it('reads the pace of announcements, and what instances take over from global_defs', () => {
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
    const told = problems(twice + GOOD.slice(GOOD.indexOf('vrrp_instance')));
    expect(told).toContain('8:19 error: garp_interval is a number of seconds from 0 to 60');
    expect(told).toContain('14:1 error: interface eth1 is in a garp_group already');
  });

  it('ties instances to static routes by track_group, and knows no_track', () => {
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
    expect(problems(text.replace('track_group G {', 'track_group H {'))).toEqual([
      expect.stringContaining('error: there is no track_group "G"'),
    ]);
    expect(problems(text.replace('{ VI_1 }', '{ VI_9 }'))).toEqual([
      expect.stringContaining('error: there is no vrrp_instance "VI_9"'),
    ]);
  });

  it('refuses more addresses than an advert carries, at the first too many (keepalived #2327, #1653)', () => {
    const many = (count: number): string =>
      GOOD.replace(
        '192.168.200.17',
        Array.from({ length: count }, (_, i) => `10.7.${i >> 8}.${i & 255}`).join('\n'),
      );
    expect(problems(many(254))).toEqual([]);
    const [told] = problems(many(255));
    expect(told).toMatch(/^267:1 error: an advert carries at most 255 addresses/);
    expect(told).toContain('virtual_ipaddress_excluded');
  });

  it('makes vmacs for addresses on other interfaces, and an ipvlan', () => {
    const elsewhere = GOOD.replace(
      '192.168.200.17',
      '10.1.0.1 dev eth1\n10.2.0.1 dev eth2 use_vmac',
    );
    const own = (text: string) =>
      parseConfig(text, 'k').config.instances[0]?.addresses.map(({ vmac }) => vmac?.interface);
    expect(own(elsewhere)).toEqual([undefined, undefined, 'vrrp.51.1']);
    const every = elsewhere.replace('state', 'use_vmac_addr\nstate');
    expect(problems(every)).toEqual([]);
    expect(own(every)).toEqual([undefined, 'vrrp.51.1', 'vrrp.51.2']);
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
    expect(problems(ipvlan.replace('state', 'use_vmac\nstate'))).toEqual([
      expect.stringContaining('exclude each other'),
    ]);
  });

  it('takes a unicast instance without an interface, if everything else says where', () => {
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
      '1:1 error: "VI_1" has no interface: adverts need a source | Add: unicast_src_ip ADDRESS, or interface NAME.',
      '8:9 error: 10.0.0.100 needs a dev: "VI_1" has no interface',
    ]);
    expect(problems(text('unicast_src_ip 10.0.0.1\nuse_vmac', ' dev eth1'))).toContain(
      '4:1 error: use_vmac needs an interface',
    );
  });

  it('of any text at all gives a configuration and findings, never an exception', () => {
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
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          expect(Array.isArray(parseConfig(text, 'k.conf').issues)).toBe(true);
        },
      ),
      { numRuns: cases(1_000, 20_000) },
    );
  });
});
