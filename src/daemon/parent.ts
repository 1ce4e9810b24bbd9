/**
 * The parent process: starts the vrrp child, restarts it when it dies, reloads and stops it in order,
 * and does for it what would hold it up. The policy is the pure supervisor's; here it meets processes
 * and signals.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printConfig } from '../engine/core/conf-printer.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import {
  createSupervisor,
  type SupervisorEffect,
  type SupervisorInput,
  stepSupervisor,
} from '../engine/core/supervisor.ts';
import type { Resume } from '../engine/vrrp/io.ts';
import { HalabError } from '../errors.ts';
import { monotonicNow } from '../linux/clock.ts';
import { formatMicros, type Instant } from '../time.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { load, tell } from './load.ts';
import { type Log, type LogOptions, openLog } from './log.ts';
import type { ChildMessage, ParentMessage } from './messages.ts';
import { Outside } from './outside.ts';
import { takePidFile } from './pid-file.ts';
import { type DaemonStatus, serveStatus } from './status-server.ts';
import { dump } from './status-text.ts';

export interface DaemonOptions {
  /** -i */
  readonly configId: string | undefined;
  readonly log: LogOptions;
  /** --events */
  readonly events: string | undefined;
  /** -d */
  readonly dumpConfig: boolean;
  /** -p and -r */
  readonly pidFile: string | undefined;
  readonly vrrpPidFile: string | undefined;
  readonly statusSocket: string;
}

/** Exit codes as keepalived's: 2 for a bad configuration, 6 for none. */
const EXIT_CONFIG = 2;
const EXIT_NO_CONFIG = 6;
/** The child answers at once or not at all. */
const STATUS_MS = 1_000;

/** Checks the configuration, then leaves a copy of this process in the background. */
export function daemonize(
  file: string,
  configId: string | undefined,
  argv: readonly string[],
): number {
  const loaded = load(file, configId);
  if (loaded.config === undefined) {
    tell(loaded);
    return loaded.missing ? EXIT_NO_CONFIG : EXIT_CONFIG;
  }
  const child = spawn(process.execPath, [...argv.slice(1), '-n'], {
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  return 0;
}

export async function runParent(file: string, options: DaemonOptions): Promise<void> {
  const log = openLog('halabd', options.log);
  const loaded = load(file, options.configId);
  tell(loaded);
  if (loaded.config === undefined) {
    process.exitCode = loaded.missing ? EXIT_NO_CONFIG : EXIT_CONFIG;
    return;
  }
  try {
    const pid = options.pidFile === undefined ? undefined : takePidFile(options.pidFile);
    if (options.dumpConfig)
      for (const line of printConfig(loaded.config).split('\n')) log.info(line);
    await new Parent(file, loaded.config, options, log, () => pid?.release()).start();
  } catch (error) {
    if (!(error instanceof HalabError)) throw error;
    log.error(`${error.message}. ${error.hint}`);
    process.exitCode = error.exitCode;
  }
}

class Parent {
  private readonly file: string;
  private config: DaemonConfig;
  private readonly options: DaemonOptions;
  private readonly log: Log;
  private readonly released: () => void;
  private readonly supervisor: ReturnType<typeof createSupervisor>;
  private readonly timer: DeadlineTimer;
  private readonly outside: Outside;
  private readonly startedAt = monotonicNow();
  private child: ChildProcess | undefined;
  private childPidFile: { release(): void } | undefined;
  private diedAt: Instant | undefined;
  private restarts = 0;
  private stopping = false;
  private questions = 0;
  private readonly asked = new Map<number, (answer: ChildMessage | undefined) => void>();

  constructor(
    file: string,
    config: DaemonConfig,
    options: DaemonOptions,
    log: Log,
    released: () => void,
  ) {
    this.file = file;
    this.config = config;
    this.options = options;
    this.log = log;
    this.released = released;
    this.supervisor = createSupervisor(config.global.childWaitTime);
    this.outside = new Outside(config, (input) => this.say({ kind: 'input', input }), log);
    this.timer = new DeadlineTimer(
      () => this.supervisor.deadline,
      () => this.input({ kind: 'wake' }),
    );
  }

  async start(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void this.stop());
    process.on('SIGHUP', () => this.reload());
    process.on('SIGUSR1', () => void this.dump('data'));
    process.on('SIGUSR2', () => void this.dump('stats'));
    serveStatus(this.options.statusSocket, () => this.status(), this.log);
    await this.outside.start();
    if (!this.stopping) this.input({ kind: 'startup' });
  }

  /** notify_stop first: services end before their address goes. */
  private async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    const patience = new Promise<void>((resolve) => {
      setTimeout(resolve, this.config.global.childWaitTime / 1_000);
    });
    await Promise.race([this.outside.stopping(), patience]);
    if (this.supervisor.phase === 'ended') this.perform({ kind: 'end', code: 0 });
    else this.input({ kind: 'stop' });
  }

  private reload(): void {
    const loaded = load(this.file, this.options.configId);
    for (const { file, line, column, severity, message } of loaded.issues)
      this.log.info(`${file}:${line}:${column}: ${severity}: ${message}`);
    if (loaded.config === undefined) {
      this.log.error('reload: the new configuration cannot run; the old one goes on');
      return;
    }
    this.config = loaded.config;
    this.outside.reload(loaded.config);
    this.say({ kind: 'reload', config: loaded.config });
    this.log.info(`reloaded ${this.file}`);
  }

  private input(input: SupervisorInput): void {
    stepSupervisor(this.supervisor, input, monotonicNow(), (effect) => this.perform(effect));
    this.timer.arm();
  }

  private perform(effect: SupervisorEffect): void {
    switch (effect.kind) {
      case 'start':
        this.fork();
        return;
      case 'signal':
        this.child?.kill(effect.signal);
        return;
      case 'restart-in':
        this.restarts++;
        this.log.error(
          `the vrrp child died; it is started again ${effect.delay === 0 ? 'at once' : `in ${formatMicros(effect.delay)}`}`,
        );
        return;
      case 'end':
        this.timer.stop();
        void this.outside.stopped().then(() => {
          this.released();
          process.exit(effect.code);
        });
    }
  }

  private fork(): void {
    const path = fileURLToPath(new URL('./vrrp-child.js', import.meta.url));
    const child = fork(path, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    if (this.options.vrrpPidFile !== undefined) this.notePid(this.options.vrrpPidFile);
    child.on('error', (error) => this.log.error(`vrrp child: ${error.message}`));
    child.on('message', (message) => this.hear(message as ChildMessage));
    child.once('exit', (code) => {
      this.diedAt = monotonicNow();
      this.child = undefined;
      this.childPidFile?.release();
      this.childPidFile = undefined;
      this.input({ kind: 'exited', code: code ?? undefined });
    });
    const { log, events } = this.options;
    this.say({
      kind: 'order',
      config: this.config,
      options: { log, events },
      resume: this.resume(),
    });
    this.outside.childStarted();
  }

  /** What the last child held when it died is still on the interfaces. */
  private resume(): Resume | undefined {
    if (this.diedAt === undefined) return undefined;
    const instances = [...this.outside.states].flatMap(([name, state]) =>
      state === 'MASTER' ? [name] : [],
    );
    return { instances, diedAt: this.diedAt };
  }

  private notePid(path: string): void {
    try {
      this.childPidFile = takePidFile(path, this.child?.pid);
    } catch (error) {
      if (error instanceof HalabError) this.log.error(error.message);
      else throw error;
    }
  }

  private say(message: ParentMessage): void {
    if (this.child?.connected === true) this.child.send(message, () => {});
  }

  private hear(message: ChildMessage): void {
    if (message.kind === 'effect') this.outside.hear(message.effect);
    else this.asked.get(message.id)?.(message);
  }

  private async status(): Promise<DaemonStatus> {
    const answer = await this.askChild();
    const said = answer?.kind === 'status' ? answer : undefined;
    return {
      schema: 'halab.status/1',
      version: versionOfPackage(),
      pid: process.pid,
      configuration: this.file,
      uptime_us: monotonicNow() - this.startedAt,
      restarts: this.restarts,
      vrrp_pid: this.child?.pid ?? null,
      packets: said?.received ?? null,
      holders: (said?.holders ?? []).map(({ instance, address, mac, seenAt }) => ({
        instance,
        address,
        mac,
        seen_ago_us: monotonicNow() - seenAt,
      })),
      vrrp: said?.router ?? null,
    };
  }

  private askChild(): Promise<ChildMessage | undefined> {
    const id = ++this.questions;
    return new Promise((resolve) => {
      const answer = (message: ChildMessage | undefined): void => {
        clearTimeout(timer);
        this.asked.delete(id);
        resolve(message);
      };
      const timer = setTimeout(() => answer(undefined), STATUS_MS);
      this.asked.set(id, answer);
      this.say({ kind: 'status', id });
    });
  }

  private async dump(what: 'data' | 'stats'): Promise<void> {
    dump(what, this.config, await this.status(), this.log);
  }
}

function versionOfPackage(): string {
  const path = fileURLToPath(new URL('../../package.json', import.meta.url));
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
