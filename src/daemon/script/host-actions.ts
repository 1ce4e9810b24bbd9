/** Carries out what the children must not do in their loops: scripts, notifications, mails, routes, tracked objects. */

import type { CheckInput } from '../../engine/check/io.ts';
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { GlobalScript } from '../../engine/core/config-script.ts';
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import { CheckActions } from '../check/check-actions.ts';
import type { Log } from '../log.ts';
import type { Missing } from '../shortfall.ts';
import { RouteGuard } from '../vrrp/route-guard.ts';
import { Routes } from '../vrrp/routes.ts';
import type { ForwardedEffect } from '../vrrp/vrrp-messages.ts';
import { vrrpAlert } from './alerts.ts';
import { Mailer } from './mailer.ts';
import { type LastState, Notifier } from './notifier.ts';
import { type ScriptRun, ScriptRunner } from './script-runner.ts';
import { Trackers } from './trackers.ts';

export class HostActions {
  private config: DaemonConfig;
  private readonly sendToChild: (input: VrrpInput) => void;
  /** Those of the check child. */
  readonly checks: CheckActions;
  private readonly runner: ScriptRunner;
  private readonly notifier: Notifier;
  private readonly mailer: Mailer;
  private readonly routes: Routes;
  private readonly guard: RouteGuard;
  private readonly trackers: Trackers;
  /** Runs of vrrp_scripts, by name. */
  private readonly runs = new Map<string, ScriptRun>();
  /** Of every instance that has reported a state. */
  readonly lastStates = new Map<string, LastState>();

  constructor(
    config: DaemonConfig,
    send: {
      readonly vrrp: (input: VrrpInput) => void;
      readonly check: (input: CheckInput) => void;
    },
    log: Log,
  ) {
    this.config = config;
    this.sendToChild = send.vrrp;
    this.runner = new ScriptRunner(config.global, log);
    this.notifier = new Notifier(config, this.runner, log);
    this.mailer = new Mailer(config.global, log);
    this.routes = new Routes(log);
    this.guard = new RouteGuard(this.routes, send.vrrp, log);
    this.trackers = new Trackers((input) => {
      send.vrrp(input);
      if (input.kind === 'file') send.check(input);
    }, log);
    const { runner, notifier, mailer } = this;
    this.checks = new CheckActions(config, send.check, { runner, notifier, mailer });
  }

  /** Runs startup_script to its end, then installs static addresses, routes and rules. */
  async start(): Promise<void> {
    await this.runGlobal(this.config.global.startupScript);
    this.routes.installStatics(this.config.statics);
    this.guard.guardStatics(this.config.statics);
    this.trackers.configure(this.config);
  }

  /** A new vrrp child does not know tracked objects, and scripts of its predecessor must not answer it. */
  childStarted(): void {
    for (const run of this.runs.values()) run.signal('SIGKILL');
    this.runs.clear();
    this.trackers.reportAll();
    this.guard.reportAll();
  }

  /** As `childStarted`, for a new check child. */
  checkChildStarted(): void {
    this.checks.childStarted();
    this.trackers.reportAll();
  }

  reload(config: DaemonConfig): void {
    this.routes.withdrawStatics(this.config.statics);
    this.config = config;
    this.runner.configure(config.global);
    this.notifier.configure(config);
    this.checks.reload(config);
    this.mailer.configure(config.global);
    this.routes.installStatics(config.statics);
    this.guard.guardStatics(config.statics);
    this.trackers.configure(config);
    this.notifier.writeStates(this.lastStates);
  }

  /** After the children have the new configuration: reports its tracked objects. */
  reloaded(): void {
    this.trackers.reportAll();
  }

  missing(): readonly Missing[] {
    return this.guard.missing();
  }

  perform(effect: ForwardedEffect): void {
    this.notifier.handle(effect, this.lastStates);
    const alert = vrrpAlert(effect, this.config);
    if (alert !== undefined) this.mailer.send(alert);
    switch (effect.kind) {
      case 'state':
        this.lastStates.set(effect.instance, { state: effect.to, priority: effect.priority });
        return;
      case 'priority': {
        const last = this.lastStates.get(effect.instance);
        if (last === undefined) return;
        this.lastStates.set(effect.instance, { ...last, priority: effect.priority });
        return;
      }
      case 'deleted':
        this.lastStates.delete(effect.instance);
        return;
      case 'install':
        this.routes.install(effect.config, (item) => this.guard.failed(effect.instance, item));
        this.guard.guard(effect.config);
        return;
      case 'withdraw':
        this.guard.release(effect.instance, effect.config);
        this.routes.withdraw(effect.config);
        return;
      case 'run-script':
        this.runScript(effect.name);
        return;
      case 'end-script':
        this.runs.get(effect.name)?.signal(effect.signal);
        return;
      default:
        return;
    }
  }

  /** Runs notify_stop, before any address is removed. */
  stopping(): Promise<void> {
    return this.notifier.stopping(this.lastStates);
  }

  /** Cleans up after the children have ended. */
  async stopped(): Promise<void> {
    this.trackers.close();
    this.guard.close();
    this.routes.withdrawStatics(this.config.statics);
    await this.routes.settled();
    await this.runGlobal(this.config.global.shutdownScript);
    this.notifier.close();
    this.runner.killAll();
  }

  private runScript(name: string): void {
    const config = this.config.scripts.find((script) => script.name === name);
    if (config === undefined) return;
    const run = this.runner.run(config.command, [], (code) => {
      if (this.runs.get(name) === run) this.runs.delete(name);
      this.sendToChild({ kind: 'script-ended', name, ok: code === 0 });
    });
    this.runs.set(name, run);
  }

  private runGlobal(script: GlobalScript | undefined): Promise<void> {
    if (script === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const run = this.runner.run(script.command, [], () => {
        clearTimeout(timer);
        resolve();
      });
      const timer = setTimeout(() => {
        run.signal('SIGKILL');
        resolve();
      }, script.timeout / 1_000);
    });
  }
}
