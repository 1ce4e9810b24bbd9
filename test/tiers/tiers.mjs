/** The tiers of `npm test`: what each runs, what it needs, how long it usually takes on 2 cores. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The first of these that this machine lacks, if any. */
function missingAsRoot(commands, packages = []) {
  if (process.getuid?.() !== 0) return 'root';
  const lacksPackage = packages.find(
    (name) => !succeeds(process.execPath, '-e', `require("${name}")`),
  );
  if (lacksPackage !== undefined) return `the native package ${lacksPackage}`;
  return commands.find((name) => !succeeds('sh', '-c', 'command -v "$1"', 'sh', name));
}

function succeeds(command, ...args) {
  return spawnSync(command, args).status === 0;
}

function dockerAnswers() {
  const probe = new URL('docker-answers.mjs', import.meta.url).pathname;
  return spawnSync(process.execPath, [probe], { timeout: 20_000 }).status === 0;
}

const NEEDS_DOCKER = {
  missing: () => (dockerAnswers() ? undefined : 'a Docker daemon that answers'),
  install:
    'apt-get install -y docker.io iproute2 nftables && (dockerd >/var/log/dockerd.log 2>&1 &)',
};
const tierFile = (name) => new URL(name, import.meta.url).pathname;
const IN_UML = [process.execPath, tierFile('in-uml.mjs')];
const OWN_DOCKER = [process.execPath, tierFile('own-docker.mjs')];

/** Runs first and alone: it uses every core. */
export const QUICK = {
  name: 'unit and sim',
  args: ['unit', 'programs', 'sim'].flatMap((project) => ['--project', project]),
  usualSeconds: 90,
};

/**
 * The real tiers. `args`: of Vitest. `inside`: the command that runs Vitest on another kernel, or with another Docker
 * daemon. `missing`: the first thing that this machine lacks for it, if any.
 */
export const REAL_TIERS = [
  {
    name: 'docker',
    args: ['--project', 'real', 'test/real/docker'],
    usualSeconds: 520,
    ...NEEDS_DOCKER,
  },
  {
    name: 'timing',
    // Alone, because its bounds are as narrow as an idle machine allows.
    args: ['--project', 'real', 'test/real/timing'],
    usualSeconds: 30,
    ...NEEDS_DOCKER,
  },
  {
    name: 'interop',
    args: ['--project', 'real', 'test/real/interop'],
    usualSeconds: 150,
    missing: () => missingAsRoot(['ip', 'tcpdump', 'keepalived']),
    install: 'apt-get install -y keepalived iproute2 tcpdump',
  },
  {
    name: 'scenarios',
    args: ['--project', 'real', 'test/real/scenarios'],
    // Its labs need not wait for those of the docker tier.
    inside: OWN_DOCKER,
    usualSeconds: 600,
    missing: () =>
      missingAsRoot(['ip', 'unshare', 'setpriv', 'keepalived', 'dockerd', 'docker']) ??
      (existsSync('/usr/lib/frr/vrrpd') ? undefined : 'frr'),
    install: 'apt-get install -y keepalived frr iproute2 util-linux docker.io nftables',
  },
  {
    name: 'netns',
    args: ['--project', 'real', 'test/real/netns'],
    usualSeconds: 580,
    missing: () =>
      missingAsRoot(
        ['ip', 'nft', 'tcpdump', 'setpriv', 'ping', 'openssl', 'snmpd', 'snmpwalk'],
        ['koffi', 'raw-socket'],
      ),
    install:
      'apt-get install -y build-essential python3 iproute2 nftables tcpdump util-linux iputils-ping openssl snmpd snmp && npm rebuild',
  },
  {
    name: 'ipvs',
    // On a kernel that has ip_vs, whatever this machine's kernel has.
    args: ['--project', 'ipvs'],
    inside: IN_UML,
    usualSeconds: 360,
    missing: () =>
      missingAsRoot(
        ['linux.uml', 'cc', 'modprobe', 'ipvsadm', 'keepalived', 'ip', 'tc', 'dockerd'],
        ['koffi'],
      ),
    install:
      'apt-get install -y user-mode-linux build-essential kmod ipvsadm keepalived iproute2 docker.io',
  },
];

/** Stages run one after the other, the lanes of a stage side by side, the tiers of a lane one after the other. */
export const STAGES = [[['docker', 'ipvs'], ['scenarios', 'interop'], ['netns']], [['timing']]];
