/** The children keep only the capabilities that they need, in every thread, and still work. */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const SERVERS = `virtual_server ${VIP} 80 {
  delay_loop 1
  protocol TCP
  lvs_method NAT
  real_server 10.50.1.99 80 {
    SSL_GET {
 connect_port 4
 connect_timeout 0.3
 url {
 path /
 }
 }
  }
}
`;
const [BIND, ADMIN, RAW, LOCK, NICE] = [10, 12, 13, 14, 23].map((bit) => 1n << BigInt(bit)) as [
  bigint,
  bigint,
  bigint,
  bigint,
  bigint,
];
const NETWORK = ADMIN | RAW;
const NOBODY = 65534;

let net: Network;
let runs = 0;
beforeEach(() => {
  net = new Network(`c${runs++}`);
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const owns = (daemon: Daemon): Promise<void> =>
  becomes('a owns the address', () => net.addresses('a').includes(VIP), 15_000, daemon.output);
const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has ended
  }
};
const processes = (role: string): number[] =>
  net.pids('a').filter((pid) => read(`/proc/${pid}/cmdline`).includes(`${role}-child`));
const child = async (role: string, daemon: Daemon): Promise<number> => {
  await becomes(`a ${role} child`, () => processes(role).length === 1, 10_000, daemon.output);
  return processes(role)[0] ?? 0;
};

/** The capabilities of the threads of a process: one line for each distinct set. */
function capabilities(pid: number): string[] {
  const lines = readdirSync(`/proc/${pid}/task`).map((task) => {
    const status = read(`/proc/${pid}/task/${task}/status`);
    const of = (key: string): string =>
      new RegExp(`^${key}:\\s*(\\w+)`, 'm').exec(status)?.[1] ?? '';
    return ['CapEff', 'CapPrm', 'CapBnd', 'CapInh', 'CapAmb', 'NoNewPrivs'].map(of).join(' ');
  });
  return [...new Set(lines)];
}

const hex = (mask: bigint): string => mask.toString(16).padStart(16, '0');
const only = (mask: bigint): string[] => [
  `${hex(mask)} ${hex(mask)} ${hex(mask)} ${hex(0n)} ${hex(0n)} 1`,
];

describe('capabilities of every thread', () => {
  it('of the vrrp and check child are those for the network, also in a new thread', async () => {
    const a = net.halabd('a', net.write('a.conf', conf(150, 'use_vmac') + SERVERS));
    await owns(a);
    const before = await child('vrrp', a);
    expect(capabilities(before)).toEqual(only(NETWORK));
    expect(capabilities(await child('check', a))).toEqual(only(NETWORK | BIND));
    expect(capabilities(a.child.pid ?? 0)).not.toEqual(only(NETWORK));
    for (const role of ['vrrp', 'check']) net.kill('a', `${role}-child`);
    await becomes('a new vrrp child', () => !processes('vrrp').includes(before));
    await owns(a);
    expect(capabilities(await child('vrrp', a))).toEqual(only(NETWORK));
    expect(capabilities(await child('check', a))).toEqual(only(NETWORK | BIND));
    expect(a.output()).not.toContain('DAC_READ_SEARCH');
  });

  it.each([
    ['vrrp_no_swap', NETWORK | LOCK, NETWORK | BIND],
    ['checker_rt_priority 3', NETWORK, NETWORK | BIND | NICE],
    ['vrrp_priority -5', NETWORK | NICE, NETWORK | BIND],
    ['process_priority 5', NETWORK | NICE, NETWORK | BIND | NICE],
    ['max_auto_priority 2', NETWORK | NICE, NETWORK | BIND | NICE],
  ])('a child keeps the capabilities that %s needs', async (option, vrrp, check) => {
    const a = net.halabd(
      'a',
      net.write('a.conf', `global_defs {\n${option}\n}\n${conf(150)}${SERVERS}`),
    );
    await owns(a);
    expect(capabilities(await child('vrrp', a))).toEqual(only(vrrp));
    expect(capabilities(await child('check', a))).toEqual(only(check));
  });
});

it('a capability that a reload needs and the child dropped is logged, and the next child has it', async () => {
  const a = net.halabd('a', net.write('a.conf', conf(150)));
  await owns(a);
  const before = await child('vrrp', a);
  net.write('a.conf', `global_defs {\nvrrp_priority -5\n}\n${conf(150)}`);
  a.child.kill('SIGHUP');
  const message = 'the vrrp child gave SYS_NICE up: that waits for its next start';
  await becomes('it says so', () => a.output().includes(message), 5_000, a.output);
  net.kill('a', 'vrrp-child');
  await becomes('a new vrrp child', () => !processes('vrrp').includes(before));
  await owns(a);
  expect(capabilities(await child('vrrp', a))).toEqual(only(NETWORK | NICE));
});

it('without SETPCAP the bounding set stays, and no started program gets more', async () => {
  const poor = ['setpriv', '--bounding-set', '-all,+net_admin,+net_raw,+chown'];
  const a = net.halabd('a', net.write('a.conf', conf(150)), poor);
  await owns(a);
  const [line = '', ...others] = capabilities(await child('vrrp', a));
  expect(others).toEqual([]);
  expect(line).toBe(`${hex(NETWORK)} ${hex(NETWORK)} ${hex(NETWORK | 1n)} ${hex(0n)} ${hex(0n)} 1`);
});

it('a daemon without root passes on its capabilities', async () => {
  chmodSync(net.folder, 0o777);
  const sets = ['--inh-caps', '+net_admin,+net_raw', '--ambient-caps', '+net_admin,+net_raw'];
  const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', ...sets];
  const a = net.halabd('a', net.write('a.conf', conf(150)), user);
  await owns(a);
  const [line = ''] = capabilities(await child('vrrp', a));
  expect(line.split(' ').slice(0, 2)).toEqual([hex(NETWORK), hex(NETWORK)]);
});

describe('files that only root may read because of its capabilities', () => {
  /** In a folder of another user that is closed to all others. */
  function closed(name: string, text: string): string {
    mkdirSync(join(net.folder, 'closed'), { recursive: true });
    const file = net.write(`closed/${name}`, text);
    for (const [path, mode] of [
      [file, 0o600],
      [join(net.folder, 'closed'), 0o700],
    ] as const) {
      chownSync(path, NOBODY, NOBODY);
      chmodSync(path, mode);
    }
    return file;
  }

  it('are read and written at the start, at a reload and for a new child', async () => {
    const file = closed('a.conf', '');
    const [log, events, key] = ['log', 'events', 'key'].map((name) => closed(name, '')) as [
      string,
      string,
      string,
    ];
    closed('more.conf', conf(150));
    const text = `include more.conf\nSSL {\n ca ${key}\n}\ntrack_file t {\n file ${closed('t', '0')}\n}\n${SERVERS}`;
    closed('a.conf', text);
    const a = net.halabd('a', file, [], ['-g', log, '--events', events]);
    await owns(a);
    const textOf = (path: string): string => readFileSync(path, 'utf8');
    // The parent writes both files a moment after its child has added the address.
    await becomes(
      'both files say so',
      () =>
        textOf(log).includes('halabd_vrrp: web: BACKUP -> MASTER') &&
        textOf(log).includes('halabd_check: ') &&
        textOf(events).includes('"state":"MASTER"'),
      10_000,
      () => textOf(log),
    );
    closed('more.conf', conf(150, '', `${VIP}/24 10.50.1.101/24`));
    a.child.kill('SIGHUP');
    await becomes('it was reloaded', () => net.addresses('a').includes('10.50.1.101'));
    const before = await child('vrrp', a);
    net.kill('a', 'vrrp-child');
    await becomes('a new child', () => !processes('vrrp').includes(before));
    await child('vrrp', a);
    await becomes('it writes', () => textOf(log).split('web: INIT').length > 2, 10_000, a.output);
    await owns(a);
    expect(a.output()).not.toMatch(/EACCES|EPERM/);
  });
});

it('a script runs as its user, and as root with all capabilities of root', async () => {
  const seen = join(net.folder, 'seen');
  const script = net.write(
    'notify.sh',
    `#!/bin/sh\nid -u >> ${seen}\ngrep CapEff /proc/self/status >> ${seen}\n`,
  );
  chmodSync(script, 0o755);
  net.write('seen', '');
  const a = net.halabd('a', net.write('a.conf', conf(150, `notify_master "${script}" root`)));
  await owns(a);
  await becomes('the script ran', () => readFileSync(seen, 'utf8').includes('CapEff'));
  const [user, powerLine = ''] = readFileSync(seen, 'utf8').split('\n');
  expect(user).toBe('0');
  const own = /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  expect(powerLine).toContain(own);
});
