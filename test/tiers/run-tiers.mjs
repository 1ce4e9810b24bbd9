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
    inside: [process.execPath, 'test/tiers/in-uml.mjs'],
    missing: () => {
      if (process.getuid?.() !== 0) return 'root';
      if (!loads('koffi')) return 'the native package koffi';
      return ['linux.uml', 'cc', 'modprobe', 'ipvsadm', 'keepalived', 'ip', 'tc', 'dockerd'].find(
        (command) => !has(command),
      );
    },
    install:
      'apt-get install -y user-mode-linux build-essential kmod ipvsadm keepalived iproute2 docker.io',
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
const ASKED = join(reports, 'asked-again');
process.env.HALAB_ASKED_AGAIN = ASKED;
const totals = { passed: 0, failed: 0 };
const lines = [];
const failures = [];
let ok = tier(
  'unit and sim',
  ['unit', 'programs', 'sim'].flatMap((one) => ['--project', one]),
);
for (const { name, project = 'real', files, inside, missing, install } of REAL_TIERS) {
  const lack = missing();
  if (lack === undefined) {
    ok = tier(name, ['--project', project, ...files], inside) && ok;
  } else {
    lines.push({ name, outcome: `not run: needs ${lack}`, install });
    if (required.includes(name)) ok = false;
  }
}
const again = askedAgain();
rmSync(reports, { recursive: true, force: true });

for (const failure of failures) console.log(`\n${failure}`);
if (again.length > 0) console.log(`\n${again.join('\n')}`);
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
  const before = askedAgain().length;
  const results = vitest(name, args, inside);
  failures.push(...results.filter(isBad).flatMap(failuresIn));
  const count = (status) =>
    results.flatMap((file) => file.assertionResults).filter((test) => test.status === status)
      .length;
  const [passed, failed] = [count('passed'), count('failed')];
  totals.passed += passed;
  totals.failed += failed;
  const good = passed > 0 && !results.some(isBad);
  const asked = askedAgain().length - before;
  const notes = [
    ...(good ? [] : ['FAILED']),
    ...(asked > 0 ? [`${asked} inconclusive, asked again`] : []),
  ];
  lines.push({
    name,
    outcome: `${passed} passed, ${failed} failed${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`,
  });
  return good;
}

/** The result of each test file, as vitest's JSON reporter tells it. */
function vitest(name, args, inside) {
  const file = join(reports, `${name.replaceAll(' ', '-')}.json`);
  rmSync(file, { force: true });
  const [program, ...rest] = [
    ...inside,
    ...['npx', 'vitest', 'run', '--config', 'test/vitest.config.ts'],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    ...args,
  ];
  const { status } = spawnSync(program, rest, { stdio: 'inherit' });
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : [];
  // An error outside of every test, or no report at all: the tier itself is what failed.
  if (status !== 0 && !results.some(isBad))
    results.push({
      name: args.at(-1),
      status: 'failed',
      message: `exit ${status}`,
      assertionResults: [],
    });
  return results;
}

/** Runs of labs that the machine was too busy to measure, one a line (test/support/ask.ts). */
function askedAgain() {
  return existsSync(ASKED) ? readFileSync(ASKED, 'utf8').trim().split('\n') : [];
}

function isBad({ status }) {
  return status === 'failed';
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
