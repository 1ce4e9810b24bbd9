import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { CheckInput } from '../engine/check/io.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import type { MibSource } from '../engine/snmp/source.ts';
import type { Resume, VrrpInput } from '../engine/vrrp/io.ts';
import { messageOf } from '../errors.ts';
import { monotonicNow } from '../linux/clock.ts';
import { libc } from '../linux/libc.ts';
import type { Instant } from '../time.ts';
import type { CheckChildMessage } from './check/check-messages.ts';
import { readTlsKeys } from './check/tls-keys.ts';
import type { DirectorChoice } from './director/open-director.ts';
import { findingsOf, load, logFindings } from './load.ts';
import { appendTo, type Log, type LogOptions, tried } from './log.ts';
import type { ChildMessage } from './messages.ts';
import type { Place, PlaceOptions } from './place.ts';
import { capabilitiesOf } from './process/child-capabilities.ts';
import { SupervisedChild } from './process/supervised-child.ts';
import { Outside } from './script/host-actions.ts';
import { type EventTarget, openEventTarget } from './status/event-line.ts';
import { Snmp } from './status/snmp.ts';
import { type DaemonStatus, serveStatus } from './status/status-server.ts';
import { dump } from './status/status-text.ts';
import { withPriorities } from './vrrp/rule-priorities.ts';

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

/** -x and -A come before the configuration; every rule has a priority. */
export function asAsked(config: DaemonConfig, { snmp, snmpSocket }: DaemonOptions): DaemonConfig {
  const all = { keepalived: true, checker: true, rfcv2: true, rfcv3: true };
  const { global } = config;
  const asked = {
    ...global.snmp,
    ...(snmp ? all : {}),
    ...(snmpSocket === undefined ? {} : { socket: snmpSocket }),
  };
  return withPriorities({ ...config, global: { ...global, snmp: asked } });
}

/** More of them help nobody in a status. */
const MOST_FINDINGS = 200;

export interface Started {
  readonly file: string;
  readonly options: DaemonOptions;
  readonly place: Place;
  readonly findings: readonly string[];
}

export class Parent {
  private readonly file: string;
  private config: DaemonConfig;
  /** What of the configuration was altered or ignored. */
  private findings: readonly string[];
  private readonly options: DaemonOptions;
  private readonly place: Place;
  private readonly log: Log;
  private readonly released: () => void;
  private readonly events: EventTarget;
  private readonly outside: Outside;
  private readonly snmp: Snmp;
  private readonly startedAt = monotonicNow();
  private readonly vrrp: SupervisedChild<ChildMessage>;
  private readonly check: SupervisedChild<CheckChildMessage>;
  private readonly begun = { vrrp: false, check: false };
  private stopping = false;
  private exitCode = 0;

  constructor(
    { file, options, place, findings }: Started,
    config: DaemonConfig,
    log: Log,
    released: () => void,
  ) {
    this.file = file;
    this.config = config;
    this.findings = findings;
    this.options = options;
    this.place = place;
    this.log = log;
    this.released = released;
    this.events = openEventTarget(options.events);
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
    const wanted = this.wanted();
    for (const which of ['vrrp', 'check'] as const) if (wanted[which]) this[which].prepare();
    await this.outside.start();
    if (!this.stopping) this.startChildren();
  }

  /** Which children have something to do. */
  private wanted(): { readonly vrrp: boolean; readonly check: boolean } {
    const { only } = this.options;
    return {
      vrrp: only !== 'check' && this.config.instances.length > 0,
      check: only !== 'vrrp' && this.config.check.virtualServers.length > 0,
    };
  }

  /** Each if it has something to do, and none twice. */
  private startChildren(): void {
    const wanted = this.wanted();
    for (const which of ['vrrp', 'check'] as const) {
      if (!wanted[which] || this.begun[which]) continue;
      this.begun[which] = true;
      this[which].start();
    }
  }

  private vrrpChild(): SupervisedChild<ChildMessage> {
    const { log, keepAddresses } = this.options;
    const events = this.events.descriptor;
    const spec = {
      name: 'vrrp child',
      program: new URL('./vrrp/vrrp-child.js', import.meta.url),
      capabilities: () => capabilitiesOf('vrrp', this.config.global.process),
      pidFile: this.place.vrrpPidFile,
      tidy: !keepAddresses,
      order: (diedAt: Instant | undefined) => ({
        kind: 'order',
        config: this.config,
        options: { log, events, keepAddresses },
        resume: this.resume(diedAt),
      }),
      started: () => this.outside.childStarted(),
      hear: (message: ChildMessage) => {
        if (message.kind === 'log') appendTo(log.file, message.line);
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
    const { log, director } = this.options;
    const events = this.events.descriptor;
    const spec = {
      name: 'check child',
      program: new URL('./check/check-child.js', import.meta.url),
      capabilities: () => capabilitiesOf('checker', this.config.global.process),
      pidFile: this.place.checkersPidFile,
      tidy: true,
      order: () => ({
        kind: 'order',
        config: this.config,
        options: { log, events, director },
        down: [...this.outside.checks.down],
        tls: readTlsKeys(this.config.check.tls),
      }),
      started: () => this.outside.checkChildStarted(),
      hear: (message: CheckChildMessage) => {
        if (message.kind === 'log') appendTo(log.file, message.line);
        if (message.kind === 'effect') this.outside.checks.hear(message.effect);
      },
      ended: (code: number) => this.childEnded('check', code),
    };
    return new SupervisedChild({ ...spec, ...this.lifeOf() }, this.log);
  }

  private lifeOf() {
    const { respawn } = this.options;
    const { passed } = this.events;
    return { patience: this.config.global.childWaitTime, respawn, descriptors: passed };
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
    logFindings(loaded, this.log);
    if (loaded.config === undefined) {
      this.log.error('reload: the new configuration cannot run; the old one goes on');
      return;
    }
    this.config = asAsked(loaded.config, this.options);
    this.findings = findingsOf(loaded);
    tried(this.log, 'reload', () => this.outside.reload(this.config));
    tried(this.log, 'reload: SNMP', () => this.snmp.configure(this.config));
    this.vrrp.say({ kind: 'reload', config: this.config });
    this.check.say({
      kind: 'reload',
      config: this.config,
      tls: readTlsKeys(this.config.check.tls),
    });
    tried(this.log, 'reload', () => this.outside.reloaded());
    for (const which of ['vrrp', 'check'] as const)
      for (const name of this[which].lacks())
        this.log.error(`reload: the ${which} child gave ${name} up: that waits for its next start`);
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
      findings: this.findings.slice(0, MOST_FINDINGS),
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
