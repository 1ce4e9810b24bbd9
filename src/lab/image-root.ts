/**
 * A root file system for the base image where no registry answers: this machine's own files (two
 * seconds), or Debian's through debootstrap, with mirror, suite and proxy from the host's apt.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Fills an empty folder, or throws saying why it cannot. */
export type BaseRoute = (folder: string, tell: (message: string) => void) => void;

/** What a node needs, and what a person looking into one will want. */
const NEEDED = ['nft', 'sh', 'env'];
const WELCOME = ['ip', 'ls', 'cat', 'ps', 'ping', 'tcpdump'];

export const hostRoot: BaseRoute = (folder, tell) => {
  const needed = NEEDED.map((name) => {
    const path = which(name);
    if (path === undefined) throw new Error(`this machine has no ${name}`);
    return path;
  });
  tell("taking Node and the tools from this machine's own files");
  for (const path of [...needed, ...WELCOME.flatMap((name) => which(name) ?? [])]) {
    copyTo(path, join(folder, 'usr', 'bin', path.split('/').at(-1) ?? ''));
    for (const library of librariesOf(path)) copyTo(library, join(folder, library));
  }
  copyNode(folder);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyTo(which('sh') ?? '/bin/sh', join(folder, 'bin', 'sh'));
  writeAccounts(folder);
};

export const debootstrapRoot: BaseRoute = (folder, tell) => {
  if (which('debootstrap') === undefined) throw new Error('this machine has no debootstrap');
  const { mirror, suite } = aptSource();
  tell(`installing Debian ${suite} with debootstrap (about 40 s)`);
  const run = spawnSync(
    'debootstrap',
    ['--variant=minbase', '--include=nftables,iproute2', suite, folder, mirror],
    {
      encoding: 'utf8',
      timeout: 300_000,
      env: { ...process.env, ...proxyOf() },
    },
  );
  if (run.status !== 0)
    throw new Error(`debootstrap failed: ${(run.stdout ?? '').trim().split('\n').at(-1) ?? ''}`);
  copyNode(folder);
};

function copyNode(folder: string): void {
  copyTo(process.execPath, join(folder, 'usr', 'local', 'bin', 'node'));
  for (const library of librariesOf(process.execPath)) {
    if (!existsSync(join(folder, library))) copyTo(library, join(folder, library));
  }
}

function copyTo(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(realpathSync(from), to);
  chmodSync(to, 0o755);
}

/** Absolute paths of the shared libraries and the loader a program needs. */
function librariesOf(program: string): string[] {
  const run = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...(run.stdout ?? '').matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)]
    .map(([, path]) => path ?? '')
    .filter((path) => path !== '');
}

function writeAccounts(folder: string): void {
  for (const name of ['etc', 'tmp', 'root', 'run', 'var', 'proc', 'sys', 'dev'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(folder, 'etc', 'group'), 'root:x:0:\n');
  const protocols = '/etc/protocols';
  if (existsSync(protocols)) cpSync(protocols, join(folder, protocols));
}

function which(name: string): string | undefined {
  const places = (process.env.PATH ?? '')
    .split(':')
    .concat('/usr/sbin', '/sbin', '/usr/bin', '/bin');
  return places.map((place) => join(place, name)).find((path) => existsSync(path));
}

/** Debian's mirror and suite as the host's apt has them, in whatever form its files are. */
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
