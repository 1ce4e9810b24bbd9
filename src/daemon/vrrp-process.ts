/**
 * Hosts the vrrp machine on the kernel: packets, link and address changes go in, in order; adverts,
 * addresses and announcements come out at once. One event loop, no scripts, no files on its way.
 */
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import type { VrrpEffect, VrrpInput } from '../engine/vrrp/io.ts';
import {
  createRouter,
  nextRouterDeadline,
  type RouterState,
  stepRouter,
} from '../engine/vrrp/router.ts';
import { EXIT, HalabError } from '../errors.ts';
import { monotonicNow } from '../linux/clock.ts';
import { watchRoutes } from '../linux/route-watch.ts';
import { acceptRules, installAcceptFilter, removeAcceptFilter } from './accept-filter.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { type EventWriter, openEvents } from './event-line.ts';
import { Interfaces } from './interfaces.ts';
import type { Log } from './log.ts';
import { Received } from './received.ts';
import { VirtualAddresses } from './virtual-addresses.ts';
import { warmUp } from './warm-up.ts';

export interface VrrpProcessOptions {
  readonly events: string | undefined;
  readonly log: Log;
}

export class VrrpProcess {
  private readonly config: DaemonConfig;
  private readonly log: Log;
  private readonly events: EventWriter;
  private readonly router: RouterState;
  private readonly timer: DeadlineTimer;
  private readonly interfaces: Interfaces;
  private readonly addresses: VirtualAddresses;
  private readonly received: Received;
  private readonly byName: ReadonlyMap<string, VrrpInstanceConfig>;
  /** Inputs that effects gave rise to, fed after the step that caused them. */
  private readonly queue: VrrpInput[] = [];
  private stepping = false;
  private telling = false;

  constructor(config: DaemonConfig, { events, log }: VrrpProcessOptions) {
    this.config = config;
    this.log = log;
    this.events = openEvents(events);
    this.router = createRouter(config);
    this.byName = new Map(config.instances.map((instance) => [instance.name, instance]));
    this.addresses = new VirtualAddresses(log);
    this.interfaces = new Interfaces(config.instances, (packet, name) =>
      this.input({ kind: 'packet', interface: name, ...packet }),
    );
    this.received = new Received(this.events, log);
    this.timer = new DeadlineTimer(
      () => nextRouterDeadline(this.router),
      () => this.input({ kind: 'wake' }),
    );
  }

  start(): void {
    const rules = acceptRules(this.config.instances);
    const problem = rules === undefined ? undefined : installAcceptFilter(rules);
    if (problem !== undefined) {
      throw new HalabError({
        code: 'HALAB_NO_ACCEPT',
        message: problem,
        hint: 'Install nftables, or remove no_accept.',
        exitCode: EXIT.environment,
      });
    }
    warmUp(this.config);
    this.tellInterfaces();
    // What a killed predecessor left on the interfaces is not ours until elected.
    for (const instance of this.config.instances)
      this.addresses.withdraw(instance, this.interfaces.find(instance.interface));
    watchRoutes({
      onLink: () => this.tellSoon(),
      onAddress: () => this.tellSoon(),
      onOverrun: () => this.tellSoon(),
    });
    this.input({ kind: 'startup' });
  }

  /** Priority 0, addresses withdrawn; synchronous. */
  stop(): void {
    this.timer.stop();
    this.input({ kind: 'shutdown' });
    if (acceptRules(this.config.instances) !== undefined) removeAcceptFilter();
    this.received.close();
    this.events.close();
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

  private tellInterfaces(): void {
    for (const status of this.interfaces.refresh()) this.input({ kind: 'interface', status });
  }

  private input(input: VrrpInput): void {
    this.queue.push(input);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      stepRouter(this.router, next, monotonicNow(), (effect) => this.perform(effect));
    }
    this.stepping = false;
    this.timer.arm();
  }

  /** `false`: it could not be done. */
  private perform(effect: VrrpEffect): boolean {
    const instance = this.byName.get(effect.instance ?? '');
    const link = instance === undefined ? undefined : this.interfaces.find(instance.interface);
    switch (effect.kind) {
      case 'send': {
        const problem = this.interfaces.send(
          effect.interface,
          effect.family,
          effect.message,
          effect.destination,
        );
        if (problem !== undefined)
          this.log.error(
            `${effect.instance}: an advert could not be sent on ${effect.interface}: ${problem}`,
          );
        return problem === undefined;
      }
      case 'install': {
        const problem = instance === undefined ? undefined : this.addresses.install(instance, link);
        if (problem !== undefined)
          this.queue.push({ kind: 'host-failed', instance: effect.instance, reason: problem });
        return problem === undefined;
      }
      case 'withdraw':
        if (instance !== undefined) this.addresses.withdraw(instance, link);
        return true;
      case 'announce':
        if (instance !== undefined) this.addresses.announce(instance, link);
        return true;
      case 'state':
        this.tellState(effect);
        return true;
      case 'received':
        this.received.count(effect);
        return true;
    }
  }

  private tellState({
    instance,
    from,
    to,
    reason,
    detail,
    priority,
  }: Extract<VrrpEffect, { kind: 'state' }>): void {
    this.events.write({
      kind: 'state',
      at: monotonicNow(),
      instance,
      state: to,
      reason,
      detail,
      priority,
    });
    const text = `${instance}: ${from} -> ${to}: ${detail}`;
    if (to === 'FAULT') this.log.error(text);
    else this.log.info(text);
  }
}
