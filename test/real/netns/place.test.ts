import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, Network, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
const BIN = join(ROOT, 'dist/halabd.js');
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`q${runs++}`);
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const owns = (story: () => string): Promise<void> =>
  becomes('a owns the address', () => net.addresses('a').includes(VIP), 15_000, story);
const daemon = (text: string, ...more: string[]) =>
  net.run('a', process.execPath, BIN, '-f', net.write('a.conf', text), '-n', '-l', '-G', ...more);

describe('-s and net_namespace', () => {
  it.each([
    ['-s', (ns: string) => ({ text: conf(150), args: ['-s', ns] })],
    ['net_namespace', (ns: string) => ({ text: `net_namespace ${ns}\n${conf(150)}`, args: [] })],
  ])(
    '%s runs the daemon in the namespace: the same process, its own /run/keepalived',
    async (_name, how) => {
      const namespace = net.namespace('a');
      const { text, args } = how(namespace);
      const file = net.write('a.conf', text);
      const child = spawn(process.execPath, [BIN, '-f', file, '-n', '-l', '-G', ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const folder = `/run/keepalived/keepalived_${namespace}`;
      try {
        await owns(() => output);
        expect(net.pids('a')).toContain(child.pid);
        expect(readdirSync(folder).sort()).toEqual(['keepalived.pid', 'vrrp.pid']);
        expect(Number(readFileSync(join(folder, 'keepalived.pid'), 'utf8'))).toBe(child.pid);
        // The address is installed before the line arrives through the pipe.
        const line = `halabd_vrrp_${namespace}: web: BACKUP -> MASTER`;
        await becomes(
          'the log says so',
          () => output.includes(line),
          5_000,
          () => output,
        );
        const asked = spawnSync(process.execPath, [BIN, '-s', namespace, 'status'], {
          encoding: 'utf8',
        });
        expect(asked.stdout).toContain('web: MASTER');
        net.write('a.conf', text.replace('priority 150', 'priority 140'));
        child.kill('SIGHUP');
        await becomes('it was reloaded', () => output.includes('reloaded'));
        child.kill('SIGTERM');
        expect(await ended).toBe(0);
        expect(net.addresses('a')).not.toContain(VIP);
        expect(readdirSync(folder)).toEqual([]);
      } finally {
        child.kill('SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it('that does not exist is an error with exit code 4', () => {
    const run = spawnSync(
      process.execPath,
      [BIN, '-f', net.write('a.conf', conf(150)), '-n', '-s', 'halab-none'],
      { encoding: 'utf8' },
    );
    expect(run.status).toBe(4);
    expect(run.stderr).toContain('halab-none cannot be entered: there is no such namespace');
  });
});

it('instance names the pid files, the status and the log', async () => {
  const name = net.namespace('a');
  const a = daemon(`instance ${name}\n${conf(150)}`);
  await owns(a.output);
  const path = `/run/keepalived/keepalived_${name}.pid`;
  expect(Number(readFileSync(path, 'utf8'))).toBe(a.child.pid);
  expect(a.output()).toContain(`halabd_vrrp_${name}: web: `);
  const status = net.ask('a', process.execPath, BIN, 'status', '--instance', name);
  expect(status.output).toContain('web: MASTER');
  a.child.kill('SIGTERM');
  await a.exit;
  expect(existsSync(path)).toBe(false);
});

it('-R ends the daemon when its child dies; the next daemon takes the address over', async () => {
  const a = daemon(conf(150), '-R');
  await owns(a.output);
  net.kill('a', 'vrrp-child');
  expect(await a.exit).toBe(1);
  expect(net.pids('a')).toEqual([]);
});

it('-V leaves the address in place', async () => {
  await net.capture();
  const a = daemon(conf(150), '-V');
  await owns(a.output);
  a.child.kill('SIGTERM');
  expect(await a.exit).toBe(0);
  expect(net.addresses('a')).toContain(VIP);
  expect(net.seen.filter(({ text }) => text.includes('prio 0'))).toEqual([]);
});

it('options of keepalived without effect are logged; -C alone has nothing to run', async () => {
  const a = daemon(conf(150), '-B', '-m', '--bfd_pid', '/tmp/none', '--vrrp_pid=/dev/null/x');
  await owns(a.output);
  expect(a.output()).toContain('option -b, --bfd-pid is ignored: halabd has no BFD');
  expect(a.output()).toContain('option -m, --core-dump is ignored');
  expect(a.output()).not.toContain('no-bfd');
  expect(a.output()).toContain('the pid file cannot be written');
  const check = daemon(conf(150), '-C');
  expect(await check.exit).toBe(2);
  expect(check.output()).toContain('-C: there is no virtual_server');
});
