/**
 * Hosts the vrrp machine on the kernel: packets, link and address changes go in, in order; adverts, addresses and
 * announcements come out at once. One event loop, and neither scripts nor files in its way: the parent carries out
 * the effects that need them.
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
import { HalabError } from '../../errors.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { watchRoutes } from '../../linux/route-watch.ts';
import { between, type Instant, instant, seconds } from '../../time.ts';
import type { Log } from '../log.ts';
import type { ChildTools } from '../process/child.ts';
import { type EventWriter, openEvents } from '../status/event-line.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { HolderWatch } from './holder-watch.ts';
import { Interfaces } from './interfaces.ts';
import { filterMatters, filterRules, installFilter, removeFilter } from './packet-filter.ts';
import { hearsHere, overlaps } from './socket-needs.ts';
import { type HasAddress, VirtualAddresses } from './virtual-addresses.ts';
import { VirtualMacs } from './vmac.ts';
import type { ForwardedEffect, VrrpChildMessage, VrrpOrder } from './vrrp-messages.ts';
import { VrrpReports } from './vrrp-reports.ts';
import { warmUp } from './warm-up.ts';

/** The kernel reports an address that this process has added a moment later. */
const LEAST_WAIT_MS = 20;

export class VrrpProcess {
  private config: DaemonConfig;
  private readonly keepAddresses: boolean;
  private readonly log: Log;
  private readonly events: EventWriter;
  private readonly reports: VrrpReports;
  private readonly router: RouterState;
  private readonly timer: DeadlineTimer;
  private readonly interfaces: Interfaces;
  private readonly addresses: VirtualAddresses;
  private readonly vmacs: VirtualMacs;
  private readonly holders: HolderWatch;
  private readonly sendToParent: (message: VrrpChildMessage) => void;
  /** Inputs that effects gave rise to, fed after the step that caused them. */
  private readonly queue: VrrpInput[] = [];
  private stepping = false;
  /** The time of the step that is under way, or of the last one. */
  private stepAt = monotonicNow();
  /** Whether our packet filter is in place. */
  private filtered = false;
  private refreshScheduled = false;
  /** Until a missing address may be tried again. */
  private restoring: NodeJS.Timeout | undefined;

  constructor(
    { config, options }: Pick<VrrpOrder, 'config' | 'options'>,
    { log, scheduling, sendToParent }: ChildTools<VrrpChildMessage>,
  ) {
    this.config = config;
    this.keepAddresses = options.keepAddresses;
    this.log = log;
    this.sendToParent = sendToParent;
    this.events = openEvents(options.events);
    this.router = createRouter(config);
    this.interfaces = new Interfaces(config, (packet, name) => {
      if (overlaps(this.config) && !hearsHere(this.config, name, packet)) return;
      this.input({ kind: 'packet', interface: name, ...packet });
    });
    this.addresses = new VirtualAddresses(log, (name) => this.interfaces.find(name));
    this.vmacs = new VirtualMacs(log);
    this.reports = new VrrpReports(log, this.events, (refused) =>
      sendToParent({ kind: 'refused', ...refused }),
    );
    const kernel = () => this.interfaces.known();
    this.holders = new HolderWatch({ kernel, events: this.events, log });
    this.timer = new DeadlineTimer(
      () => nextRouterDeadline(this.router),
      (late) => {
        scheduling.late(late);
        this.input({ kind: 'wake' });
      },
      (at) => takeoverDue(this.router, at),
    );
  }

  start(resume: Resume | undefined): void {
    this.filter();
    warmUp(this.config);
    this.vmacs.configure(this.config);
    this.refreshInterfaces();
    // Addresses that a killed predecessor left are kept only if it was Active when it died.
    for (const instance of this.config.instances)
      if (resume?.instances.includes(instance.name) === true) this.addresses.adopt(instance);
      else this.addresses.withdraw(instance);
    this.addresses.prepare(this.config.instances);
    watchRoutes({
      onLink: () => this.scheduleRefresh(),
      onAddress: () => this.scheduleRefresh(),
      onOverrun: () => {
        this.reports.overrun();
        this.scheduleRefresh();
      },
    });
    const since = { uptime: seconds(uptime()) };
    this.input({ kind: 'startup', ...since, ...(resume === undefined ? {} : { resume }) });
  }

  /** SIGHUP: instances that do not change go on without a gap. */
  reload({ config }: { readonly config: DaemonConfig }): void {
    // Removed instances must still resign, so sockets and vmacs of both configurations exist until they have.
    const both = { ...config, instances: [...this.config.instances, ...config.instances] };
    this.config = config;
    this.filter();
    this.vmacs.configure(both);
    this.interfaces.configure(both);
    this.refreshInterfaces(both);
    this.input({ kind: 'config', config });
    this.interfaces.configure(config);
    this.refreshInterfaces();
    this.addresses.prepare(config.instances);
  }

  /** Sends priority 0 and withdraws the addresses, unless -V says to keep them; synchronous. */
  stop(): void {
    if (this.keepAddresses) return;
    this.timer.stop();
    clearTimeout(this.restoring);
    this.input({ kind: 'shutdown' });
    this.vmacs.close();
    if (this.filtered) removeFilter();
    this.holders.close();
    this.reports.close();
    this.events.close();
  }

  input(input: VrrpInput): void {
    this.queue.push(input);
    if (this.stepping) return;
    this.stepping = true;
    const emit = (effect: VrrpEffect): boolean => this.perform(effect);
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      this.stepAt = monotonicNow();
      this.stepClock(this.stepAt, emit);
      stepRouter(this.router, next, this.stepAt, emit);
    }
    this.stepping = false;
    this.timer.arm();
  }

  status(id: number): void {
    this.sendToParent({
      kind: 'status',
      id,
      router: describeRouter(this.router, monotonicNow()),
      received: this.reports.totals,
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
    });
  }

  /** Signed adverts carry the wall clock, which may be set at any time. */
  private stepClock(now: Instant, emit: (effect: VrrpEffect) => boolean): void {
    if (!this.config.instances.some(({ hmac }) => hmac !== undefined)) return;
    stepRouter(this.router, { kind: 'clock', utc: Date.now() * 1_000 }, now, emit);
  }

  /** Refreshes once for a whole batch of changes: the kernel announces each address of a takeover. */
  private scheduleRefresh(): void {
    if (this.refreshScheduled) return;
    this.refreshScheduled = true;
    setImmediate(() => {
      this.refreshScheduled = false;
      this.refreshInterfaces();
    });
  }

  private refreshInterfaces(config: DaemonConfig = this.config): void {
    const changed = this.interfaces.refresh();
    this.vmacs.configure(config);
    for (const status of changed) {
      for (const instance of this.config.instances)
        if (instance.interface === status.name) this.vmacs.useSource(instance, status.primary6);
      this.input({ kind: 'interface', status });
    }
    this.restore();
  }

  /** While Active: puts back and announces addresses that another program removed, and those that were missing. */
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

  /** Refreshes again when the next missing address is due. */
  private restoreLater(has: HasAddress): void {
    clearTimeout(this.restoring);
    const times = this.router.instances.flatMap(({ config, name }) =>
      name === 'MASTER' ? (this.addresses.nextTry(config, has) ?? []) : [],
    );
    if (times.length === 0) return;
    const wait = between(monotonicNow(), instant(Math.min(...times)));
    this.restoring = setTimeout(
      () => this.refreshInterfaces(),
      Math.max(wait / 1_000, LEAST_WAIT_MS),
    );
  }

  /** `false`: it could not be done. */
  private perform(effect: VrrpEffect): boolean {
    switch (effect.kind) {
      case 'send': {
        const problem = this.interfaces.send(effect);
        if (problem !== undefined) this.reports.notSent(effect, problem);
        return problem === undefined;
      }
      case 'announce':
        this.addresses.announce(effect.config, effect.repeat);
        return true;
      case 'received':
      case 'stalled':
      case 'script':
        this.reports.report(effect, this.stepAt);
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
      if (problem !== undefined)
        this.queue.push({ kind: 'host-failed', instance: effect.instance, reason: problem });
    } else if (effect.kind === 'withdraw') {
      this.addresses.withdraw(effect.config);
      this.holders.givenUp(effect.instance, effect.config);
    } else if (effect.kind === 'state' || effect.kind === 'priority')
      // By the time of the decision: a new process takes up to 30 ms to add the addresses.
      this.reports.report(effect, this.stepAt);
    const isForParent = effect.kind !== 'install' && effect.kind !== 'withdraw';
    if (isForParent || effect.config.routes.length + effect.config.rules.length > 0)
      this.sendToParent({ kind: 'effect', effect });
    return problem === undefined;
  }
}
