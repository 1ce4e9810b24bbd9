/**
 * Hosts the machine of the health checks: it starts network probes, feeds results and addresses in, and brings pools
 * into the kernel through the director. The parent runs scripts and notifications.
 */
import { createChecks, nextChecksDeadline, stepChecks } from '../../engine/check/checks.ts';
import type { CheckEffect, CheckInput, Pool } from '../../engine/check/io.ts';
import { serverName } from '../../engine/check/real-server.ts';
import { describeChecks } from '../../engine/check/status.ts';
import type { DaemonConfig } from '../../engine/core/config.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { openRouteSocket, type RouteSocket } from '../../linux/route-socket.ts';
import { OVERRUN, watchRoutes } from '../../linux/route-watch.ts';
import type { Director } from '../director/director.ts';
import { openDirector } from '../director/open-director.ts';
import type { Log } from '../log.ts';
import { Probes } from '../probe/probes.ts';
import type { Abort } from '../probe/running.ts';
import type { ChildTools } from '../process/child.ts';
import { RepeatedLog } from '../repeated-log.ts';
import { type EventWriter, openEvents } from '../status/event-line.ts';
import { DeadlineTimer } from '../vrrp/deadline-timer.ts';
import type { CheckChildMessage, CheckOrder, CheckReload } from './check-messages.ts';

export class CheckProcess {
  private config: DaemonConfig;
  private readonly log: Log;
  private readonly events: EventWriter;
  private readonly sendToParent: (message: CheckChildMessage) => void;
  private readonly state;
  private readonly director: Director;
  private readonly probes: Probes;
  private readonly timer: DeadlineTimer;
  private readonly routes: RouteSocket;
  private readonly lostMessages: RepeatedLog;
  /** By checker. */
  private readonly running = new Map<string, Abort>();
  private readonly queue: CheckInput[] = [];
  private stepping = false;
  private refreshScheduled = false;

  constructor(
    { config, options, down, tls }: CheckOrder,
    { log, sendToParent }: ChildTools<CheckChildMessage>,
  ) {
    this.config = config;
    this.log = log;
    this.lostMessages = new RepeatedLog(log, 'info');
    this.sendToParent = sendToParent;
    this.events = openEvents(options.events);
    this.state = createChecks(config, new Set(down));
    this.director = openDirector(options.director, config.check, log);
    this.probes = new Probes(tls);
    this.routes = openRouteSocket();
    this.timer = new DeadlineTimer(
      () => nextChecksDeadline(this.state),
      () => this.input({ kind: 'wake' }),
    );
  }

  start(): void {
    const soon = (): void => this.scheduleRefresh();
    watchRoutes({
      onAddress: soon,
      onOverrun: () => {
        this.lostMessages.report(OVERRUN, 'times', OVERRUN);
        soon();
      },
    });
    this.refreshAddresses();
    this.input({ kind: 'startup' });
  }

  reload({ config, tls }: CheckReload & { readonly config: DaemonConfig }): void {
    this.config = config;
    this.probes.configure(tls);
    this.logProblems(this.director.configure(config.check));
    this.input({ kind: 'config', config });
  }

  /** Removes the pools; synchronous. */
  stop(): void {
    this.timer.stop();
    this.input({ kind: 'shutdown' });
    this.director.close();
    this.probes.close();
    this.lostMessages.close();
    this.events.close();
  }

  status(id: number): void {
    const checks = describeChecks(this.state);
    this.sendToParent({ kind: 'status', id, director: this.director.name, checks });
  }

  input(input: CheckInput): void {
    this.queue.push(input);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift())
      this.step(next);
    this.stepping = false;
    this.timer.arm();
  }

  /** Successive pools reach the kernel as one change, before the effects that report them. */
  private step(input: CheckInput): void {
    const pools: Pool[] = [];
    const flush = (): void => {
      if (pools.length > 0) this.balance(pools.splice(0));
    };
    stepChecks(this.state, input, monotonicNow(), (effect) => {
      if (effect.kind === 'pool') {
        pools.push(effect.pool);
        return;
      }
      flush();
      this.perform(effect);
    });
    flush();
  }

  private balance(pools: readonly Pool[]): void {
    this.logProblems(this.director.apply(pools));
    const at = monotonicNow();
    for (const { virtualServer, destinations } of pools)
      this.events.write(
        'pool',
        {
          virtual_server: virtualServer.name,
          servers: destinations.map(({ address, port, weight }) => ({ address, port, weight })),
        },
        at,
      );
  }

  private perform(effect: Exclude<CheckEffect, { kind: 'pool' }>): void {
    switch (effect.kind) {
      case 'probe':
        this.probe(effect);
        return;
      case 'abort':
        this.abort(effect);
        return;
      case 'remove-pool':
        this.logProblems(this.director.remove(effect.name));
        return;
      case 'server':
      case 'quorum':
        this.logState(effect);
        this.sendToParent({ kind: 'effect', effect });
        return;
      case 'check':
        this.logCheck(effect);
        this.sendToParent({ kind: 'effect', effect });
        return;
      default:
        this.logCheck(effect);
    }
  }

  private probe(effect: Extract<CheckEffect, { kind: 'probe' }>): void {
    const { checker, probe, config, timeout } = effect;
    if (config.kind === 'MISC_CHECK' || config.kind === 'FILE_CHECK') {
      this.sendToParent({ kind: 'effect', effect });
      return;
    }
    const started = this.probes.start(config, timeout, ({ ok, detail }) => {
      this.running.delete(checker);
      this.input({ kind: 'probe-ended', checker, probe, ok, detail });
    });
    this.running.set(checker, started);
  }

  /** Closes a socket at once; the parent ends a script. */
  private abort(effect: Extract<CheckEffect, { kind: 'abort' }>): void {
    const { checker, probe } = effect;
    const running = this.running.get(checker);
    if (running === undefined) {
      this.sendToParent({ kind: 'effect', effect });
      return;
    }
    this.running.delete(checker);
    running();
    this.queue.push({ kind: 'probe-ended', checker, probe, ok: false, detail: 'called off' });
  }

  private logCheck(effect: Extract<CheckEffect, { kind: 'check' | 'weight' }>): void {
    const { virtualServer: virtual_server, realServer: real_server } = effect;
    if (effect.kind === 'weight') {
      this.log.info(`${virtual_server}: ${real_server} has weight ${effect.weight}`);
      return;
    }
    const { checker, outcome, detail } = effect;
    const wording = { up: 'succeeded', down: 'gave it up', failure: 'failed' }[outcome];
    this.log[outcome === 'down' ? 'error' : 'info'](
      `${virtual_server}: ${checker} of ${real_server} ${wording}: ${detail}`,
    );
    this.events.write('check', { virtual_server, real_server, checker, outcome, detail });
  }

  private logState(effect: Extract<CheckEffect, { kind: 'server' | 'quorum' }>): void {
    const at = monotonicNow();
    const { up } = effect;
    const { name: virtual_server } = effect.virtualServer;
    if (effect.kind === 'quorum') {
      this.log.info(`${virtual_server}: quorum ${up ? 'gained' : 'lost'}`);
      this.events.write('quorum', { virtual_server, up }, at);
      return;
    }
    const { detail } = effect;
    const real_server = serverName(effect.realServer, effect.virtualServer);
    this.log.info(`${virtual_server}: ${real_server} is ${up ? 'up' : 'down'}: ${detail}`);
    this.events.write('server', { virtual_server, real_server, up, detail }, at);
  }

  private logProblems(problems: readonly string[]): void {
    for (const problem of problems) this.log.error(problem);
  }

  private scheduleRefresh(): void {
    if (this.refreshScheduled) return;
    this.refreshScheduled = true;
    setImmediate(() => {
      this.refreshScheduled = false;
      this.refreshAddresses();
    });
  }

  private refreshAddresses(): void {
    if (!this.config.check.virtualServers.some(({ haSuspend }) => haSuspend)) return;
    const present = this.routes.listAddresses().map(({ address }) => address);
    this.input({ kind: 'addresses', present });
  }
}
