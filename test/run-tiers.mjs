/**
 * `npm test`: the quick tiers first, then every real tier this machine can run, then a table of what
 * it could not, with the command that installs it. A tier named in HALAB_REQUIRE (commas) must run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const has = (command) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', command]).status === 0;
const loads = (module) =>
  spawnSync(process.execPath, ['-e', `require(${JSON.stringify(module)})`]).status === 0;

function dockerAnswers() {
  const probe = new URL('docker-answers.mjs', import.meta.url).pathname;
  return spawnSync(process.execPath, [probe], { timeout: 20_000 }).status === 0;
}

/** Each real tier: the files it runs and what is missing for it, if anything. */
const REAL_TIERS = [
  {
    name: 'netns',
    files: ['test/real/netns'],
    missing: () => {
      if (process.getuid?.() !== 0) return 'root';
      if (!loads('koffi') || !loads('raw-socket'))
        return 'the native packages koffi and raw-socket';
      return ['ip', 'nft', 'tcpdump', 'setpriv', 'ping', 'openssl', 'snmpd', 'snmpwalk'].find(
        (command) => !has(command),
      );
    },
    install:
      'apt-get install -y build-essential python3 iproute2 nftables tcpdump util-linux iputils-ping openssl snmpd snmp && npm rebuild',
  },
  {
    name: 'interop',
    files: ['test/real/interop'],
    missing: () => {
      if (process.getuid?.() !== 0) return 'root';
      const program = ['ip', 'tcpdump', 'keepalived'].find((command) => !has(command));
      if (program !== undefined) return program;
      if (!existsSync('/usr/lib/frr/vrrpd')) return 'frr';
      return dockerAnswers() ? undefined : 'a Docker daemon that answers';
    },
    install:
      'apt-get install -y keepalived frr iproute2 tcpdump docker.io nftables && (dockerd >/var/log/dockerd.log 2>&1 &)',
  },
  {
    name: 'docker',
    files: ['test/real/docker'],
    missing: () => (dockerAnswers() ? undefined : 'a Docker daemon that answers'),
    install:
      'apt-get install -y docker.io iproute2 nftables && (dockerd >/var/log/dockerd.log 2>&1 &)',
  },
  {
    name: 'ipvs',
    project: 'ipvs',
    files: [],
    // On a kernel that has ip_vs, whatever this machine's kernel has.
    inside: [process.execPath, 'test/in-uml.mjs'],
    missing: () => {
      if (process.getuid?.() !== 0) return 'root';
      if (!loads('koffi')) return 'the native package koffi';
      return ['linux.uml', 'modprobe', 'ipvsadm', 'keepalived', 'ip', 'tc', 'dockerd'].find(
        (command) => !has(command),
      );
    },
    install: 'apt-get install -y user-mode-linux kmod ipvsadm keepalived iproute2 docker.io',
  },
];

const required = (process.env.HALAB_REQUIRE ?? '').split(',').filter((name) => name !== '');
const unknown = required.filter((name) => !REAL_TIERS.some((tier) => tier.name === name));
if (unknown.length > 0) {
  console.error(
    `HALAB_REQUIRE names no tier: ${unknown.join(', ')}; there are ${REAL_TIERS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
const reports = mkdtempSync(join(tmpdir(), 'halab-test-'));
const totals = { passed: 0, failed: 0 };
const lines = [];
const failures = [];
let ok = tier('unit and sim', ['--project', 'unit', '--project', 'sim']);
for (const { name, project = 'real', files, inside, missing, install } of REAL_TIERS) {
  const lack = missing();
  if (lack === undefined) {
    ok = tier(name, ['--project', project, ...files], inside) && ok;
  } else {
    lines.push({ name, outcome: `not run: needs ${lack}`, install });
    if (required.includes(name)) ok = false;
  }
}
rmSync(reports, { recursive: true, force: true });

for (const failure of failures) console.log(`\n${failure}`);
console.log('\ntier            outcome');
for (const { name, outcome, install } of lines) {
  console.log(
    `${name.padEnd(15)} ${outcome}${install === undefined ? '' : `\n                install: ${install}`}`,
  );
}
for (const { name } of lines.filter(
  (line) => line.install !== undefined && required.includes(line.name),
)) {
  console.log(`HALAB_REQUIRE asks for the tier "${name}", which could not run`);
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(ok ? 0 : 1);

/** `inside`: the command that runs the tests somewhere else than right here. */
function tier(name, args, inside = []) {
  const file = join(reports, `${name.replaceAll(' ', '-')}.json`);
  const [program = 'npx', ...before] = [...inside, 'npx'];
  const run = spawnSync(
    program,
    [
      ...before,
      'vitest',
      'run',
      '--config',
      'test/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
      ...args,
    ],
    { stdio: 'inherit' },
  );
  const report = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  failures.push(...report.testResults.flatMap(failuresIn));
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests;
  const good = run.status === 0 && report.numPassedTests > 0;
  lines.push({
    name,
    outcome: `${report.numPassedTests} passed, ${report.numFailedTests} failed${good ? '' : ' (FAILED)'}`,
  });
  return good;
}

/** Told again behind everything else: whoever reads only the end of a long log must see what failed, and how. */
function failuresIn({ name: file, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (status === 'failed' && failed.length === 0) return [`FAILED ${file}\n${ends(message)}`];
  return failed.map(
    ({ fullName, failureMessages }) =>
      `FAILED ${file}: ${fullName}\n${ends(failureMessages.join('\n'))}`,
  );
}

/** Both ends of a long message: what a run printed comes first, what was expected of it last. */
function ends(text) {
  const each = 4_000;
  const own = text.replaceAll(/\n {4}at .*node_modules.*/g, '');
  return own.length > 2 * each
    ? `${own.slice(0, each)}\n... (all of it is above) ...\n${own.slice(-each)}`
    : own;
}
