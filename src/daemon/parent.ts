/**
 * The parent process: starts the vrrp child and the check child if there is something for them to do,
 * reloads and stops them in order, and does for them what would hold them up.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { CheckInput } from '../engine/check/io.ts';
import { printConfig } from '../engine/core/conf-printer.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import type { ProcessConfig } from '../engine/core/config-process.ts';
import type { MibSource } from '../engine/snmp/source.ts';
import type { Resume, VrrpInput } from '../engine/vrrp/io.ts';
import { HalabError, messageOf } from '../errors.ts';
import { monotonicNow } from '../linux/clock.ts';
import { libc } from '../linux/libc.ts';
import type { Instant } from '../time.ts';
import type { CheckChildMessage } from './check-messages.ts';
import type { DirectorChoice } from './director/open-director.ts';
import { type Loaded, load, tell } from './load.ts';
import { type Log, type LogOptions, openLog, tried } from './log.ts';
import type { ChildMessage } from './messages.ts';
import { NO_DEBUGGER, ownEnvironment } from './no-debugger.ts';
import { Outside } from './outside.ts';
import { type Place, type PlaceOptions, placeOf, runInside, takePid } from './place.ts';
import { setProcessName } from './process-name.ts';
import { niceTo } from './scheduling.ts';
import { Snmp } from './snmp.ts';
import { type DaemonStatus, serveStatus } from './status-server.ts';
import { dump } from './status-text.ts';
import { SupervisedChild } from './supervised-child.ts';

export interface DaemonOptions extends PlaceOptions {
  /** -i */
  readonly configId: string | undefined;
  readonly log: LogOptions;
  /** --events */
  readonly events: string | undefined;
  /** -d */
  readonly dumpConfig: boolean;
  /** -u [the one of the configuration] */
  readonly umask: number | undefined;
  /** -P and -C: only this child [undefined: every one that has something to do]. */
  readonly only: 'vrrp' | 'check' | undefined;
  /** --open-status */
  readonly openStatus: boolean;
  /** -R turns it off. */
  readonly respawn: boolean;
  /** -V */
  readonly keepAddresses: boolean;
  /** --director [auto: ip_vs if the kernel has it, otherwise nftables]. */
  readonly director: DirectorChoice;
  /** -x and -A */
  readonly snmp: boolean;
  readonly snmpSocket: string | undefined;
  /** Of options that have no effect here. */
  readonly warnings: readonly string[];
}

/** Exit codes as keepalived's: 2 for a bad configuration, 6 for none. */
const EXIT_CONFIG = 2;
const EXIT_NO_CONFIG = 6;

/** Checks the configuration, then leaves a copy of this process in the background. */
export function daemonize(
  file: string,
  configId: string | undefined,
  only: DaemonOptions['only'],
  argv: readonly string[],
): number {
  const failed = refusal(load(file, configId), only);
  if (failed !== undefined) return failed;
  const child = spawn(process.execPath, [...NO_DEBUGGER, ...argv.slice(1), '-n'], {
    detached: true,
    stdio: 'ignore',
    env: ownEnvironment(),
  });
  child.unref();
  return 0;
}

export async function runParent(file: string, given: DaemonOptions): Promise<void> {
  const loaded = load(file, given.configId);
  process.exitCode = refusal(loaded, given.only);
  if (loaded.config === undefined || process.exitCode !== undefined) return;
  const place = placeOf(loaded.config.global.process, given);
  runInside(place.namespace);
  const options = { ...given, log: { ...given.log, tag: place.tag } };
  const log = openLog('halabd', options.log);
  tell(loaded);
  for (const warning of options.warnings) log.info(warning);
  becomeParent(loaded.config.global.process, options.umask, log);
  try {
    const pid = takePid(place.pidFile, log);
    if (options.dumpConfig)
      for (const line of printConfig(loaded.config).split('\n')) log.info(line);
    const config = asAsked(loaded.config, options);
    await new Parent({ file, options, place }, config, log, () => pid?.release()).start();
  } catch (error) {
    if (!(error instanceof HalabError)) throw error;
    log.error(`${error.message}. ${error.hint}`);
    process.exitCode = error.exitCode;
  }
}

/** The exit code of a daemon that cannot run; says why. */
function refusal(loaded: Loaded, only: DaemonOptions['only']): number | undefined {
  if (loaded.config === undefined) {
    tell(loaded);
    return loaded.missing ? EXIT_NO_CONFIG : EXIT_CONFIG;
  }
  const { instances, check } = loaded.config;
  const idle = { vrrp: instances.length === 0, check: check.virtualServers.length === 0 };
  if (only === undefined || !idle[only]) return undefined;
  const what =
    only === 'check' ? '-C: there is no virtual_server' : '-P: there is no vrrp_instance';
  process.stderr.write(`${what}: there is nothing to do\n`);
  return EXIT_CONFIG;
}

/** -x and -A come before the configuration. */
function asAsked(config: DaemonConfig, { snmp, snmpSocket }: DaemonOptions): DaemonConfig {
  const all = { keepalived: true, checker: true, rfcv2: true, rfcv3: true };
  const { global } = config;
  const asked = {
    ...global.snmp,
    ...(snmp ? all : {}),
    ...(snmpSocket === undefined ? {} : { socket: snmpSocket }),
  };
  return { ...config, global: { ...global, snmp: asked } };
}

/** What the children inherit. */
function becomeParent(config: ProcessConfig, umask: number | undefined, log: Log): void {
  process.umask(umask ?? config.umask);
  if (config.parentName !== undefined) setProcessName(config.parentName);
  const problem = config.nice === 0 ? undefined : niceTo(config.nice);
  if (problem !== undefined) log.error(`process_priority ${config.nice}: ${problem}`);
}

class Parent {
  private readonly file: string;
  private config: DaemonConfig;
  private readonly options: DaemonOptions;
  private readonly place: Place;
  private readonly log: Log;
  private readonly released: () => void;
  private readonly outside: Outside;
  private readonly snmp: Snmp;
  private readonly startedAt = monotonicNow();
  private readonly vrrp: SupervisedChild<ChildMessage>;
  private readonly check: SupervisedChild<CheckChildMessage>;
  private readonly begun = { vrrp: false, check: false };
  private stopping = false;
  private exitCode = 0;

  constructor(
    { file, options, place }: { file: string; options: DaemonOptions; place: Place },
    config: DaemonConfig,
    log: Log,
    released: () => void,
  ) {
    this.file = file;
    this.config = config;
    this.options = options;
    this.place = place;
    this.log = log;
    this.released = released;
    const tell = {
      vrrp: (input: VrrpInput) => this.vrrp.say({ kind: 'input', input }),
      check: (input: CheckInput) => this.check.say({ kind: 'input', input }),
    };
    this.outside = new Outside(config, tell, log);
    this.vrrp = this.vrrpChild();
    this.check = this.checkChild();
    this.snmp = new Snmp(() => this.mibSource(), log);
  }

  async start(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void this.stop());
    process.on('SIGHUP', () => this.reload());
    process.on('SIGUSR1', () => void this.dump('data'));
    process.on('SIGUSR2', () => void this.dump('stats'));
    const place = { path: this.place.statusSocket, open: this.options.openStatus };
    serveStatus(place, () => this.status(), this.log);
    this.snmp.configure(this.config);
    await this.outside.start();
    if (!this.stopping) this.startChildren();
  }

  /** Each if it has something to do, and none twice. */
  private startChildren(): void {
    const { only } = this.options;
    const wanted = {
      vrrp: only !== 'check' && this.config.instances.length > 0,
      check: only !== 'vrrp' && this.config.check.virtualServers.length > 0,
    };
    for (const which of ['vrrp', 'check'] as const) {
      if (!wanted[which] || this.begun[which]) continue;
      this.begun[which] = true;
      this[which].start();
    }
  }

  private vrrpChild(): SupervisedChild<ChildMessage> {
    const { log, events, keepAddresses } = this.options;
    const spec = {
      name: 'vrrp child',
      program: new URL('./vrrp-child.js', import.meta.url),
      pidFile: this.place.vrrpPidFile,
      order: (diedAt: Instant | undefined) => ({
        kind: 'order',
        config: this.config,
        options: { log, events, keepAddresses },
        resume: this.resume(diedAt),
      }),
      started: () => this.outside.childStarted(),
      hear: (message: ChildMessage) => {
        if (message.kind === 'refused') this.snmp.refused(message);
        if (message.kind !== 'effect') return;
        this.outside.hear(message.effect);
        this.snmp.hear(message.effect);
      },
      ended: (code: number) => this.childEnded('vrrp', code),
    };
    return new SupervisedChild({ ...spec, ...this.lifeOf() }, this.log);
  }

  private checkChild(): SupervisedChild<CheckChildMessage> {
    const { log, events, director } = this.options;
    const spec = {
      name: 'check child',
      program: new URL('./check-child.js', import.meta.url),
      pidFile: this.place.checkersPidFile,
      order: () => ({
        kind: 'order',
        config: this.config,
        options: { log, events, director },
        down: [...this.outside.checks.down],
      }),
      started: () => this.outside.checkChildStarted(),
      hear: (message: CheckChildMessage) => {
        if (message.kind === 'effect') this.outside.checks.hear(message.effect);
      },
      ended: (code: number) => this.childEnded('check', code),
    };
    return new SupervisedChild({ ...spec, ...this.lifeOf() }, this.log);
  }

  private lifeOf() {
    return { patience: this.config.global.childWaitTime, respawn: this.options.respawn };
  }

  /** notify_stop first: services end before their address goes; the pools last. */
  private async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    const patience = new Promise<void>((resolve) => {
      setTimeout(resolve, this.config.global.childWaitTime / 1_000);
    });
    await Promise.race([this.outside.stopping(), patience]);
    this.vrrp.stop();
  }

  /** A child that cannot go on takes the daemon with it. */
  private childEnded(which: 'vrrp' | 'check', code: number): void {
    this.exitCode ||= code;
    if (!this.stopping) {
      this.stopping = true;
      if (which === 'check') {
        this.vrrp.stop();
        return;
      }
    }
    if (which === 'vrrp') this.check.stop();
    else this.end();
  }

  private end(): void {
    this.snmp.close();
    void this.outside.stopped().then(() => {
      this.released();
      process.exit(this.exitCode);
    });
  }

  /** What cannot be done is told; the rest goes on. */
  private reload(): void {
    tried(this.log, 'reload', () => this.reloadAll());
  }

  private reloadAll(): void {
    const loaded = load(this.file, this.options.configId);
    for (const { file, line, column, severity, message } of loaded.issues)
      this.log.info(`${file}:${line}:${column}: ${severity}: ${message}`);
    if (loaded.config === undefined) {
      this.log.error('reload: the new configuration cannot run; the old one goes on');
      return;
    }
    this.config = asAsked(loaded.config, this.options);
    tried(this.log, 'reload', () => this.outside.reload(this.config));
    tried(this.log, 'reload: SNMP', () => this.snmp.configure(this.config));
    this.vrrp.say({ kind: 'reload', config: this.config });
    this.check.say({ kind: 'reload', config: this.config });
    tried(this.log, 'reload', () => this.outside.reloaded());
    this.startChildren();
    this.log.info(`reloaded ${this.file}`);
  }

  /** What the last child held when it died is still on the interfaces. */
  private resume(diedAt: Instant | undefined): Resume | undefined {
    if (diedAt === undefined) return undefined;
    const instances = [...this.outside.known].flatMap(([name, { state }]) =>
      state === 'MASTER' ? [name] : [],
    );
    return { instances, diedAt };
  }

  private async status(): Promise<DaemonStatus> {
    const { vrrp, check, begun } = this;
    const [router, checks] = await Promise.all([
      begun.vrrp ? vrrp.ask() : undefined,
      begun.check ? check.ask() : undefined,
    ]);
    const routed = router?.kind === 'status' ? router : undefined;
    const checked = checks?.kind === 'status' ? checks : undefined;
    return {
      schema: 'halab.status/1',
      version: versionOfPackage(),
      pid: process.pid,
      configuration: this.file,
      uptime_us: monotonicNow() - this.startedAt,
      restarts: vrrp.restarts,
      vrrp_pid: vrrp.pid ?? null,
      packets: routed?.received ?? null,
      holders: (routed?.holders ?? []).map(({ instance, address, mac, seenAt }) => ({
        instance,
        address,
        mac,
        seen_ago_us: monotonicNow() - seenAt,
      })),
      missing: [...(routed?.missing ?? []), ...this.outside.missing()].map(
        ({ of, what, reason, since }) => ({
          of: of ?? null,
          what,
          reason,
          since_us: monotonicNow() - since,
        }),
      ),
      vrrp: routed?.router ?? null,
      check_pid: check.pid ?? null,
      check_restarts: check.restarts,
      director: checked?.director ?? null,
      check: checked?.checks ?? null,
    };
  }

  private async mibSource(): Promise<MibSource> {
    const { vrrp, check: checks, packets, version, uptime_us: uptime } = await this.status();
    return {
      config: this.config,
      router: vrrp,
      checks,
      refused: packets?.refused ?? {},
      version,
      routerId: this.config.global.routerId ?? hostname(),
      uptime,
      indexOf: (name) => libc().ifNameToIndex(name),
    };
  }

  private async dump(what: 'data' | 'stats'): Promise<void> {
    const status = await this.status().catch((error: unknown) => messageOf(error));
    if (typeof status === 'string') this.log.error(`no dump: ${status}`);
    else dump(what, this.config, status, this.log);
  }
}

export function versionOfPackage(): string {
  const path = fileURLToPath(new URL('../../package.json', import.meta.url));
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
