/** Carries out what the check child must not do in its loop: MISC_CHECK scripts, notifications, mails. */
import type { CheckInput } from '../../engine/check/io.ts';
import { serverId, serverName } from '../../engine/check/real-server.ts';
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { RealServerConfig, VirtualServerConfig } from '../../engine/core/config-check.ts';
import type { ScriptCommand } from '../../engine/core/config-script.ts';
import { realServerAlert, virtualServerAlert } from '../script/alerts.ts';
import type { Mailer } from '../script/mailer.ts';
import type { Notifier } from '../script/notifier.ts';
import type { ScriptRun, ScriptRunner } from '../script/script-runner.ts';
import type { ForwardedCheckEffect } from './check-messages.ts';

/** misc_dynamic: an exit code from 2 on is the weight plus 2. */
const FIRST_WEIGHT = 2;

interface CheckTools {
  readonly runner: ScriptRunner;
  readonly notifier: Notifier;
  readonly mailer: Mailer;
}

export class CheckActions {
  private config: DaemonConfig;
  private readonly sendToChild: (input: CheckInput) => void;
  private readonly tools: CheckTools;
  /** Servers that are down, as `serverId` names them, for a new check child. */
  readonly down = new Set<string>();
  /** Runs of MISC_CHECK scripts, by check. */
  private readonly runs = new Map<string, ScriptRun>();

  constructor(config: DaemonConfig, sendToChild: (input: CheckInput) => void, tools: CheckTools) {
    this.config = config;
    this.sendToChild = sendToChild;
    this.tools = tools;
  }

  /** Scripts of a predecessor must not answer a new check child. */
  childStarted(): void {
    for (const run of this.runs.values()) run.signal('SIGKILL');
    this.runs.clear();
  }

  reload(config: DaemonConfig): void {
    this.config = config;
  }

  perform(effect: ForwardedCheckEffect): void {
    switch (effect.kind) {
      case 'probe':
        this.run(effect);
        return;
      case 'abort':
        this.runs.get(effect.checker)?.signal(effect.signal);
        return;
      case 'check':
        this.checker(effect);
        return;
      case 'server':
        this.server(effect);
        return;
      default:
        this.quorum(effect);
    }
  }

  private run({ checker, probe, config }: Extract<ForwardedCheckEffect, { kind: 'probe' }>): void {
    if (config.kind !== 'MISC_CHECK') return;
    const run = this.tools.runner.run(config.command, [], (code) => {
      if (this.runs.get(checker) === run) this.runs.delete(checker);
      const weighs = config.dynamic && code !== undefined && code >= FIRST_WEIGHT;
      this.sendToChild({
        kind: 'probe-ended',
        checker,
        probe,
        ok: code === 0 || weighs,
        detail: code === undefined ? 'did not run to its end' : `exit code ${code}`,
        ...(weighs ? { weight: code - FIRST_WEIGHT } : {}),
      });
    });
    this.runs.set(checker, run);
  }

  private server(effect: Extract<ForwardedCheckEffect, { kind: 'server' }>): void {
    const { virtualServer, realServer, up, detail, initial } = effect;
    const server = serverName(realServer, virtualServer);
    if (up) this.down.delete(serverId(virtualServer, realServer));
    else this.down.add(serverId(virtualServer, realServer));
    const service = virtualServer.name;
    this.notify(
      `RS ${server} ${fifoName(virtualServer)}`,
      up,
      up ? realServer.notifyUp : realServer.notifyDown,
    );
    if (!initial && this.mails(realServer))
      this.tools.mailer.send(realServerAlert({ server, service, up }, detail));
  }

  /** `alone`: the checker changes while others keep its server down, so no change of the server reports it. */
  private checker(effect: Extract<ForwardedCheckEffect, { kind: 'check' }>): void {
    const { virtualServer: service, realServer: server, checker, outcome, detail, alone } = effect;
    if (!alone || !this.config.global.mail.checkers) return;
    const virtual = this.config.check.virtualServers.find(({ name }) => name === service);
    const real = virtual?.realServers.find(
      (realServer) => serverName(realServer, virtual) === server,
    );
    if (virtual === undefined || real === undefined || !this.mails(real)) return;
    const why = `${checker} ${outcome === 'up' ? 'succeeds' : 'fails, too'}: ${detail}`;
    this.tools.mailer.send(realServerAlert({ server, service, up: false }, why));
  }

  private mails(real: RealServerConfig): boolean {
    return real.mail ?? this.config.global.mail.alertCheckers ?? true;
  }

  private quorum(effect: Extract<ForwardedCheckEffect, { kind: 'quorum' }>): void {
    const { virtualServer, up } = effect;
    const { name, quorumUp, quorumDown, mail } = virtualServer;
    this.notify(`VS ${fifoName(virtualServer)}`, up, up ? quorumUp : quorumDown);
    const why = `the quorum of ${virtualServer.quorum} is ${up ? 'reached' : 'lost'}`;
    if (mail ?? this.config.global.mail.alertCheckers ?? false)
      this.tools.mailer.send(virtualServerAlert(name, up, why));
  }

  /** keepalived's line for the FIFO, and the script of the new state. */
  private notify(what: string, up: boolean, script: ScriptCommand | undefined): void {
    this.tools.notifier.notifyServer(what, up ? 'UP' : 'DOWN', script);
  }
}

/** keepalived's FIFO has the name of a group in place of the address. */
function fifoName({ name, service }: VirtualServerConfig): string {
  return service.kind === 'group' ? `[${service.group}]:0` : name;
}
