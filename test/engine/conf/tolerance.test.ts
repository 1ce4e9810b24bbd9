/** Odd or wrong values in keepalived.conf are read as keepalived 2.2.7 reads them; each value was seen in its dump. */
import { describe, expect, it } from 'vitest';
import { type ParsedConfig, parseConfig } from '../../../src/engine/conf/read.ts';
import type { VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import { micros } from '../../../src/time.ts';

const ADDRESS = 'virtual_ipaddress {\n10.0.0.1\n}';

function vrrp(lines: string, addresses = ADDRESS, name = 'A', vrid = 1): string {
  return `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${vrid}\n${lines}\n${addresses}\n}\n`;
}

function findingsOf({ issues }: ParsedConfig): string[] {
  return issues.map(({ line, severity, message }) => `${line} ${severity}: ${message}`);
}

/** The first instance, the findings, and whether the daemon runs. */
function read(text: string) {
  const parsed = parseConfig(text, 'k.conf');
  const [instance] = parsed.config.instances;
  return { ...parsed, instance, findings: findingsOf(parsed) };
}

/** One line in an instance, and what the instance takes from it. */
type Case = readonly [lines: string, taken: Partial<VrrpInstanceConfig>];

function expectWarned([lines, taken]: Case): void {
  const { instance, findings, outcome } = read(vrrp(lines));
  expect(instance).toMatchObject(taken);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toContain('warning: ');
  expect(outcome).toBe('runs');
}

describe('a number', () => {
  it.each<Case>([
    ['advert_int 0.5', { advertInterval: micros(1_000_000) }],
    ['version 3\nadvert_int 0.333', { advertInterval: micros(330_000) }],
    ['version 3\nadvert_int 41', { advertInterval: micros(40_950_000) }],
    ['advert_int 0', { advertInterval: micros(1_000_000) }],
    ['advert_int 256', { advertInterval: micros(1_000_000) }],
    ['advert_int -1', { advertInterval: micros(1_000_000) }],
    ['advert_int soon', { advertInterval: micros(1_000_000) }],
    ['advert_int 1s', { advertInterval: micros(1_000_000) }],
    ['state MASTER\npriority 0', { priority: 100, state: 'MASTER' }],
    ['priority 256', { priority: 100 }],
    ['priority -5', { priority: 100 }],
    ['priority 100;', { priority: 100 }],
    ['priority 7;', { priority: 100 }],
    ['version 2\nversion 3', { version: 2 }],
  ])('"%s" is rounded or ignored', (...row) => expectWarned(row));

  it('for the VRID is required', () => {
    for (const vrid of [0, 256]) {
      const { findings, outcome } = read(vrrp('', ADDRESS, 'A', vrid));
      expect(findings).toEqual([
        '3 warning: virtual_router_id is a whole number from 1 to 255',
        '1 error: "A" needs a virtual_router_id',
      ]);
      expect(outcome).toBe('stops');
    }
  });
});

describe('addresses', () => {
  const plain = (addresses: string, lines = '') => read(vrrp(lines, addresses));
  const list = (of: VrrpInstanceConfig['addresses'] | undefined) =>
    of?.map(({ address, length }) => `${address}/${length}`);

  it('written twice are advertised twice', () => {
    const { instance, findings } = plain('virtual_ipaddress {\n10.0.0.1/24\n10.0.0.1\n}');
    expect(list(instance?.addresses)).toEqual(['10.0.0.1/24', '10.0.0.1/32']);
    expect(findings).toEqual([]);
  });

  it.each([
    ['', '', '1 warning: "A" has no virtual_ipaddress', 'runs'],
    [
      'version 3',
      '',
      '1 error: "A" needs a virtual_ipaddress block with at least one address',
      'stops',
    ],
    [
      '',
      'virtual_ipaddress_excluded {\n10.0.0.1\n}',
      '1 warning: "A" has no virtual_ipaddress',
      'runs',
    ],
  ])('may be missing or only excluded in version 2 only: "%s" "%s"', (...row) => {
    const [lines, addresses, message, outcome] = row;
    const found = plain(addresses, lines);
    expect(found.findings).toEqual([message]);
    expect(found.outcome).toBe(outcome);
    expect(found.instance?.addresses).toEqual([]);
    expect(list(found.instance?.excluded)).toEqual(addresses === '' ? [] : ['10.0.0.1/32']);
  });

  it('of another family than the first one are dropped', () => {
    const { instance, findings } = plain('virtual_ipaddress {\n10.0.0.1\nfe80::1\nx\n10.0.0.2\n}');
    expect(list(instance?.addresses)).toEqual(['10.0.0.1/32', '10.0.0.2/32']);
    expect(findings).toEqual([
      '7 warning: fe80::1 is of another family than "A": ignored',
      '8 warning: not an address: "x": ignored',
    ]);
  });

  it('that are static are on eth0 without dev', () => {
    const { config } = read('static_ipaddress {\n10.1.1.1/24\n10.1.1.2/24 dev eth1\nbad\n}');
    expect(config.statics.addresses.map(({ interface: name }) => name)).toEqual(['eth0', 'eth1']);
    const other = read('global_defs {\ndefault_interface e7\n}\nstatic_ipaddress {\n10.1.1.1\n}');
    expect(other.config.statics.addresses[0]?.interface).toBe('e7');
  });
});

describe('routes and rules', () => {
  it('that cannot be parsed are dropped', () => {
    const { config, findings } = read(`static_routes {
10.2.0.0/16 via 10.0.0.9 dev eth0
10.3.0.0/16 via 1.2.3 dev eth0
10.4.0.0/16 frob
10.5.0.0/16 via 10.0.0.9 metric x
}
`);
    expect(config.statics.routes.map(({ words }) => words.join(' '))).toEqual([
      '10.2.0.0/16 via 10.0.0.9 dev eth0',
    ]);
    expect(findings.slice(0, 3)).toEqual([
      '3 warning: this route cannot be read at "1.2.3": it is left out',
      '4 warning: this route cannot be read at "frob": it is left out',
      '5 warning: this route cannot be read at "x": it is left out',
    ]);
  });

  it('without a preference count down from 16384, and need exactly one action', () => {
    const { config, findings } = read(`static_rules {
from 10.1.0.0/16 table 7
from 10.2.0.0/16 table 7 priority 55
from 10.3.0.0/16 table 8
from 10.4.0.0/16
from foo table 7
to 10.5.0.0/16 table 7 frob
}
`);
    expect(config.statics.rules.map(({ words }) => words.join(' '))).toEqual([
      'from 10.1.0.0/16 table 7 pref 16384',
      'from 10.2.0.0/16 table 7 pref 55',
      'from 10.3.0.0/16 table 8 pref 16383',
    ]);
    expect(findings.slice(0, 5)).toEqual([
      '2 warning: a rule without a preference gets 16384',
      '4 warning: a rule without a preference gets 16383',
      '5 warning: a rule needs one action: it is left out',
      '6 warning: this rule cannot be read at "foo": it is left out',
      '7 warning: this rule cannot be read at "frob": it is left out',
    ]);
  });
});

describe('the state at the start', () => {
  it.each<Case>([
    ['state LEADER', { state: 'BACKUP' }],
    ['state MASTER\nstate BACKUP', { state: 'MASTER' }],
    ['state MASTER\nnopreempt', { state: 'MASTER', preempt: true }],
    ['nopreempt\npriority 255', { state: 'MASTER', preempt: true }],
    ['state MASTER\npreempt_delay 5', { state: 'MASTER', preemptDelay: micros(0) }],
    ['preempt_delay 5\nnopreempt', { preempt: false, preemptDelay: micros(0) }],
    [
      'state MASTER\npriority 150\nnopreempt\nstrict_mode on',
      { state: 'BACKUP', preempt: false, accept: false },
    ],
    [
      'state MASTER\npriority 150\nnopreempt\nauthentication {\nauth_type AH\nauth_pass x\n}',
      { state: 'BACKUP', preempt: false, authentication: { type: 'AH', password: 'x' } },
    ],
  ])('"%s" is corrected to a consistent state', (...row) => expectWarned(row));

  it.each<Case>([
    ['state BACKUP\nstate MASTER', { state: 'MASTER' }],
    ['preempt_delay 5', { state: 'BACKUP', preemptDelay: micros(5_000_000) }],
    ['state MASTER\npriority 255\nstrict_mode on', { state: 'MASTER', accept: true }],
  ])('"%s" is taken as given', (lines, taken) => {
    const { instance, findings } = read(vrrp(lines));
    expect(instance).toMatchObject(taken);
    expect(findings).toEqual([]);
  });
});

describe('authentication', () => {
  const SIX = 'virtual_ipaddress {\nfe80::1\n}';
  it.each([
    ['auth_type PASS', '', ADDRESS, '5 error: authentication without auth_pass'],
    ['auth_pass x\nauth_type AH', 'version 2', SIX, '5 error: AH is not for IPv6'],
    [
      'auth_type PASS\nauth_pass x',
      'version 3',
      ADDRESS,
      '5 error: VRRP version 3 has no authentication',
    ],
  ])('"%s" with "%s" is dropped, and the daemon runs', (lines, version, addresses, message) => {
    const text = vrrp(`${version}\nauthentication {\n${lines}\n}`, addresses);
    const { instance, findings, outcome } = read(text);
    expect(instance?.authentication).toBeUndefined();
    expect(findings).toEqual([`${message}: adverts are NOT authenticated`]);
    expect(outcome).toBe('runs');
  });

  it('of an unknown type is dropped', () => {
    const { instance, findings } = read(vrrp('authentication {\nauth_type MD5\nauth_pass x\n}'));
    expect(instance?.authentication).toBeUndefined();
    expect(findings).toEqual(['5 error: auth_type is PASS or AH: "MD5" is ignored']);
  });

  it('takes eight characters of a password', () => {
    const { instance } = read(vrrp('authentication {\nauth_type PASS\nauth_pass 123456789\n}'));
    expect(instance?.authentication?.password).toBe('12345678');
  });
});

describe('unicast', () => {
  it.each(['unicast_peer {\n}', 'unicast_peer {\n300.1.1.1\n}', 'unicast_src_ip 10.0.0.9'])(
    '"%s" has no peer: the instance is multicast',
    (lines) => {
      const { instance, findings, outcome } = read(vrrp(lines));
      expect(instance?.unicast).toBeUndefined();
      expect(findings.at(-1)).toMatch(/warning: "A" has no unicast peers: it is multicast$/);
      expect(outcome).toBe('runs');
    },
  );
});

describe('switches', () => {
  it('without a checked value are on, as in keepalived', () => {
    const { config, findings } = read(
      `global_defs {\nenable_script_security 1\nvrrp_strict off\n}\n${vrrp('')}`,
    );
    expect(config.global.scriptSecurity).toBe(true);
    expect(config.instances[0]?.strict).toBe(true);
    expect(findings).toEqual([]);
  });
});

describe('scripts', () => {
  const track = (tracked = 's') => `track_script {\n${tracked}\n}`;
  const script = (line: string) => `vrrp_script s {\nscript ${line}\ninterval 3\n}\n`;
  const TRUE = script('/bin/true');

  it.each([
    ['"</dev/tcp/127.0.0.1/80"', ['</dev/tcp/127.0.0.1/80']],
    [`/bin/sh -c 'test "$(cat /x)" = 1'`, ['/bin/sh']],
    [`"/bin/sh -c 'echo \\"a b\\" # c'"`, ['/bin/sh', '-c', 'echo "a b" # c']],
    [`'/bin/sh -c "echo a  b"'`, ['/bin/sh', '-c', 'echo a  b']],
    [`"/bin/sh -c 'a {b}; c!'"`, ['/bin/sh', '-c', 'a {b}; c!']],
    ['"/bin/sh" -c x', ['/bin/sh']],
    ['/bin/sh\\ -c\\ x', ['/bin/sh', '-c', 'x']],
    ['"/bin/echo \\\\\\\\ \\x41 \\101"', ['/bin/echo', '\\', 'A', 'A']],
  ])('%s have these arguments', (line, argv) => {
    const { config, findings } = read(script(line) + vrrp(track()));
    expect(config.scripts.map(({ command }) => command.argv)).toEqual([argv]);
    expect(findings).toEqual([]);
  });

  it('with an unclosed quote do not exist', () => {
    const { config, instance, outcome } = read(script(`"/bin/sh -c 'a"`) + vrrp(track()));
    expect(config.scripts).toEqual([]);
    expect(instance?.tracks).toEqual([]);
    expect(outcome).toBe('runs');
  });

  it('defined after the block that tracks them are not tracked', () => {
    const { instance, findings, config } = read(vrrp(track()) + TRUE);
    expect(instance?.tracks).toEqual([]);
    expect(findings).toEqual(['5 warning: there is no script "s" to track: ignored']);
    expect(config.scripts).toHaveLength(1);
  });

  it.each([
    ['s weight 254', [253]],
    ['s weight -254', [-253]],
    ['s weight -300', [0]],
    ['s weight', []],
    ['s wait 5', []],
    ['s weight 5\ns weight 6', [5]],
  ])('tracked as "%s" have weight %j, with a warning', (lines, weights) => {
    const { instance, findings } = read(TRUE + vrrp(track(lines)));
    expect(instance?.tracks.map(({ weight }) => weight.value)).toEqual(weights);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain('warning: ');
  });

  it('keep their own weight if it is too large', () => {
    const heavy = TRUE.replace('interval 3', 'weight 300');
    const { instance, config } = read(heavy + vrrp(track()));
    expect(config.scripts[0]?.weight.value).toBe(300);
    expect(instance?.tracks[0]?.weight.value).toBe(300);
  });

  it('with weight 254 on interfaces count as 253, and once', () => {
    const { instance, findings } = read(vrrp('track_interface {\ne1 weight 254\ne1 weight 9\n}'));
    expect(instance?.trackInterfaces).toEqual([
      { interface: 'e1', weight: { value: 253, reverse: false } },
    ]);
    expect(findings).toEqual([
      '5 warning: the weight of e1 becomes 253',
      '6 warning: interface e1 is tracked already: ignored',
    ]);
  });
});

describe('duplicates', () => {
  it('of an instance and of a group are skipped', () => {
    const two = vrrp('priority 5') + vrrp('priority 6') + vrrp('', ADDRESS, 'B', 2);
    const group = (...names: string[]) =>
      `vrrp_sync_group G {\ngroup {\n${names.join('\n')}\n}\n}\n`;
    const { config, findings } = read(two + group('A', 'B') + group('B'));
    expect(config.instances.map(({ name, priority }) => [name, priority])).toEqual([
      ['A', 5],
      ['B', 100],
    ]);
    expect(config.syncGroups.map(({ members }) => members)).toEqual([['A', 'B']]);
    expect(findings).toEqual([
      '9 warning: there is a vrrp_instance "A" already: the block is skipped',
      '31 warning: there is a vrrp_sync_group "G" already: the block is skipped',
    ]);
  });

  it('of a script both run, and the first one is tracked', () => {
    const script = (weight: number) => `vrrp_script s {\nscript /bin/true\nweight ${weight}\n}\n`;
    const { config, instance } = read(script(3) + script(7) + vrrp('track_script {\ns\n}'));
    expect(config.scripts.map(({ weight }) => weight.value)).toEqual([3, 7]);
    expect(instance?.tracks.map(({ weight }) => weight.value)).toEqual([3]);
  });
});

describe('findings of the configuration corpus', () => {
  it('a member inherits notify_priority_changes from its group unless it sets its own', () => {
    const own = vrrp('notify_priority_changes false', ADDRESS, 'B', 2);
    const group = 'vrrp_sync_group G {\ngroup {\nA\nB\n}\nnotify_priority_changes true\n}\n';
    const { config } = read(`${vrrp('')}${own}${group}`);
    expect(config.instances.map(({ notify }) => notify.priorityChanges)).toEqual([true, false]);
  });

  it('a slash without a number is prefix length 0', () => {
    const { instance } = read(vrrp('', 'virtual_ipaddress {\n10.0.0.1/\n}'));
    expect(instance?.addresses).toEqual([{ address: '10.0.0.1', length: 0 }]);
  });

  it('the own weight 254 of a script stays', () => {
    const script = 'vrrp_script s {\nscript /bin/true\nweight 254\n}\n';
    const { instance } = read(`${script}${vrrp('track_script {\ns\n}')}`);
    expect(instance?.tracks[0]?.weight.value).toBe(254);
  });

  it('unicast is allowed in strict mode', () => {
    const { instance, outcome } = read(vrrp('strict_mode on\nunicast_peer {\n10.0.0.9\n}'));
    expect(outcome).toBe('runs');
    expect(instance?.unicast?.peers).toHaveLength(1);
  });
});
