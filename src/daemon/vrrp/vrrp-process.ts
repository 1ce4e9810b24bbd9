/**
 * Hosts the vrrp machine on the kernel: packets, link and address changes go in, in order; adverts,
 * addresses and announcements come out at once. One event loop, no scripts, no files on its way: those
 * are the parent's, to which their effects are forwarded.
 */
import { uptime } from 'node:os';
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { Resume, VrrpEffect, VrrpInput } from '../../engine/vrrp/io.ts';
import { stepRouter } from '../../engine/vrrp/router.ts';
import {
  createRouter,
  nextRouterDeadline,
  type RouterState,
  takeoverDue,
} from '../../engine/vrrp/router-state.ts';
import { describeRouter } from '../../engine/vrrp/status.ts';
import { EXIT, HalabError } from '../../errors.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { OVERRUN, watchRoutes } from '../../linux/route-watch.ts';
import { between, formatMicros, type Instant, instant, type Micros, seconds } from '../../time.ts';
import type { Log } from '../log.ts';
import type { ChildMessage, ForwardedEffect } from '../messages.ts';
import { RepeatedLog } from '../repeated-log.ts';
import { type EventWriter, openEvents } from '../status/event-line.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { HolderWatch } from './holder-watch.ts';
import { Interfaces } from './interfaces.ts';
import { filterMatters, filterRules, installFilter, removeFilter } from './packet-filter.ts';
import { Received } from './received.ts';
import { hearsHere, overlaps } from './socket-needs.ts';
import { type HasAddress, VirtualAddresses } from './virtual-addresses.ts';
import { VirtualMacs } from './vmac.ts';
import { warmUp } from './warm-up.ts';

/** Our own addition is seen a moment later. */
const LEAST_WAIT_MS = 20;

export interface VrrpProcessOptions {
  readonly events: number | undefined;
  readonly log: Log;
  readonly tellParent: (message: ChildMessage) => void;
  /** A deadline was met this late. */
  readonly onLate: (by: Micros) => void;
}

export class VrrpProcess {
  private config: DaemonConfig;
  private readonly log: Log;
  private readonly events: EventWriter;
  private readonly router: RouterState;
  private readonly timer: DeadlineTimer;
  private readonly interfaces: Interfaces;
  private readonly addresses: VirtualAddresses;
  private readonly vmacs: VirtualMacs;
  private readonly received: Received;
  private readonly holders: HolderWatch;
  private readonly tellParent: (message: ChildMessage) => void;
  /** Inputs that effects gave rise to, fed after the step that caused them. */
  private readonly queue: VrrpInput[] = [];
  private stepping = false;
  /** The moment of the step that is under way, or of the last one. */
  private stepAt = monotonicNow();
  /** Whether our packet filter is in place. */
  private filtered = false;
  private telling = false;
  private readonly unsent: RepeatedLog;
  private readonly lostNews: RepeatedLog;
  /** Of the next address that is missing. */
  private restoring: NodeJS.Timeout | undefined;

  constructor(config: DaemonConfig, { events, log, tellParent, onLate }: VrrpProcessOptions) {
    this.config = config;
    this.log = log;
    this.tellParent = tellParent;
    this.events = openEvents(events);
    this.router = createRouter(config);
    this.interfaces = new Interfaces(config, (packet, name) => {
      if (overlaps(this.config) && !hearsHere(this.config, name, packet)) return;
      this.input({ kind: 'packet', interface: name, ...packet });
    });
    this.unsent = new RepeatedLog(log, 'error');
    this.lostNews = new RepeatedLog(log, 'info');
    this.addresses = new VirtualAddresses(log, (name) => this.interfaces.find(name));
    this.vmacs = new VirtualMacs(log);
    this.received = new Received(this.events, log, (refused) =>
      tellParent({ kind: 'refused', ...refused }),
    );
    const kernel = () => this.interfaces.known();
    this.holders = new HolderWatch({ kernel, events: this.events, log });
    this.timer = new DeadlineTimer(
      () => nextRouterDeadline(this.router),
      (late) => {
        onLate(late);
        this.input({ kind: 'wake' });
      },
      (at) => takeoverDue(this.router, at),
    );
  }

  start(resume: Resume | undefined): void {
    this.filter();
    warmUp(this.config);
    this.vmacs.configure(this.config);
    this.tellInterfaces();
    // What a killed predecessor left on the interfaces is ours only if it was Active a moment ago.
    for (const instance of this.config.instances)
      if (resume?.instances.includes(instance.name) === true) this.addresses.adopt(instance);
      else this.addresses.withdraw(instance);
    this.addresses.prepare(this.config.instances);
    watchRoutes({
      onLink: () => this.tellSoon(),
      onAddress: () => this.tellSoon(),
      onOverrun: () => {
        this.lostNews.tell(OVERRUN, 'times', OVERRUN);
        this.tellSoon();
      },
    });
    const since = { uptime: seconds(uptime()) };
    this.input({ kind: 'startup', ...since, ...(resume === undefined ? {} : { resume }) });
  }

  /** SIGHUP: what does not change goes on without a gap. */
  reload(config: DaemonConfig): void {
    // What goes must still be able to resign: sockets and vmacs of both until it has.
    const both = { ...config, instances: [...this.config.instances, ...config.instances] };
    this.config = config;
    this.filter();
    this.vmacs.configure(both);
    this.interfaces.configure(both);
    this.tellInterfaces(both);
    this.input({ kind: 'config', config });
    this.interfaces.configure(config);
    this.tellInterfaces();
    this.addresses.prepare(config.instances);
  }

  /** Priority 0, addresses withdrawn; synchronous. */
  stop(): void {
    this.timer.stop();
    clearTimeout(this.restoring);
    this.input({ kind: 'shutdown' });
    this.vmacs.close();
    if (this.filtered) removeFilter();
    this.holders.close();
    this.received.close();
    this.unsent.close();
    this.lostNews.close();
    this.events.close();
  }

  input(input: VrrpInput): void {
    this.queue.push(input);
    if (this.stepping) return;
    this.stepping = true;
    const emit = (effect: VrrpEffect): boolean => this.perform(effect);
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      this.stepAt = monotonicNow();
      this.tellClock(this.stepAt, emit);
      stepRouter(this.router, next, this.stepAt, emit);
    }
    this.stepping = false;
    this.timer.arm();
  }

  status(id: number): void {
    this.tellParent({
      kind: 'status',
      id,
      router: describeRouter(this.router, monotonicNow()),
      received: this.received.totals(),
      holders: this.holders.known(),
      missing: this.addresses.unheld(),
    });
  }

  private filter(): void {
    const { instances } = this.config;
    const rules = filterRules(instances);
    const problem = rules === undefined ? undefined : installFilter(rules);
    if (rules === undefined && this.filtered) removeFilter();
    this.filtered = rules !== undefined;
    if (problem === undefined) return;
    if (!filterMatters(instances)) {
      this.log.error(`${problem}; a switch may learn the virtual MAC of a Backup`);
      return;
    }
    throw new HalabError({
      code: 'HALAB_NO_ACCEPT',
      message: problem,
      hint: 'Install nftables, or remove no_accept.',
      exitCode: EXIT.environment,
    });
  }

  /** Signatures carry the wall clock, which may be set at any time. */
  private tellClock(now: Instant, emit: (effect: VrrpEffect) => boolean): void {
    if (!this.config.instances.some(({ hmac }) => hmac !== undefined)) return;
    stepRouter(this.router, { kind: 'clock', utc: Date.now() * 1_000 }, now, emit);
  }

  /** Once for a whole batch of changes: a takeover of many addresses announces each of them. */
  private tellSoon(): void {
    if (this.telling) return;
    this.telling = true;
    setImmediate(() => {
      this.telling = false;
      this.tellInterfaces();
    });
  }

  private tellInterfaces(config: DaemonConfig = this.config): void {
    const changed = this.interfaces.refresh();
    this.vmacs.configure(config);
    for (const status of changed) {
      for (const instance of this.config.instances)
        if (instance.interface === status.name) this.vmacs.useSource(instance, status.primary6);
      this.input({ kind: 'interface', status });
    }
    this.restore();
  }

  /** An address that somebody else removed while we are Active comes back, and is announced; a missing one as well. */
  private restore(): void {
    const has: HasAddress = (on, address) => this.interfaces.has(on, address);
    for (const { config, name } of this.router.instances) {
      if (name !== 'MASTER') continue;
      const { back, lost } = this.addresses.restore(config, has);
      if (lost !== undefined)
        this.input({ kind: 'host-failed', instance: config.name, reason: lost });
      else if (back.length > 0)
        this.addresses.announce({ ...config, addresses: back, excluded: [] }, config.garp.repeat);
    }
    this.restoreLater(has);
  }

  /** What is missing still is tried again when its time has come. */
  private restoreLater(has: HasAddress): void {
    clearTimeout(this.restoring);
    const times = this.router.instances.flatMap(({ config, name }) =>
      name === 'MASTER' ? (this.addresses.nextTry(config, has) ?? []) : [],
    );
    if (times.length === 0) return;
    const wait = between(monotonicNow(), instant(Math.min(...times)));
    this.restoring = setTimeout(() => this.tellInterfaces(), Math.max(wait / 1_000, LEAST_WAIT_MS));
  }

  /** `false`: it could not be done. */
  private perform(effect: VrrpEffect): boolean {
    switch (effect.kind) {
      case 'send': {
        const problem = this.interfaces.send(effect);
        if (problem === undefined) return true;
        const text = `an advert could not be sent on ${effect.interface}: ${problem}`;
        this.unsent.tell(text, effect.instance, `${effect.instance}: ${text}`);
        return false;
      }
      case 'announce':
        this.addresses.announce(effect.config, effect.repeat);
        return true;
      case 'received':
        this.received.count(effect);
        return true;
      case 'stalled':
        this.log.error(`${effect.instance}: did not run for ${formatMicros(effect.late)}`);
        return true;
      case 'script':
        this.tellScript(effect);
        return true;
      default:
        return this.performAndForward(effect);
    }
  }

  private performAndForward(effect: ForwardedEffect): boolean {
    let problem: string | undefined;
    if (effect.kind === 'install') {
      problem = this.addresses.install(effect.config);
      this.holders.taken(effect.config);
    } else if (effect.kind === 'withdraw') {
      this.addresses.withdraw(effect.config);
      this.holders.givenUp(effect.instance, effect.config);
    }
    if (effect.kind === 'state') this.tellState(effect);
    else if (effect.kind === 'priority') this.tellPriority(effect);
    if (problem !== undefined && effect.kind === 'install')
      this.queue.push({ kind: 'host-failed', instance: effect.instance, reason: problem });
    const routed = effect.kind !== 'install' && effect.kind !== 'withdraw';
    if (routed || effect.config.routes.length + effect.config.rules.length > 0)
      this.tellParent({ kind: 'effect', effect });
    return problem === undefined;
  }

  private tellState({
    instance,
    from,
    to,
    reason,
    detail,
    priority,
  }: Extract<VrrpEffect, { kind: 'state' }>): void {
    // When it was decided: to put the addresses takes a new process up to 30 ms, in which its peers have moved on.
    const at = this.stepAt;
    this.events.write({ kind: 'state', at, instance, state: to, reason, detail, priority });
    const text = `${instance}: ${from} -> ${to}: ${detail}`;
    if (to === 'FAULT') this.log.error(text);
    else this.log.info(text);
  }

  private tellPriority({
    instance,
    priority,
    detail,
  }: Extract<VrrpEffect, { kind: 'priority' }>): void {
    this.events.write({ kind: 'priority', at: this.stepAt, instance, priority });
    this.log.info(`${instance}: priority ${priority}: ${detail}`);
  }

  private tellScript({ name, up }: Extract<VrrpEffect, { kind: 'script' }>): void {
    this.events.write({ kind: 'script', at: this.stepAt, script: name, up });
    this.log.info(`script ${name} ${up ? 'succeeds' : 'fails'}`);
  }
}
