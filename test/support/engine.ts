/** A virtual router under test: encoded adverts in, ordered effects out; the test sets the time. */
import {
  type DaemonConfig,
  FEATURE_DEFAULTS,
  plainConfig,
  type VrrpInstanceConfig,
} from '../../src/engine/core/config.ts';
import type { VrrpEffect, VrrpInput } from '../../src/engine/vrrp/io.ts';
import { stepRouter } from '../../src/engine/vrrp/router.ts';
import {
  createRouter,
  nextRouterDeadline,
  type RouterState,
} from '../../src/engine/vrrp/router-state.ts';
import { type IpAddress, ip } from '../../src/net/address.ts';
import { splitAh } from '../../src/net/ah.ts';
import { type Advert, encodeAdvert, VRRP_GROUP } from '../../src/net/vrrp-packet.ts';
import { type Instant, instant, micros, seconds } from '../../src/time.ts';

export const BASE: VrrpInstanceConfig = {
  ...FEATURE_DEFAULTS,
  name: 'web',
  state: 'BACKUP',
  interface: 'lan',
  vrid: 51,
  priority: 100,
  advertInterval: seconds(1),
  version: 3,
  family: 4,
  preempt: true,
  preemptDelay: micros(0),
  accept: true,
  addresses: [{ address: ip('10.0.0.100'), length: 24 }],
  profile: 'rfc9568',
  checksum: 'pseudo-header',
};

export function configOf(...instances: VrrpInstanceConfig[]): DaemonConfig {
  return plainConfig(instances, { vrrpVersion: 3 });
}

export class Bench {
  router: RouterState;
  now: Instant = instant(0);
  /** Whether sending works. */
  sends = true;
  /** An unreachable peer. */
  unreachable: IpAddress | undefined;
  readonly source: IpAddress;
  private effects: VrrpEffect[] = [];
  private listener: (effect: VrrpEffect) => void = () => {};

  constructor(change: Partial<VrrpInstanceConfig> = {}, source = '10.0.0.5', whole = {}) {
    this.router = createRouter({ ...configOf({ ...BASE, ...change }), ...whole });
    this.source = ip(source);
  }

  /** Called for every effect. */
  watch(listener: (effect: VrrpEffect) => void): void {
    this.listener = listener;
  }

  /** All effects since the last call. */
  raw(): VrrpEffect[] {
    const effects = this.effects;
    this.effects = [];
    return effects;
  }

  /** One advert of a peer to this router only; returns the result. */
  hearUnicast(priority: number, from: string, ttl: number): string {
    const source = ip(from);
    const destination = this.source;
    const advert: Advert = {
      version: 3,
      family: 4,
      vrid: 51,
      priority,
      interval: seconds(1),
      addresses: [ip('10.0.0.100')],
      authType: 0,
    };
    const message = encodeAdvert(advert, { source, destination }, 'pseudo-header');
    this.take();
    const packet = { kind: 'packet', interface: 'lan', family: 4 } as const;
    this.input({ ...packet, source, destination, ttl, message });
    return this.take()[0] ?? '';
  }

  /** Reloads with another configuration. */
  use(config: DaemonConfig): void {
    this.router = createRouter(config);
  }

  /** The last effect since the last call. */
  last<K extends VrrpEffect['kind']>(kind: K): Extract<VrrpEffect, { kind: K }> | undefined {
    const found = this.effects.findLast((effect) => effect.kind === kind);
    this.effects = [];
    return found as Extract<VrrpEffect, { kind: K }> | undefined;
  }

  /** Gives a packet that this router sent to another one. */
  deliver(to: Bench, change: Partial<Extract<VrrpInput, { kind: 'packet' }>> = {}): string {
    const sent = this.last('send');
    if (sent === undefined) throw new Error('nothing was sent');
    const under = sent.ahPacket === undefined ? undefined : splitAh(sent.ahPacket);
    const { family, source, destination, ttl, message } = sent;
    to.take();
    to.input({
      kind: 'packet',
      interface: 'lan',
      family,
      source,
      destination,
      ttl,
      message,
      ...(under === undefined ? {} : { ah: under.headers }),
      ...change,
    });
    return to.take()[0] ?? '';
  }

  /** All effects since the last call as short lines. */
  take(): string[] {
    const lines = this.effects.map(lineOf);
    this.effects = [];
    return lines;
  }

  input(input: VrrpInput): void {
    stepRouter(this.router, input, this.now, (effect) => {
      this.effects.push(effect);
      this.listener(effect);
      return effect.kind !== 'send' || (this.sends && effect.destination !== this.unreachable);
    });
  }

  interface(up = true, primary4: IpAddress | undefined = this.source): void {
    this.input({
      kind: 'interface',
      status: { name: 'lan', up, primary4, primary6: ip('fe80::5') },
    });
  }

  start(): string[] {
    this.interface();
    this.input({ kind: 'startup' });
    return this.take();
  }

  /** Started and, after its down interval, Active. */
  active(): this {
    this.start();
    this.run(nextRouterDeadline(this.router) ?? 0);
    this.take();
    return this;
  }

  /** Lets time pass up to `at`, waking the machine at its deadlines. */
  run(at: number): void {
    for (;;) {
      const deadline = nextRouterDeadline(this.router);
      if (deadline === undefined || deadline > at) break;
      this.now = deadline;
      this.input({ kind: 'wake' });
    }
    this.now = instant(at);
  }

  /** One advert of a peer arrives now. */
  hear(priority: number, change: Partial<Advert> = {}, from = '10.0.0.9', on = 'lan'): void {
    const source = ip(from);
    const advert: Advert = {
      version: 3,
      family: 4,
      vrid: 51,
      priority,
      interval: seconds(1),
      addresses: [ip('10.0.0.100')],
      authType: 0,
      ...change,
    };
    const destination = VRRP_GROUP[4];
    const message = encodeAdvert(advert, { source, destination }, 'pseudo-header');
    this.input({
      kind: 'packet',
      interface: on,
      family: 4,
      source,
      destination,
      ttl: 255,
      message,
    });
  }

  deadline(): number | undefined {
    return nextRouterDeadline(this.router);
  }

  state(): string {
    return this.router.instances[0]?.name ?? '';
  }
}

function lineOf(effect: VrrpEffect): string {
  switch (effect.kind) {
    case 'send':
      return `send ${effect.priority}`;
    case 'state':
      return `${effect.from}->${effect.to} ${effect.reason}`;
    case 'received':
      return `received ${effect.outcome}`;
    case 'group-state':
      return `group ${effect.group} ${effect.to}`;
    default:
      return effect.kind;
  }
}
