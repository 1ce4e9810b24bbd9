import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const PORT = 1161;
const TRAP_PORT = 1162;
const VRRPV3 = '.1.3.6.1.2.1.207';
const VRRP = '.1.3.6.1.2.1.68';
const KEEPALIVED = '.1.3.6.1.4.1.9586.100.5';

let net: Network;
let runs = 0;
beforeEach(() => {
  net = new Network(`n${runs++}`);
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
});
afterEach(() => net.close());

const socket = (): string => join(net.folder, 'agentx');
const agent = (): Daemon => {
  const file = net.write(
    'snmpd.conf',
    `master agentx
agentXSocket ${socket()}
agentAddress udp:127.0.0.1:${PORT}
rocommunity public 127.0.0.1
trap2sink 127.0.0.1:${TRAP_PORT} public
`,
  );
  const pid = join(net.folder, 'snmpd.pid');
  const directory = `SNMP_PERSISTENT_DIR=${net.folder}`;
  return net.run('a', 'env', directory, 'snmpd', '-f', '-Lo', '-C', '-c', file, '-p', pid);
};
/** Every value below an object, as `OID value`, numbers throughout. */
const walk = (oid: string, program = 'snmpwalk'): string[] => {
  const options = ['-v2c', '-c', 'public', '-On', '-Oe', '-Ox', '-m', '', '-t', '5'];
  const { output } = net.ask('a', program, ...options, `udp:127.0.0.1:${PORT}`, oid);
  return output
    .split('\n')
    .filter((line) => line.includes(' = '))
    .map((line) => line.replace(' = ', ' ').trim());
};
const global = (more: string): string => `global_defs {
  router_id lb1
  snmp_socket unix:${socket()}
  ${more}
}\n`;
const owns = (story: () => string): Promise<void> =>
  becomes('a owns the address', () => net.addresses('a').includes(VIP), 15_000, story);
const registered = (a: Daemon): Promise<void> =>
  becomes('halabd is registered', () => a.output().includes('registered with the SNMP agent'));
const index = (): string => net.ask('a', 'cat', '/sys/class/net/lan/ifindex').output.trim();

describe('halabd under snmpd', () => {
  it('answers GetNext and GetBulk for VRRPV3-MIB, VRRP-MIB and KEEPALIVED-MIB', async () => {
    agent();
    const second = conf(120, '', '10.50.1.110/24', '1')
      .replaceAll('web', 'old')
      .replace('51', '52')
      .replace('version 3', 'version 2\n authentication { auth_type PASS\n auth_pass secret\n }');
    const text = `${global('enable_snmp_rfc\nenable_snmp_vrrp')}${conf(150)}${second}`;
    const a = net.halabd('a', net.write('a.conf', text));
    await owns(a.output);
    await registered(a);
    await becomes('both are Active', () => net.addresses('a').includes('10.50.1.110'));
    const row = `${index()}.51.1`;
    await becomes('it is reported', () =>
      walk(VRRPV3).includes(`${VRRPV3}.1.1.1.1.6.${row} INTEGER: 3`),
    );
    const v3 = walk(VRRPV3);
    expect(v3).toEqual(
      expect.arrayContaining([
        `${VRRPV3}.1.1.1.1.3.${row} Hex-STRING: 0A 32 01 0B`,
        `${VRRPV3}.1.1.1.1.5.${row} Hex-STRING: 00 00 5E 00 01 33`,
        `${VRRPV3}.1.1.1.1.7.${row} Gauge32: 150`,
        `${VRRPV3}.1.1.1.1.9.${row} INTEGER: 10`,
        `${VRRPV3}.1.1.2.1.2.${row}.4.10.50.1.100 INTEGER: 1`,
        `${VRRPV3}.1.2.1.0 Counter64: 0`,
        `${VRRPV3}.1.2.5.1.1.${row} Counter32: 1`,
        `${VRRPV3}.1.2.5.1.2.${row} INTEGER: 3`,
      ]),
    );
    const v2 = walk(VRRP);
    const old = `${index()}.52`;
    expect(v2).toEqual(
      expect.arrayContaining([
        `${VRRP}.1.1.0 INTEGER: 2`,
        `${VRRP}.1.3.1.3.${old} INTEGER: 3`,
        `${VRRP}.1.3.1.7.${old} IpAddress: 10.50.1.11`,
        `${VRRP}.1.3.1.9.${old} INTEGER: 2`,
        `${VRRP}.1.4.1.2.${old}.10.50.1.110 INTEGER: 1`,
        `${VRRP}.2.4.1.1.${old} Counter32: 1`,
      ]),
    );
    expect(v2.join('\n')).not.toContain(`.${index()}.51`);
    const own = walk(KEEPALIVED);
    expect(own).toEqual(
      expect.arrayContaining([
        `${KEEPALIVED}.1.2.0 Hex-STRING: 6C 62 31`,
        `${KEEPALIVED}.2.3.1.4.1 INTEGER: 2`,
        `${KEEPALIVED}.2.3.1.3.2 Gauge32: 52`,
      ]),
    );
    for (const [oid, lines] of [
      [VRRPV3, v3],
      [VRRP, v2],
      [KEEPALIVED, own],
    ] as const)
      expect(walk(oid, 'snmpbulkwalk').map(nameOf)).toEqual(lines.map(nameOf));
    const set = ['-v2c', '-c', 'public', `udp:127.0.0.1:${PORT}`, `${VRRPV3}.1.1.1.1.7.${row}`];
    expect(net.ask('a', 'snmpset', ...set, 'u', '7').output).toMatch(/Error in packet|noAccess/);
    expect(net.addresses('a')).toContain(VIP);
  });

  it('serves only the servers of KEEPALIVED-MIB with enable_snmp_checker', async () => {
    agent();
    const check = 'TCP_CHECK {\n connect_port 81\n delay_loop 1\n retry 0\n warmup 0\n }';
    const servers = `virtual_server 10.50.1.200 80 {
  protocol TCP
  real_server 10.50.1.12 80 {\n ${check}\n }\n real_server 10.50.1.13 80 {\n }\n}\n`;
    const text = `${global('enable_snmp_checker')}${servers}${conf(150)}`;
    const a = net.halabd('a', net.write('a.conf', text));
    await owns(a.output);
    await registered(a);
    const dead = `${KEEPALIVED}.3.4.1.6.1.1 INTEGER: 2`;
    await becomes('the first is down', () => walk(KEEPALIVED).includes(dead), 15_000, a.output);
    const rows = walk(KEEPALIVED);
    expect(rows).toEqual(
      expect.arrayContaining([
        `${KEEPALIVED}.1.2.0 Hex-STRING: 6C 62 31`,
        `${KEEPALIVED}.3.3.1.6.1 Hex-STRING: 0A 32 01 C8`,
        `${KEEPALIVED}.3.3.1.21.1 Gauge32: 1`,
        `${KEEPALIVED}.3.4.1.6.1.2 INTEGER: 1`,
      ]),
    );
    expect(rows.filter((line) => line.startsWith(`${KEEPALIVED}.2.`))).toEqual([]);
  });

  it('sends notifications: a new Active, a protocol error, a bad password', async () => {
    const traps = sniff();
    await becomes('tcpdump listens', () => traps().includes('listening'));
    agent();
    const text = (password: string) =>
      conf(100, '', `${VIP}/24`, '1').replace(
        'version 3',
        `version 2\n authentication { auth_type PASS\n auth_pass ${password}\n }`,
      );
    const on = global('enable_snmp_rfc\nenable_snmp_vrrp\nenable_traps');
    const a = net.halabd('a', net.write('a.conf', on + text('right')));
    await registered(a);
    await owns(a.output);
    await becomes('vrrpTrapNewMaster', () => traps().includes('.68.0.1'), 15_000, traps);
    await becomes('vrrpv3NewMaster', () => traps().includes('.207.0.1'), 15_000, traps);
    await becomes('vrrpInstanceStateChange', () => traps().includes('.9586.100.5.2.10.0.2'));
    net.halabd('b', net.write('b.conf', text('wrong').replace('priority 100', 'priority 200')));
    await becomes('vrrpTrapAuthFailure', () => traps().includes('.68.0.2'), 15_000, traps);
    net.halabd(
      'b',
      net.write('c.conf', conf(90, '', '10.50.1.130/24').replaceAll('web', 'x').replace('51', '9')),
    );
    await becomes('vrrpv3ProtoError', () => traps().includes('.207.0.2'), 15_000, traps);
  });

  it('serves every MIB with -x', async () => {
    agent();
    const program = [process.execPath, join(ROOT, 'dist/halabd.js'), '-n', '-l', '-f'];
    const file = net.write('a.conf', conf(150));
    const a = net.run('a', 'env', ...program, file, '-x', '-A', socket());
    await registered(a);
    for (const oid of [VRRPV3, VRRP, KEEPALIVED])
      await becomes(oid, () => walk(oid).length > 2, 15_000, a.output);
  });

  it('reconnects to the agent; one line is logged without it', async () => {
    const program = [process.execPath, join(ROOT, 'dist/halabd.js'), '-n', '-l', '-f'];
    const text = global('').replace(/snmp_socket.*/, 'enable_snmp_rfcv3');
    const file = net.write('a.conf', text + conf(150));
    const a = net.run('a', 'env', ...program, file, '-A', `unix:${socket()}`);
    await owns(a.output);
    expect(a.output().match(/the SNMP agent is not there/g)).toHaveLength(1);
    agent();
    await registered(a);
    net.write('a.conf', conf(150));
    a.child.kill('SIGHUP');
    await becomes('it is served no longer', () => walk(`${VRRPV3}.1`).length <= 1);
    a.child.kill('SIGTERM');
    expect(await a.exit).toBe(0);
  });
});

function nameOf(line: string): string {
  return line.split(' ')[0] ?? '';
}

/** The notifications of the agent in tcpdump. */
function sniff(): () => string {
  const filter = `udp port ${TRAP_PORT}`;
  const args = [
    'netns',
    'exec',
    net.namespace('a'),
    'tcpdump',
    '-i',
    'lo',
    '-l',
    '-nn',
    '-T',
    'snmp',
  ];
  const child = spawn('ip', [...args, '-s', '0', filter], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}
