/**
 * `in-uml.mjs COMMAND...` runs a command on a kernel that has ip_vs: Debian's user-mode Linux, as a
 * process on the files of this machine. Prints the output of the command and exits with its exit code.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MODULES = '/usr/lib/uml/modules';
const MEMORY = '1536M';
/** A guest that hangs is ended after this. */
const LONGEST_MS = 2_400_000;

const folder = mkdtempSync(join(tmpdir(), 'halab-uml-'));
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const script = (name, text) => {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
};

mkdirSync(join(folder, 'lib'));
symlinkSync(MODULES, join(folder, 'lib/modules'));
const modprobe = script('modprobe', `exec /sbin/modprobe -d ${folder} "$@"`);
const code = join(folder, 'code');
writeFileSync(code, '');
const environment = Object.entries({ ...process.env, ...savedImages() })
  .filter(([name]) => name === 'PATH' || name === 'HOME' || name.startsWith('HALAB_'))
  .map(([name, value]) => `export ${name}=${quoted(value ?? '')}`);
const init = script(
  'init',
  `mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmpfs /run

ip link set lo up
echo ${modprobe} >/proc/sys/kernel/modprobe
${environment.join('\n')}
export CI=true
cd ${quoted(process.cwd())}
${process.argv.slice(2).map(quoted).join(' ')} </dev/null
echo $? >${code}
sync
echo o >/proc/sysrq-trigger
sleep 60`,
);

/** The images of nodes that this machine has already: the guest needs a minute to make one. */
function savedImages() {
  const listed = [
    'images',
    '--filter',
    'reference=halab-*',
    '--format',
    '{{.Repository}}:{{.Tag}}',
  ];
  const { status, stdout } = spawnSync('docker', listed, { encoding: 'utf8', timeout: 20_000 });
  const tags = status === 0 ? stdout.split('\n').filter((tag) => tag !== '') : [];
  const file = join(folder, 'images.tar');
  if (tags.length === 0 || spawnSync('docker', ['save', '-o', file, ...tags]).status !== 0)
    return {};
  return { HALAB_GUEST_IMAGES: file };
}

/** If the processor has AMX, the guest needs `uml-xstate.c`. */
function preloaded() {
  if (!/^flags.* amx_tile/m.test(readFileSync('/proc/cpuinfo', 'utf8'))) return {};
  const library = join(folder, 'uml-xstate.so');
  const source = new URL('uml-xstate.c', import.meta.url).pathname;
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source], { stdio: 'inherit' });
  return { LD_PRELOAD: library };
}

const guest = spawn(
  'linux.uml',
  [
    `mem=${MEMORY}`,
    'rootfstype=hostfs',
    'rw',
    `init=${init}`,
    'con=null',
    'con0=fd:0,fd:1',
    'quiet',
  ],
  // A separate process group, because a guest is several processes.
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, ...preloaded() },
  },
);
const endGuest = () => process.kill(-guest.pid, 'SIGKILL');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, endGuest);
const limit = setTimeout(() => {
  console.error(`the guest has run for ${LONGEST_MS / 60_000} minutes: it is ended`);
  endGuest();
}, LONGEST_MS);
const end = (problem) => {
  clearTimeout(limit);
  const said = readFileSync(code, 'utf8').trim();
  rmSync(folder, { recursive: true, force: true });
  if (said === '') console.error(`the guest ended before the command did: ${problem}`);
  process.exit(said === '' ? 1 : Number(said));
};
guest.once('error', ({ message }) => end(message));
guest.once('exit', (status, signal) => end(signal ?? `exit code ${status}`));
