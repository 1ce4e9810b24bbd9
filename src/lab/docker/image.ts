/**
 * The image of the lab's nodes, built at first use and cached by the hash of its contents: a base with Node and tools,
 * and halab's code on top.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { HalabError, messageOf } from '../../errors.ts';
import { packageRoot } from '../../package-root.ts';
import { withTimeout } from './connection.ts';
import { NODE_FILES } from './image-files.ts';
import { type BaseRoute, debootstrapRoot, hostPrint, hostRoot } from './image-root.ts';
import { tarStream } from './tar.ts';

const ROOT = packageRoot();
const DOCKERFILE = join(ROOT, 'src', 'lab', 'Dockerfile');
const MAJOR = process.versions.node.split('.')[0] ?? '20';
const OFFICIAL_BASE = `node:${MAJOR}-bookworm-slim`;
const ENGINE = 'halab-engine';
/** How long a registry may take to answer. */
const REGISTRY_MS = 10_000;
/** What a node needs beside its programs: packages that are native, or loaded at their first use. */
const PACKAGES = ['koffi', 'raw-socket', 're2js'];

/** Throws a HalabError (exit 4) if this machine's files cannot make an image. */
export function checkMachine(): void {
  if (process.platform !== 'linux') {
    throw new HalabError({
      code: 'HALAB_IMAGE_PLATFORM',
      message:
        "the Docker lab is made of this machine's native packages, which must be built for Linux",
      hint: 'Run halab on Linux (a virtual machine will do), or use --backend sim.',
    });
  }
  packageFolders();
}

/** Returns the name of the engine image; builds missing images and reports progress. */
export async function ensureImage(
  docker: Docker,
  progress: (message: string) => void,
): Promise<string> {
  const base = process.env.HALAB_IMAGE ?? (await ensureBase(docker, progress));
  const tag = engineTag(base);
  if (await exists(docker, tag)) return tag;
  progress('building the engine layer');
  await buildEngine(docker, base, tag).catch((error: unknown) => {
    throw new HalabError({
      code: 'HALAB_IMAGE',
      message: `the node image could not be built from ${base}: ${messageOf(error).trim()}`,
      hint: 'HALAB_IMAGE must name an image this daemon has or can pull, with Node and nft in it.',
      cause: error,
    });
  });
  return tag;
}

/** The engine image of this version of halab, if it has been built. */
export async function builtImage(docker: Docker): Promise<string | undefined> {
  const tag = engineTag(process.env.HALAB_IMAGE ?? baseTag());
  return (await exists(docker, tag)) ? tag : undefined;
}

/** Any engine image, perhaps of an older halab: enough for a ticket. */
export async function anyImage(docker: Docker): Promise<string | undefined> {
  const built = await builtImage(docker);
  if (built !== undefined) return built;
  const images = await docker.listImages({ filters: { reference: [ENGINE] } });
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).find((tag) => tag.startsWith(ENGINE));
}

function engineTag(base: string): string {
  return `${ENGINE}:${hash([base, readFileSync(DOCKERFILE, 'utf8'), ...engineFiles()])}`;
}

function baseTag(): string {
  const here = [process.version, process.arch, ...hostPrint()];
  return `halab-base:${hash([readFileSync(DOCKERFILE, 'utf8'), ...here])}`;
}

async function ensureBase(docker: Docker, progress: (message: string) => void): Promise<string> {
  const tag = baseTag();
  if (await exists(docker, tag)) return tag;
  const official = await pull(docker, OFFICIAL_BASE);
  if (official === undefined) {
    progress(`building the base image from ${OFFICIAL_BASE}`);
    await buildBase(docker, OFFICIAL_BASE, tag);
    return tag;
  }
  progress(`no registry gives ${OFFICIAL_BASE} (${official}): making the base image here`);
  const problems: string[] = [];
  for (const route of [hostRoot, debootstrapRoot] satisfies BaseRoute[]) {
    try {
      await importBase(docker, route, tag, progress);
      return tag;
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  throw new HalabError({
    code: 'HALAB_IMAGE',
    message: `no way to a node image: ${problems.join('; ')}`,
    hint: 'On Debian: apt-get install -y nftables iproute2. Or name a base image of yours with Node and nft: HALAB_IMAGE=NAME.',
  });
}

/** Answers why the image could not be pulled, or undefined. */
async function pull(docker: Docker, name: string): Promise<string | undefined> {
  if (await exists(docker, name)) return undefined;
  try {
    await finished(docker, await withTimeout(docker.pull(name), REGISTRY_MS));
    return undefined;
  } catch (error) {
    return messageOf(error).replace(/\s+/g, ' ').slice(0, 120);
  }
}

export function buildBase(docker: Docker, from: string, tag: string): Promise<void> {
  return build(docker, { from, tag, target: 'base' });
}

function buildEngine(docker: Docker, base: string, tag: string): Promise<void> {
  return build(docker, { from: base, tag, target: 'engine' }, (folder) => {
    for (const file of NODE_FILES) cpSync(join(ROOT, 'dist', file), join(folder, 'dist', file));
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    for (const { name, path } of packageFolders())
      cpSync(path, join(folder, 'node_modules', name), { recursive: true, dereference: true });
    mkdirSync(join(folder, 'bin'));
    writeFileSync(
      join(folder, 'bin', 'halabd'),
      '#!/bin/sh\nunset NODE_OPTIONS\nexec node \'--inspect-port=[fe80::1]:9229\' /opt/halab/dist/halabd.js "$@"\n',
      { mode: 0o755 },
    );
  });
}

/** Builds a target of the Dockerfile; `fill` puts further files beside it. */
function build(
  docker: Docker,
  { from, tag, target }: { from: string; tag: string; target: string },
  fill: (folder: string) => void = () => {},
): Promise<void> {
  return inFolder(target, async (folder) => {
    cpSync(DOCKERFILE, join(folder, 'Dockerfile'));
    fill(folder);
    const options = { t: tag, target, buildargs: { BASE: from }, rm: true, forcerm: true };
    await finished(docker, await docker.buildImage(tarStream(folder), options));
  });
}

function importBase(
  docker: Docker,
  route: BaseRoute,
  tag: string,
  progress: (message: string) => void,
): Promise<void> {
  return inFolder('root', async (folder) => {
    route(folder, progress);
    const [repo = '', version = ''] = tag.split(':');
    const changes = ['ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
    const options = { repo, tag: version, changes };
    await finished(docker, await docker.importImage(tarStream(folder), options));
  });
}

/** Gives `use` a folder of its own, which is removed afterwards. */
async function inFolder(name: string, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `halab-${name}-`));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for a build, a pull or an import; the daemon reports its errors inside the stream. */
function finished(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error: Error | null, steps: readonly { error?: string }[] | undefined) => {
        const failed = steps?.find((step) => step.error !== undefined)?.error;
        if (error !== null || failed !== undefined) reject(error ?? new Error(failed));
        else resolve();
      },
    );
  });
}

async function exists(docker: Docker, name: string): Promise<boolean> {
  const found = await docker
    .getImage(name)
    .inspect()
    .catch(() => undefined);
  return found !== undefined;
}

/** The folders of the packages as npm placed them. koffi's binary is a separate package. */
function packageFolders(): { readonly name: string; readonly path: string }[] {
  const own = createRequire(import.meta.url);
  return PACKAGES.flatMap((name) => {
    const path = folderOf(own, name);
    if (name !== 'koffi') return [{ name, path }];
    const binary = `@koromix/koffi-linux-${process.arch}`;
    const inside = createRequire(join(path, 'index.js'));
    return [
      { name, path },
      { name: binary, path: folderOf(inside, binary) },
    ];
  });
}

function folderOf(require: NodeJS.Require, name: string): string {
  let entry: string;
  try {
    entry = require.resolve(name);
    // Nodes run the same binary: a package that does not load here would not load there.
    if (PACKAGES.includes(name)) require(name);
  } catch (error) {
    throw new HalabError({
      code: 'HALAB_NATIVE',
      message: `the native package ${name} does not load: ${messageOf(error).replace(/\s+/g, ' ').slice(0, 240)}`,
      hint: 'On Debian: apt-get install -y build-essential python3 && npm rebuild. Without it use --backend sim.',
      cause: error,
    });
  }
  while (!entry.endsWith(join('node_modules', name))) entry = dirname(entry);
  return entry;
}

/** The inputs of the engine layer: our files, the versions of the packages, and the version of Node. */
function engineFiles(): string[] {
  const dist = join(ROOT, 'dist');
  return [
    ...NODE_FILES.map((file) => `${file}\n${readFileSync(join(dist, file), 'utf8')}`),
    ...packageFolders().map(({ path }) => readFileSync(join(path, 'package.json'), 'utf8')),
    process.version,
  ];
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
