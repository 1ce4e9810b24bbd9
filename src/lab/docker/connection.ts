/**
 * Finds the Docker daemon as the docker command does: DOCKER_HOST, then DOCKER_CONTEXT or the current context, then the
 * local socket.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { HalabError, messageOf } from '../../errors.ts';

export interface DockerConnection {
  readonly docker: Docker;
  /** `/var/run/docker.sock`, `tcp://host:2376`. */
  readonly where: string;
  /** On another machine, with another clock. */
  readonly remote: boolean;
  readonly version: string;
  /** The kernel that all nodes share. */
  readonly kernel: string;
}

interface Context {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
}

const ANSWER_MS = 5_000;
const LOCAL = 'unix:///var/run/docker.sock';

/** Throws a HalabError (exit 4) with the remedy. dockerode is loaded here: it costs 90 ms. */
export async function connectDocker(): Promise<DockerConnection> {
  const host = dockerHost();
  const { default: Dockerode } = await import('dockerode');
  const docker = new Dockerode(readable(host));
  try {
    const { Version, KernelVersion } = await withTimeout(docker.version(), ANSWER_MS);
    const remote = !host.startsWith('unix:');
    return { docker, where: host, remote, version: Version, kernel: KernelVersion };
  } catch (error) {
    throw unreachable(host, error);
  }
}

function unreachable(host: string, error: unknown): HalabError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const denied = code === 'EACCES' || code === 'EPERM';
  return new HalabError({
    code: denied ? 'HALAB_DOCKER_PERMISSION' : 'HALAB_DOCKER_UNREACHABLE',
    message: denied
      ? `no permission to use the Docker daemon at ${host}`
      : `no Docker daemon answers at ${host} (${String(code ?? messageOf(error))})`,
    hint: denied
      ? 'Join the docker group (usermod -aG docker USER, then log in again) or run as root; or use --backend sim.'
      : 'Start it (on Debian: apt-get install -y docker.io), point DOCKER_HOST at one, or use --backend sim.',
    cause: error,
  });
}

function dockerHost(): string {
  const { DOCKER_HOST, DOCKER_CONTEXT } = process.env;
  if (DOCKER_HOST !== undefined && DOCKER_HOST !== '') return DOCKER_HOST;
  const context =
    DOCKER_CONTEXT ?? settings<{ currentContext?: string }>('config.json')?.currentContext;
  return context === undefined || context === 'default' ? LOCAL : contextHost(context);
}

function configFolder(): string {
  return process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
}

/** A JSON file of the docker command; undefined: there is none that can be read. */
function settings<T>(...path: readonly string[]): T | undefined {
  try {
    return JSON.parse(readFileSync(join(configFolder(), ...path), 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Docker stores a context in a folder named by the hash of the context's name. */
function contextHost(name: string): string {
  const folder = createHash('sha256').update(name).digest('hex');
  const meta = settings<Context>('contexts', 'meta', folder, 'meta.json');
  const host = meta?.Endpoints?.docker?.Host;
  if (host !== undefined) return host;
  throw new HalabError({
    code: 'HALAB_DOCKER_CONTEXT',
    message: `there is no Docker context "${name}"`,
    hint: 'docker context ls shows them; unset DOCKER_CONTEXT for the local daemon.',
  });
}

/** Throws a HalabError for an address that cannot be used. */
function readable(host: string): Docker.DockerOptions {
  try {
    return optionsOf(host);
  } catch (cause) {
    throw new HalabError({
      code: 'HALAB_DOCKER_HOST',
      message: `the Docker daemon's address ${host} cannot be used: ${messageOf(cause)}`,
      hint: 'Write unix:///PATH, tcp://HOST:PORT or ssh://USER@HOST in DOCKER_HOST or the context, or use --backend sim.',
      cause,
    });
  }
}

const PROTOCOLS = ['tcp:', 'http:', 'https:', 'ssh:'];

function optionsOf(host: string): Docker.DockerOptions {
  if (/^unix:\/\/\/./.test(host)) return { socketPath: host.slice('unix://'.length) };
  const url = new URL(host);
  if (!PROTOCOLS.includes(url.protocol) || url.hostname === '') throw new Error('it names no host');
  if (url.protocol === 'ssh:') {
    return {
      protocol: 'ssh',
      host: url.hostname,
      port: url.port === '' ? 22 : Number(url.port),
      username: url.username || process.env.USER || 'root',
    };
  }
  const folder = process.env.DOCKER_CERT_PATH ?? configFolder();
  const secure = (process.env.DOCKER_TLS_VERIFY ?? '') !== '' || url.protocol === 'https:';
  const options = {
    host: url.hostname,
    port: url.port === '' ? (secure ? 2376 : 2375) : Number(url.port),
  };
  if (!secure) return { ...options, protocol: 'http' };
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  return {
    ...options,
    protocol: 'https',
    ca: read('ca.pem'),
    cert: read('cert.pem'),
    key: read('key.pem'),
  };
}

export function withTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer in ${milliseconds / 1_000} s`)),
      milliseconds,
    );
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
