/** The lab on the kernel with ip_vs: the same scenarios, with keepalived as the balancers. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Document, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { halab } from '../../support/ask.ts';

const SOCKET = 'unix:///run/halab-docker.sock';
const env = { DOCKER_HOST: SOCKET };
/** Images of the machine that runs the guest (in-uml.mjs), which need not be made here. */
const IMAGES = process.env.HALAB_GUEST_IMAGES;
const docker = (...args: string[]) =>
  spawnSync('docker', args, { env: { ...process.env, ...env } });
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
    if (docker('version').status === 0) {
      if (IMAGES !== undefined) expect(docker('load', '--input', IMAGES).status).toBe(0);
      return;
    }
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
/** Each ends as it began, so they run one after the other in one lab: a lab takes half a minute here. */
const SCENARIOS = ['http-500', 'all-servers-down', 'flapping-service'];

function combined(): string {
  const files = SCENARIOS.map((name) =>
    parseDocument(readFileSync(`scenarios/${name}.yaml`, 'utf8')),
  );
  const whole = files.at(-1) as Document<YAMLMap>;
  whole.setIn(['timeout'], '300s');
  whole.setIn(
    ['steps'],
    files.flatMap((file) => (file.getIn(['steps']) as YAMLSeq).items),
  );
  // keepalived reacts within 1 to 2 s here, and may wait longer for the processor.
  return String(whole).replaceAll('within: 3s', 'within: 10s');
}

it(`${SCENARIOS.join(', ')} pass with keepalived, balanced by ip_vs`, () => {
  const topology = parseDocument(readFileSync('topologies/load-balancer.yaml', 'utf8'));
  for (const path of LEFT_OUT) topology.deleteIn(path);
  for (const name of ['scenarios', 'topologies']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'topologies/load-balancer.yaml'), String(topology));
  const file = join(folder, 'scenarios/services.yaml');
  writeFileSync(file, combined());
  const where = ['--backend', 'docker', '--output-dir', folder, '--allow-path', folder];
  const run = ['run', file, '--engine', 'keepalived', ...where, ...CALM];
  // An agent without the processor for half a second reports it, and the run is inconclusive.
  const { status, output } = halab(run, env, 5);
  expect(status, output).toBe(0);
  expect(output).not.toMatch(/SKIPPED/);
  expect(output).toMatch(/PASS {2}1 passed/);
}, 1_500_000);
