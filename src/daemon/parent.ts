import { hostname } from 'node:os';
import type { CheckInput } from '../engine/check/io.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import type { MibSource } from '../engine/snmp/source.ts';
import type { Resume, VrrpInput } from '../engine/vrrp/io.ts';
import { messageOf } from '../errors.ts';
import { monotonicNow } from '../linux/clock.ts';
import { libc } from '../linux/libc.ts';
import { builtProgram } from '../package-root.ts';
import type { Instant } from '../time.ts';
import type { CheckChildMessage } from './check/check-messages.ts';
import { readTlsKeys } from './check/tls-keys.ts';
import { type DaemonOptions, logOptions, onlyChild, withOptions } from './daemon-options.ts';
import { findingsOf, load, logFindings } from './load.ts';
import { appendTo, type Log, tried } from './log.ts';
import type { Place } from './place.ts';
import { capabilitiesOf } from './process/child-capabilities.ts';
import type { ChildOptions } from './process/child-messages.ts';
import type { Release } from './process/pid-file.ts';
import { SupervisedChild } from './process/supervised-child.ts';
import { HostActions } from './script/host-actions.ts';
import { type DaemonStatus, statusOf } from './status/daemon-status.ts';
import { type EventTarget, openEventTarget } from './status/event-line.ts';
import { Snmp } from './status/snmp.ts';
import { serveStatus } from './status/status-server.ts';
import { dump } from './status/status-text.ts';
import type { VrrpChildMessage } from './vrrp/vrrp-messages.ts';

export interface Started {
  readonly options: DaemonOptions;
  readonly place: Place;
  readonly findings: readonly string[];
}

export class Parent {
  private config: DaemonConfig;
  /** Parts of the configuration that were altered or ignored. */
  private findings: readonly string[];
  private readonly options: DaemonOptions;
  private readonly place: Place;
  private readonly log: Log;
  private readonly release: Release | undefined;
  private readonly events: EventTarget;
  private readonly host: HostActions;
  private readonly snmp: Snmp;
  private readonly startedAt = monotonicNow();
  private readonly vrrp: SupervisedChild<VrrpChildMessage>;
  private readonly check: SupervisedChild<CheckChildMessage>;
  private readonly begun = { vrrp: false, check: false };
  private stopping = false;
  private exitCode = 0;

  constructor(
    { options, place, findings }: Started,
    config: DaemonConfig,
    log: Log,
    release: Release | undefined,
  ) {
    this.config = config;
    this.findings = findings;
    this.options = options;
    this.place = place;
    this.log = log;
    this.release = release;
    this.events = openEventTarget(options.events);
    const send = {
      vrrp: (input: VrrpInput) => this.vrrp.send({ kind: 'input', input }),
      check: (input: CheckInput) => this.check.send({ kind: 'input', input }),
    };
    this.host = new HostActions(config, send, log);
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
    await this.host.start();
    if (!this.stopping) this.startChildren();
  }

  /** Which children have something to do. */
  private wanted(): { readonly vrrp: boolean; readonly check: boolean } {
    const only = onlyChild(this.options);
    return {
      vrrp: only !== 'check' && this.config.instances.length > 0,
      check: only !== 'vrrp' && this.config.check.virtualServers.length > 0,
    };
  }

  /** Starts each child that has something to do and has not been started. */
  private startChildren(): void {
    const wanted = this.wanted();
    for (const which of ['vrrp', 'check'] as const) {
      if (!wanted[which] || this.begun[which]) continue;
      this.begun[which] = true;
      this[which].start();
    }
  }

  private vrrpChild(): SupervisedChild<VrrpChildMessage> {
    const { logFile, dontReleaseVrrp: keepAddresses } = this.options;
    const spec = {
      name: 'vrrp child',
      program: builtProgram('daemon/vrrp/vrrp-child.js'),
      capabilities: () => capabilitiesOf('vrrp', this.config.global.process),
      pidFile: this.place.vrrpPidFile,
      tidy: !keepAddresses,
      order: (diedAt: Instant | undefined) => ({
        kind: 'order',
        config: this.config,
        options: { ...this.childOptions(), keepAddresses },
        resume: this.resume(diedAt),
      }),
      started: () => this.host.childStarted(),
      onMessage: (message: VrrpChildMessage) => {
        if (message.kind === 'log') appendTo(logFile, message.line);
        if (message.kind === 'refused') this.snmp.refused(message);
        if (message.kind !== 'effect') return;
        this.host.perform(message.effect);
        this.snmp.handle(message.effect);
      },
      ended: (code: number) => this.childEnded('vrrp', code),
    };
    return new SupervisedChild({ ...spec, ...this.lifeOf() }, this.log);
  }

  private checkChild(): SupervisedChild<CheckChildMessage> {
    const { logFile, director } = this.options;
    const spec = {
      name: 'check child',
      program: builtProgram('daemon/check/check-child.js'),
      capabilities: () => capabilitiesOf('checker', this.config.global.process),
      pidFile: this.place.checkersPidFile,
      tidy: true,
      order: () => ({
        kind: 'order',
        config: this.config,
        options: { ...this.childOptions(), director },
        down: [...this.host.checks.down],
        tls: readTlsKeys(this.config.check.tls),
      }),
      started: () => this.host.checkChildStarted(),
      onMessage: (message: CheckChildMessage) => {
        if (message.kind === 'log') appendTo(logFile, message.line);
        if (message.kind === 'effect') this.host.checks.perform(message.effect);
      },
      ended: (code: number) => this.childEnded('check', code),
    };
    return new SupervisedChild({ ...spec, ...this.lifeOf() }, this.log);
  }

  private childOptions(): ChildOptions {
    return { log: logOptions(this.options, this.place.tag), events: this.events.descriptor };
  }

  private lifeOf() {
    const respawn = !this.options.dontRespawn;
    const { passed } = this.events;
    return { patience: this.config.global.childWaitTime, respawn, descriptors: passed };
  }

  /** notify_stop runs first, so that services end before their address is removed; the pools go last. */
  private async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    const patience = new Promise<void>((resolve) => {
      setTimeout(resolve, this.config.global.childWaitTime / 1_000);
    });
    await Promise.race([this.host.stopping(), patience]);
    this.vrrp.stop();
  }

  /** The daemon ends when a child ends for good. */
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
    void this.host.stopped().then(() => {
      this.release?.();
      process.exit(this.exitCode);
    });
  }

  private reload(): void {
    tried(this.log, 'reload', () => this.reloadAll());
  }

  private reloadAll(): void {
    const loaded = load(this.options.useFile, this.options.configId);
    logFindings(loaded, this.log);
    if (loaded.config === undefined) {
      this.log.error('reload: the new configuration cannot run; the old one goes on');
      return;
    }
    this.config = withOptions(loaded.config, this.options);
    this.findings = findingsOf(loaded);
    tried(this.log, 'reload', () => this.host.reload(this.config));
    tried(this.log, 'reload: SNMP', () => this.snmp.configure(this.config));
    this.vrrp.send({ kind: 'reload', config: this.config });
    this.check.send({
      kind: 'reload',
      config: this.config,
      tls: readTlsKeys(this.config.check.tls),
    });
    tried(this.log, 'reload', () => this.host.reloaded());
    for (const which of ['vrrp', 'check'] as const)
      for (const name of this[which].missingCapabilities())
        this.log.error(`reload: the ${which} child gave ${name} up: that waits for its next start`);
    this.startChildren();
    this.log.info(`reloaded ${this.options.useFile}`);
  }

  /** Addresses of a vrrp child that died are still on the interfaces: its successor resumes those instances. */
  private resume(diedAt: Instant | undefined): Resume | undefined {
    if (diedAt === undefined) return undefined;
    const instances = [...this.host.lastStates].flatMap(([name, { state }]) =>
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
    return statusOf({
      configuration: this.options.useFile,
      findings: this.findings,
      startedAt: this.startedAt,
      missing: this.host.missing(),
      vrrp: { pid: vrrp.pid, restarts: vrrp.restarts, answer: router },
      check: { pid: check.pid, restarts: check.restarts, answer: checks },
    });
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
