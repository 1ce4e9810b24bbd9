/** The lab runs the user's keepalived.conf and judges by it; where YAML contradicts it, both places are shown. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downIntervalOf, protocolTimes } from '../../src/assert/protocol-times.ts';
import { SourceError } from '../../src/errors.ts';
import { planOf } from '../../src/lab/plan.ts';
import { loadScenario } from '../../src/scenario/scenario-file.ts';
import type { Topology } from '../../src/topology/topology.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-own-'));
  mkdirSync(join(folder, '.git'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function conf(priority: number, more: Record<string, string> = {}, name = 'VI_EXT'): string {
  const keywords = {
    state: 'BACKUP',
    interface: 'eth0.10',
    virtual_router_id: '51',
    priority: String(priority),
    advert_int: '2',
    virtual_ipaddress: '{\n    10.0.0.100\n  }',
    ...more,
  };
  const lines = Object.entries(keywords).map(([key, value]) => `  ${key} ${value}\n`);
  return `vrrp_instance ${name} {\n${lines.join('')}}\n`;
}

interface Files {
  readonly lb1?: string;
  readonly lb2?: string;
  readonly routers?: string;
  readonly engine?: string;
  readonly steps?: string;
  readonly rest?: string;
  readonly extra?: Readonly<Record<string, string>>;
}

const STEPS = '- { name: Wait, wait: 1s }';

function write({
  lb1 = conf(150),
  lb2 = conf(120),
  routers = '',
  engine = 'keepalived',
  steps = STEPS,
  rest = '',
  extra = {},
}: Files): string {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put('lb1.conf', lb1);
  put('lb2.conf', lb2);
  for (const [path, text] of Object.entries(extra)) put(path, text);
  const node = (i: number): string =>
    `  lb${i}: { role: router, engine: ${engine}, config: ./lb${i}.conf, attach: { eth0.10: 10.0.0.${i} } }`;
  put(
    't.yaml',
    `version: 1
name: own
networks: { eth0.10: { subnet: 10.0.0.0/24 } }
nodes:
${node(1)}
${node(2)}
  client: { role: client, attach: { eth0.10: 10.0.0.9 } }
${routers}
probes: { vip: { from: client, to: 10.0.0.100 } }
`,
  );
  put('s.yaml', `version: 1\nname: own\ntopology: t.yaml\nsteps:\n  ${steps}\n${rest}`);
  return join(folder, 's.yaml');
}

function load(files: Files): { topology: Topology; warnings: string[] } {
  const { scenarios, warnings } = loadScenario(write(files));
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error('one cell');
  return { topology: scenario.topology, warnings: warnings.map(place) };
}

function place(finding: { file: string; line: number; column: number; message: string }): string {
  return `${finding.file}:${finding.line}:${finding.column} ${finding.message}`.replaceAll(
    `${folder}/`,
    '',
  );
}

function problems(files: Files): string[] {
  try {
    loadScenario(write(files));
    return [];
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.issues.filter(({ severity }) => severity === 'error').map(place);
  }
}

const ROUTER = (inner: string, name = 'VI_EXT'): string =>
  `virtual_routers:\n  ${name}:\n    ${inner}`;

describe('a value that YAML omits', () => {
  it('is taken from the files, including the virtual routers', () => {
    const { topology } = load({ lb2: conf(120, { nopreempt: '', preempt_delay: '0' }) });
    expect(topology.virtualRouters).toEqual([
      expect.objectContaining({
        name: 'VI_EXT',
        vrid: 51,
        version: 2,
        network: 'eth0.10',
        addresses: [{ address: '10.0.0.100', length: 32 }],
        advertInterval: 2_000_000,
        members: [
          expect.objectContaining({ node: 'lb1', priority: 150, preempt: true }),
          expect.objectContaining({ node: 'lb2', priority: 120, preempt: false }),
        ],
      }),
    ]);
    const [router] = topology.virtualRouters;
    if (router === undefined) throw new Error('there is one');
    // 3 x 2 s and the skew of priority 120 in version 2.
    expect(protocolTimes(router).mdi).toBe(6_531_250);
  });

  it('may be any: names, vrid, members', () => {
    for (const routers of [
      ROUTER('{}'),
      ROUTER('vrid: 51', 'web'),
      ROUTER('addresses: [10.0.0.100/24]', 'web'),
      ROUTER('members: { lb1: {}, lb2: {} }', 'web'),
    ]) {
      const [router] = load({ routers }).topology.virtualRouters;
      expect(router).toMatchObject({
        vrid: 51,
        version: 2,
        members: [
          { node: 'lb1', priority: 150, instance: 'VI_EXT' },
          { node: 'lb2', priority: 120, instance: 'VI_EXT' },
        ],
      });
    }
  });

  it('may differ between members if the files do', () => {
    const lb2 = conf(120, {
      advert_int: '3',
      virtual_ipaddress: '{\n 10.0.0.100\n 10.0.0.101\n }',
    });
    const [router] = load({ lb2 }).topology.virtualRouters;
    expect(router?.advertInterval).toBe(2_000_000);
    expect(router?.members[0]).toMatchObject({ advertInterval: undefined, addresses: undefined });
    expect(router?.members[1]).toMatchObject({
      advertInterval: 3_000_000,
      addresses: [{ address: '10.0.0.100' }, { address: '10.0.0.101' }],
    });
  });

  it('is a down interval of as many adverts as the file says', () => {
    const [router] = load({
      lb1: conf(150, { down_timer_adverts: '5' }),
      lb2: conf(120, { down_timer_adverts: '5' }),
    }).topology.virtualRouters;
    if (router === undefined) throw new Error('there is one');
    expect(downIntervalOf(router, 120, router.advertInterval)).toBe(10_531_250);
  });

  it('is the way of sending', () => {
    const peers = (i: number): Record<string, string> => ({
      unicast_src_ip: `10.0.0.${3 - i}`,
      unicast_peer: `{\n    10.0.0.${i}\n  }`,
      authentication: '{\n    auth_type PASS\n    auth_pass secret\n  }',
    });
    const [router] = load({ lb1: conf(150, peers(2)), lb2: conf(120, peers(1)) }).topology
      .virtualRouters;
    expect(router).toMatchObject({
      unicast: true,
      useVmac: undefined,
      authentication: { type: 'PASS', password: 'secret' },
      members: [{ unicastPeers: ['10.0.0.2'] }, { unicastPeers: ['10.0.0.1'] }],
    });
  });

  it('is a script, which no fault of the lab controls', () => {
    const script =
      'vrrp_script chk_haproxy {\n  script "/usr/bin/killall -0 haproxy"\n  interval 2\n}\n';
    const track = { track_script: '{\n    chk_haproxy weight -20\n  }' };
    const files = { lb1: script + conf(150, track), lb2: script + conf(120, track) };
    expect(load(files).topology.virtualRouters[0]?.track).toEqual([
      {
        name: 'chk_haproxy',
        isOwn: true,
        service: undefined,
        every: 2_000_000,
        timeout: 2_000_000,
        rise: 1,
        fall: 1,
        weight: -20,
      },
    ]);
    const steps =
      '- { name: Fail, fault: check-script.fail, target: node(lb1), with: { script: chk_haproxy } }';
    expect(problems({ ...files, steps })).toEqual([
      expect.stringMatching(/^s\.yaml:5:\d+ .*chk_haproxy/),
    ]);
  });
});

describe('a contradiction', () => {
  it.each([
    ['vrid: 99', 'vrid 99 contradicts lb1.conf:4:3, which says virtual_router_id 51', 7],
    ['protocol: vrrp3', 'protocol vrrp3 contradicts lb1.conf:1:1, which says version 2', 7],
    [
      'advert_interval: 1s',
      'advert_interval 1 s contradicts lb1.conf:6:3, which says advert_int 2 s',
      7,
    ],
    [
      'preempt: false',
      'preempt false contradicts lb1.conf:1:1, which says nothing of nopreempt',
      7,
    ],
    [
      'addresses: [10.0.0.7/24]',
      'addresses 10.0.0.7/24 contradicts lb1.conf:7:3, which says virtual_ipaddress 10.0.0.100/32',
      7,
    ],
    ['use_vmac: true', 'use_vmac true contradicts lb1.conf:1:1, which says nothing of use_vmac', 7],
    [
      'unicast: true',
      'unicast true contradicts lb1.conf:1:1, which says nothing of unicast_peer',
      7,
    ],
    [
      'authentication: { type: pass, password: x }',
      'authentication pass with a secret of its own contradicts lb1.conf:1:1, which says nothing of authentication',
      7,
    ],
  ])('of %s shows both places', (inner, message) => {
    const found = problems({ routers: ROUTER(inner) });
    expect(found).toContainEqual(expect.stringContaining(message));
    expect(found.every((text) => /^t\.yaml:\d+:\d+ /.test(text))).toBe(true);
  });

  it('of a member shows both places, and all are reported at once', () => {
    const routers = ROUTER(
      'members: { lb1: { priority: 100, accept: false }, lb2: { priority: 254, preempt_delay: 5s } }',
    );
    expect(problems({ routers })).toEqual([
      't.yaml:10:33 priority 100 contradicts lb1.conf:5:3, which says priority 150: the file is what runs',
      't.yaml:10:46 accept false contradicts lb1.conf:1:1, which says nothing of no_accept: the file is what runs',
      't.yaml:10:72 priority 254 contradicts lb2.conf:5:3, which says priority 120: the file is what runs',
      't.yaml:10:92 preempt_delay 5 s contradicts lb2.conf:1:1, which says preempt_delay 0 us: the file is what runs',
    ]);
  });

  it('of several values is reported: vrid 99 and 100/254 in YAML, 51 and 150/120 in the file', () => {
    const routers = ROUTER(
      'vrid: 99\n    network: eth0.10\n    addresses: [10.0.0.100/24]\n    members: { lb1: { priority: 100 }, lb2: { priority: 254 } }',
      'web',
    );
    expect(problems({ routers })).toEqual([
      expect.stringContaining('vrid 99 contradicts lb1.conf:4:3'),
      expect.stringContaining('vrid 99 contradicts lb2.conf:4:3'),
      expect.stringContaining('priority 100 contradicts lb1.conf:5:3'),
      expect.stringContaining('priority 254 contradicts lb2.conf:5:3'),
    ]);
  });

  it('between two files in a value that identifies the virtual router is an error', () => {
    const found = problems({ lb2: conf(120, { virtual_router_id: '52' }), routers: ROUTER('{}') });
    expect(found).toEqual([
      expect.stringMatching(/^lb2\.conf:4:3 virtual_router_id is 52 here, and 51 of lb1\.conf:4:3/),
    ]);
  });

  it('exists if the file of a member has no instance for it', () => {
    const other = conf(
      120,
      { interface: 'eth9', virtual_router_id: '7', virtual_ipaddress: '{\n 10.9.0.1\n }' },
      'B',
    );
    const routers = ROUTER('members: { lb1: {}, lb2: {} }');
    expect(problems({ lb2: other, routers })).toEqual([
      expect.stringMatching(
        /^t\.yaml:10:25 "lb2" is a member of "VI_EXT", but its file lb2\.conf:1:1/,
      ),
    ]);
  });

  it('in a script shows its weight', () => {
    const script = 'vrrp_script chk {\n  script "/usr/bin/true"\n}\n';
    const track = { track_script: '{\n    chk weight -20\n  }' };
    const routers = ROUTER('track: { chk: { weight: -60 } }');
    expect(
      problems({ lb1: script + conf(150, track), lb2: script + conf(120, track), routers }),
    ).toEqual([
      expect.stringContaining('weight -60 contradicts lb1.conf:1:1, which says -20'),
      expect.stringContaining('weight -60 contradicts lb2.conf:1:1, which says -20'),
    ]);
  });
});

describe('a file', () => {
  it('that is garbage is an error at its first line', () => {
    for (const lb1 of ['garbage here\nmore { stuff', '', '\u0000\u0001\u0002', '<html></html>'])
      expect(problems({ lb1 })).toContainEqual(
        expect.stringMatching(/^lb1\.conf:1:1 this keepalived\.conf has no vrrp_instance/),
      );
  });

  it.each(['keepalived', 'halab'])('that %s accepts with warnings is not refused', (engine) => {
    const lb1 = conf(150, { frobnicate: 'yes' });
    expect(load({ lb1, engine }).warnings).toContainEqual(
      expect.stringContaining('lb1.conf:10:3 unknown keyword "frobnicate"'),
    );
  });

  it('may contain what YAML may not: that is a warning at its place', () => {
    const twice = { virtual_ipaddress: '{\n    10.0.0.100\n    10.0.0.9/24\n  }' };
    const { warnings } = load({
      lb1: conf(150, twice),
      lb2: conf(120, twice),
      routers: ROUTER('{}'),
    } as Files & { rest: string });
    expect(warnings).toContainEqual(
      expect.stringMatching(/^lb1\.conf:7:3 10\.0\.0\.9 is the address of "client"/),
    );
  });

  it('brings its included files into the node, relative and absolute ones', () => {
    const shared = join(folder, 'shared.conf');
    const lb1 = `include conf.d/*.conf\ninclude ${shared}\n`;
    const { topology } = load({
      lb1,
      extra: {
        'conf.d/a.conf': conf(150),
        'conf.d/b.conf': 'include deeper/c.conf\n',
        'conf.d/deeper/c.conf': 'global_defs { router_id c }\n',
        'shared.conf': 'vrrp_script x { script /usr/bin/true }\n',
      },
    });
    const plan = planOf(topology, {
      runId: 'x',
      seed: 1,
      progress: () => {},
      onEvent: () => {},
      onFrame: () => {},
      onFrameSource: () => {},
    });
    const files = plan.nodes[0]?.router?.files ?? [];
    expect(files.map(({ path }) => path).sort()).toEqual(
      [
        '/etc/keepalived/conf.d/a.conf',
        '/etc/keepalived/conf.d/b.conf',
        '/etc/keepalived/conf.d/deeper/c.conf',
        '/etc/keepalived/halab.conf',
        '/etc/keepalived/keepalived.conf',
        shared,
      ].sort(),
    );
    expect(topology.virtualRouters[0]?.members[0]).toMatchObject({ node: 'lb1', priority: 150 });
  });

  it('cannot include a file outside the project', () => {
    const found = problems({ lb1: `include /etc/hostname\n${conf(150)}` });
    expect(found).toEqual([
      expect.stringMatching(/^lb1\.conf:1:9 \/etc\/hostname is outside the project's folder/),
    ]);
  });

  it('warns of scripts that the node lacks', () => {
    const lb1 = conf(150, { notify: '/etc/keepalived/notify.sh', notify_master: '"/bin/true x"' });
    expect(load({ lb1 }).warnings).toEqual([
      'lb1.conf:10:3 notify: /etc/keepalived/notify.sh is not in the node: nobody is notified',
    ]);
  });

  it('cannot get another priority from a fault: a run could not write it', () => {
    const steps =
      '- { name: Reload, fault: process.reload, target: node(lb1), with: { priority: 7 } }';
    expect(problems({ steps })).toEqual([
      expect.stringMatching(/^s\.yaml:5:\d+ .*"lb1".*configuration.*own/),
    ]);
  });
});
