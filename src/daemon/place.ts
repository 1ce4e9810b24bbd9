/**
 * Where the daemon runs and how it is found: network namespace, pid files, status socket, tag in the log. Options
 * override the configuration; the defaults are keepalived's.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ProcessConfig } from '../engine/core/config-process.ts';
import { HalabError, messageOf } from '../errors.ts';
import { enterNamespace } from '../linux/namespace.ts';
import type { Log } from './log.ts';
import { waitedForOn } from './process/background.ts';
import { ownEnvironment, ownOptions } from './process/own-node.ts';
import { heldByAnother, type Release, takePidFile } from './process/pid-file.ts';
import { DEFAULT_SOCKET } from './status/status-server.ts';

export interface PlaceOptions {
  /** -s */
  readonly namespace?: string;
  /** -p, -r and -c */
  readonly pid?: string;
  readonly vrrpPid?: string;
  readonly checkersPid?: string;
  readonly statusSocket?: string;
}

export interface PidPath {
  readonly path: string;
  /** Named by an option: the daemon does not run without it. */
  readonly required: boolean;
}

export type Place = Readonly<ReturnType<typeof placeOf>>;

const STANDARD_STREAMS = [0, 1, 2];
const PID_DIR = '/run/keepalived';
/** Names the namespace to the program that was started again inside it. */
const INSIDE = 'HALABD_NAMESPACE';

export function placeOf(config: ProcessConfig, options: PlaceOptions) {
  const { instance, usePidDir } = config;
  const namespace = options.namespace ?? config.namespace;
  const inDir = usePidDir || instance !== undefined || namespace !== undefined;
  const suffix = instance === undefined ? '' : `_${instance}`;
  const pid = (asked: string | undefined, plain: string, short: string): PidPath => ({
    path: asked ?? (inDir ? `${PID_DIR}/${short}${suffix}.pid` : `/run/${plain}.pid`),
    required: asked !== undefined,
  });
  return {
    namespace,
    pidFile: pid(options.pid, 'keepalived', 'keepalived'),
    vrrpPidFile: pid(options.vrrpPid, 'keepalived_vrrp', 'vrrp'),
    checkersPidFile: pid(options.checkersPid, 'keepalived_checkers', 'checkers'),
    statusSocket: options.statusSocket ?? socketOf(instance),
    /** Behind the names of the processes in the log. */
    tag: `${namespace === undefined ? '' : `_${namespace}`}${suffix}`,
  };
}

/** The status socket, unless an option names another. */
export function socketOf(instance: string | undefined): string {
  return instance === undefined ? DEFAULT_SOCKET : `${DEFAULT_SOCKET}-${instance}`;
}

/** Starts this program again inside the namespace, unless it runs there. Throws a HalabError (exit 4). */
export function runInside(namespace: string | undefined): void {
  if (namespace === undefined) return;
  if (process.env[INSIDE] === namespace) {
    // Scripts must not see it.
    delete process.env[INSIDE];
    return;
  }
  const problem = enterNamespace(namespace, {
    run: `${PID_DIR}/keepalived_${namespace}`,
    over: PID_DIR,
    argv: [process.execPath, ...ownOptions(), ...process.argv.slice(1)],
    env: { ...ownEnvironment(), [INSIDE]: namespace },
    kept: [...STANDARD_STREAMS, ...waitedForOn()],
  });
  throw new HalabError({
    code: 'HALAB_NAMESPACE',
    message: `the network namespace ${namespace} cannot be entered: ${problem}`,
    hint: 'See ip netns list; entering needs CAP_SYS_ADMIN.',
  });
}

/**
 * Takes a pid file. Undefined: it is not required and belongs to another daemon, which may run in another namespace of
 * this machine.
 */
export function takePid({ path, required }: PidPath, log: Log, pid: number): Release | undefined {
  try {
    if (required) return takePidFile(path, pid);
    if (dirname(path) === PID_DIR) mkdirSync(PID_DIR, { recursive: true, mode: 0o755 });
    if (!heldByAnother(path)) return takePidFile(path, pid);
    log.info(`${path} belongs to another process: no pid file`);
  } catch (error) {
    if (required) throw error;
    log.info(`${path}: ${messageOf(error)}: no pid file`);
  }
  return undefined;
}
