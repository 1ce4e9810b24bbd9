/** The lab on the kernel with ip_vs: the same scenarios, with keepalived as the balancers. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { halab } from '../../support/ask.ts';

const SOCKET = 'unix:///run/halab-docker.sock';
const env = { DOCKER_HOST: SOCKET };
let daemon: ChildProcess;
let folder: string;

/** A Docker daemon inside the guest, on temporary storage; labs do not need its networking. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'halab-ipvs-'));
  execFileSync('sh', ['-c', '$(cat /proc/sys/kernel/modprobe) -a ip_vs overlay']);
  mkdirSync('/run/halab-docker', { recursive: true });
  spawnSync('mount', ['-t', 'cgroup2', 'none', '/sys/fs/cgroup']);
  const quiet = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const places = ['--data-root', '/run/halab-docker/data', '--exec-root', '/run/halab-docker/exec'];
  daemon = spawn(
    'dockerd',
    ['-H', SOCKET, '-p', '/run/halab-docker/pid', '-s', 'overlay2', ...places, ...quiet],
    { stdio: 'ignore' },
  );
  for (let tries = 0; tries < 60; tries++) {
    if (spawnSync('docker', ['version'], { env: { ...process.env, ...env } }).status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  throw new Error('dockerd does not answer in the guest');
}, 90_000);

afterAll(() => {
  daemon.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** Settings for a guest with one slow processor: fewer adverts and probes, and more time for an answer. */
const CALM = [
  'virtual_routers.web.advert_interval=1s',
  'virtual_routers.inside.advert_interval=1s',
  'virtual_servers.http.check.timeout=1s',
  'virtual_servers.alt.check.timeout=1s',
  'probes.vip-http.every=190ms',
].flatMap((setting) => ['--set', setting]);
/** No Backup and no unused probes: these scenarios do not need them. */
const LEFT_OUT = [
  ['nodes', 'gw2'],
  ['virtual_routers', 'web', 'members', 'gw2'],
  ['virtual_routers', 'inside', 'members', 'gw2'],
  ['nodes', 'witness'],
  ['probes', 'noise'],
  ['probes', 'vip-udp'],
];
/** Without the sorry server if a scenario does not use it. */
const SORRY = [
  ['nodes', 'web3'],
  ['virtual_servers', 'http', 'sorry'],
];

function verdict(scenario: string): { status: number | null; output: string } {
  const text = readFileSync(`scenarios/${scenario}.yaml`, 'utf8');
  const topology = parseDocument(readFileSync('topologies/load-balancer.yaml', 'utf8'));
  const left = text.includes('web3') ? LEFT_OUT : [...LEFT_OUT, ...SORRY];
  for (const path of left) topology.deleteIn(path);
  for (const name of ['scenarios', 'topologies'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'topologies/load-balancer.yaml'), String(topology));
  const file = join(folder, `scenarios/${scenario}.yaml`);
  // keepalived reacts within 1 to 2 s here, and may wait longer for the processor.
  writeFileSync(file, text.replaceAll('within: 3s', 'within: 10s'));
  const where = ['--backend', 'docker', '--output-dir', folder, '--allow-path', folder];
  // An agent without the processor for half a second reports it, and the run is inconclusive.
  return halab(['run', file, '--engine', 'keepalived', ...where, ...CALM], env, 5);
}

it.each(['http-500', 'all-servers-down', 'flapping-service'])(
  '%s passes with keepalived, balanced by ip_vs',
  (scenario) => {
    const { status, output } = verdict(scenario);
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/SKIPPED/);
    expect(output).toMatch(/PASS {2}1 passed/);
  },
  1_500_000,
);
