/**
 * A root file system for the base image where no registry answers: from this machine's files (two seconds), or from
 * Debian through debootstrap, with mirror, suite and proxy of the host's apt.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { librariesOf } from '../../topology/program/libraries.ts';

/** Fills an empty folder; throws an Error with the reason if it cannot. */
export type BaseRoute = (folder: string, progress: (message: string) => void) => void;

/** Programs that a node needs, and those for debugging. */
const NEEDED = ['nft', 'sh', 'env', 'ip', 'mkdir', 'mkfifo', 'rm', 'sleep'];
const WELCOME = ['ls', 'cat', 'ps', 'ping', 'tcpdump'];

/** Programs of other VRRP engines, taken if they are installed. */
const PEERS = [
  '/usr/sbin/keepalived',
  '/usr/lib/frr/zebra',
  '/usr/lib/frr/vrrpd',
  '/usr/bin/vtysh',
];
const NODE = 'usr/local/bin/node';
const ACCOUNTS = /^(root|frr|frrvty):/;

/** Facts of this machine by which an earlier base image is still valid. */
export function hostPrint(): string[] {
  const peers = PEERS.filter((path) => existsSync(path)).flatMap((path) =>
    [path, ...librariesOf(path)].map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${file} ${size} ${mtimeMs}`;
    }),
  );
  return [...NEEDED, ...peers];
}

export const hostRoot: BaseRoute = (folder, progress) => {
  const needed = NEEDED.map((name) => {
    const path = which(name);
    if (path === undefined) throw new Error(`this machine has no ${name}`);
    return path;
  });
  progress("taking Node and the tools from this machine's own files");
  for (const path of [...needed, ...WELCOME.flatMap((name) => which(name) ?? [])])
    copyProgram(folder, path, join('usr', 'bin', basename(path)));
  for (const path of PEERS.filter((peer) => existsSync(peer))) copyProgram(folder, path, path);
  copyProgram(folder, process.execPath, NODE);
  copyTo(which('sh') ?? '/bin/sh', join(folder, 'bin', 'sh'));
  writeAccounts(folder);
};

export const debootstrapRoot: BaseRoute = (folder, progress) => {
  if (which('debootstrap') === undefined) throw new Error('this machine has no debootstrap');
  const { mirror, suite } = aptSource();
  progress(`installing Debian ${suite} with debootstrap (about 40 s)`);
  const run = spawnSync(
    'debootstrap',
    ['--variant=minbase', '--include=nftables,iproute2,keepalived,frr', suite, folder, mirror],
    { encoding: 'utf8', timeout: 300_000, env: { ...process.env, ...proxyOf() } },
  );
  if (run.status !== 0)
    throw new Error(`debootstrap failed: ${(run.stdout ?? '').trim().split('\n').at(-1) ?? ''}`);
  copyProgram(folder, process.execPath, NODE);
};

/** With those of its libraries that are not there yet. */
function copyProgram(folder: string, path: string, to: string): void {
  copyTo(path, join(folder, to));
  for (const library of librariesOf(path))
    if (!existsSync(join(folder, library))) copyTo(library, join(folder, library));
}

function copyTo(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(realpathSync(from), to);
  chmodSync(to, 0o755);
}

function writeAccounts(folder: string): void {
  for (const name of ['etc', 'tmp', 'root', 'run', 'var', 'proc', 'sys', 'dev'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['passwd', 'group']) {
    const lines = readFileSync(`/etc/${name}`, 'utf8').split('\n');
    const kept = lines.filter((line) => ACCOUNTS.test(line));
    writeFileSync(join(folder, 'etc', name), `${kept.join('\n')}\n`);
  }
  const protocols = '/etc/protocols';
  if (existsSync(protocols)) cpSync(protocols, join(folder, protocols));
}

function which(name: string): string | undefined {
  const places = (process.env.PATH ?? '')
    .split(':')
    .concat('/usr/sbin', '/sbin', '/usr/bin', '/bin');
  return places.map((place) => join(place, name)).find((path) => existsSync(path));
}

/** Mirror and suite from the host's apt, in any format of its files. */
function aptSource(): { mirror: string; suite: string } {
  const format = '$(SITE) $(RELEASE) $(REPO_URI)';
  const text = execFileSync(
    'apt-get',
    ['indextargets', '--format', format, 'Created-By: Packages'],
    { encoding: 'utf8' },
  );
  for (const line of text.split('\n')) {
    const [, release, uri] = line.trim().split(/\s+/);
    if (release !== undefined && uri !== undefined && /^[a-z]+$/.test(release))
      return { mirror: uri, suite: release };
  }
  throw new Error('apt knows no Debian mirror');
}

function proxyOf(): Record<string, string> {
  const text =
    spawnSync('apt-config', ['dump', 'Acquire::http::Proxy'], { encoding: 'utf8' }).stdout ?? '';
  const proxy = /Acquire::http::Proxy "([^"]+)";/.exec(text)?.[1];
  return proxy === undefined ? {} : { http_proxy: proxy };
}
