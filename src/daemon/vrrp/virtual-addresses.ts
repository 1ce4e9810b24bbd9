/** Adds and removes virtual addresses, and announces them to the segment (gratuitous ARP, Neighbor Advertisements). */
import { readFileSync } from 'node:fs';
import type { VrrpInstanceConfig } from '../../engine/core/config.ts';
import type { VirtualAddress } from '../../engine/core/config-address.ts';
import { monotonicNow } from '../../linux/clock.ts';
import type { LinkInfo } from '../../linux/netlink-decode.ts';
import type { AddressSpec } from '../../linux/netlink-encode.ts';
import { openPacketSocket, type PacketSocket } from '../../linux/packet-socket.ts';
import { openRouteSocket, type RouteSocket } from '../../linux/route-socket.ts';
import type { Mac } from '../../net/address.ts';
import { announcement } from '../../net/announce.ts';
import { type Instant, instant } from '../../time.ts';
import type { Log } from '../log.ts';
import { type Missing, Shortfall } from '../shortfall.ts';
import { addressesOf, interfaceOf } from './socket-needs.ts';

export type FindLink = (name: string) => LinkInfo | undefined;
/** Whether the interface has the address now. */
export type HasAddress = (name: string, address: VirtualAddress['address']) => boolean;

/** `there`: the address was on the interface already. */
type Added = 'added' | 'there' | { readonly problem: string };

export interface Restored {
  /** Addresses that are back and must be announced. */
  readonly back: readonly VirtualAddress[];
  /** Why no address at all can be held; undefined: at least one is. */
  readonly lost: string | undefined;
}

/** Outcomes that mean that the address is gone. */
const GONE: readonly string[] = ['done', 'EADDRNOTAVAIL', 'ENODEV'];

export class VirtualAddresses {
  private readonly routes: RouteSocket = openRouteSocket();
  private readonly log: Log;
  private readonly find: FindLink;
  private packets: PacketSocket | undefined;
  /** By interface and address, built ahead of a takeover; the MAC, because a new interface has another one. */
  private readonly frames = new Map<string, { readonly mac: Mac; readonly frame: Uint8Array }>();
  /** Addresses that this process has added: an owner (priority 255) keeps those that were there before. */
  private readonly added = new Set<string>();
  private readonly shortfall: Shortfall;
  private readonly linkOfFailure = new Map<string, string>();

  constructor(log: Log, find: FindLink) {
    this.log = log;
    this.shortfall = new Shortfall(log);
    this.find = find;
  }

  /** Takes over the addresses that a predecessor has added. */
  adopt(config: VrrpInstanceConfig): void {
    for (const address of addressesOf(config)) this.added.add(placeOf(config, address));
  }

  /**
   * Adds the addresses. As in keepalived, one that cannot be added is reported and does not stop the others. Answers why
   * none is there; undefined: at least one is, or none is configured.
   */
  install(config: VrrpInstanceConfig): string | undefined {
    const outcomes = this.add(config, addressesOf(config));
    const there = outcomes.find((outcome) => typeof outcome === 'string');
    const [failed] = outcomes;
    return there === undefined && typeof failed === 'object' ? failed.problem : undefined;
  }

  private add(config: VrrpInstanceConfig, wanted: readonly VirtualAddress[]): Added[] {
    const links = wanted.map((address) => this.find(interfaceOf(config, address)));
    const specs = wanted.flatMap((address, i): AddressSpec[] => {
      const ifindex = links[i]?.ifindex;
      return ifindex === undefined
        ? []
        : [{ ...address, ifindex, broadcast: address.broadcast ?? 'none' }];
    });
    const outcomes = this.routes.addAddresses(specs);
    return wanted.map((address, i): Added => {
      const outcome = links[i] === undefined ? 'absent' : (outcomes.shift() ?? 'EIO');
      if (outcome !== 'done' && outcome !== 'EEXIST')
        return this.noteFailed(config, address, outcome);
      this.shortfall.held(keyOf(config, address));
      this.noteHeld(config, placeOf(config, address), outcome === 'EEXIST');
      return outcome === 'done' ? 'added' : 'there';
    });
  }

  private noteFailed(config: VrrpInstanceConfig, address: VirtualAddress, outcome: string): Added {
    const name = interfaceOf(config, address);
    const key = keyOf(config, address);
    const since = monotonicNow();
    const reason = reasonOf(outcome, name);
    this.linkOfFailure.set(key, stateOf(this.find(name)));
    const what = `${address.address} on ${name}`;
    this.shortfall.failed(key, { of: config.name, what, reason, since });
    return { problem: `${address.address} could not be added to ${name}: ${reason}` };
  }

  private noteHeld({ name, priority }: VrrpInstanceConfig, place: string, was: boolean): void {
    if (was && priority !== 255 && !this.added.has(place)) {
      const [on, address] = place.split(' ');
      this.log.info(`${name}: ${address} was on ${on} already`);
    }
    if (!was || priority !== 255) this.added.add(place);
  }

  /** Builds the frames of announcements ahead of time, and forgets those of addresses that are no longer configured. */
  prepare(instances: readonly VrrpInstanceConfig[]): void {
    const places = new Set<string>();
    for (const config of instances)
      for (const address of addressesOf(config)) {
        places.add(placeOf(config, address));
        this.frameOf(config, address);
      }
    for (const place of this.frames.keys()) if (!places.has(place)) this.frames.delete(place);
  }

  withdraw(config: VrrpInstanceConfig): void {
    for (const address of addressesOf(config)) {
      const name = interfaceOf(config, address);
      const link = this.find(name);
      const ours = this.added.delete(placeOf(config, address));
      const key = keyOf(config, address);
      const unheld = this.shortfall.has(key);
      this.shortfall.forget(key);
      this.linkOfFailure.delete(key);
      if (link === undefined || unheld || (config.priority === 255 && !ours)) continue;
      const outcome = this.routes.deleteAddress({ ...address, ifindex: link.ifindex });
      if (!GONE.includes(outcome))
        this.log.error(`${address.address} could not be removed from ${name}: ${outcome}`);
    }
  }

  /** For an Active: puts back addresses that another program has removed or that could not be added before. */
  restore(config: VrrpInstanceConfig, has: HasAddress): Restored {
    const now = monotonicNow();
    const missing = this.missing(config, has);
    const due = missing.filter((address) => this.isDue(config, address, now));
    if (due.length === 0) return { back: [], lost: undefined };
    const unheld = due.map((address) => this.shortfall.has(keyOf(config, address)));
    const outcomes = this.add(config, due);
    const removed = due.filter((_, i) => outcomes[i] === 'added' && unheld[i] === false);
    for (const address of removed) this.shortfall.attempted(keyOf(config, address), now);
    const addresses = removed.map(({ address }) => address).join(', ');
    if (addresses !== '')
      this.log.error(`${config.name}: ${addresses} had been removed by somebody else; put back`);
    const back = due.filter(
      (_, i) => outcomes[i] === 'added' || (outcomes[i] === 'there' && unheld[i] === true),
    );
    const failed = outcomes.find((outcome) => typeof outcome === 'object');
    const none =
      missing.length === addressesOf(config).length &&
      !outcomes.some((outcome) => typeof outcome === 'string');
    return { back, lost: none ? failed?.problem : undefined };
  }

  /** The next attempt is due, or the link has changed since the failure. */
  private isDue(config: VrrpInstanceConfig, address: VirtualAddress, now: Instant): boolean {
    const key = keyOf(config, address);
    if (this.shortfall.isDue(key, now)) return true;
    const link = stateOf(this.find(interfaceOf(config, address)));
    return this.shortfall.has(key) && this.linkOfFailure.get(key) !== link;
  }

  /** When the next missing address is due; undefined: none is missing. */
  nextTry(config: VrrpInstanceConfig, has: HasAddress): Instant | undefined {
    const now = monotonicNow();
    const times = this.missing(config, has).map((address) =>
      this.shortfall.dueAt(keyOf(config, address), now),
    );
    return times.length === 0 ? undefined : instant(Math.min(...times));
  }

  /** Addresses that could not be added. */
  unheld(): readonly Missing[] {
    return this.shortfall.list();
  }

  /** Addresses that should be there and are not. */
  private missing(config: VrrpInstanceConfig, has: HasAddress): VirtualAddress[] {
    return addressesOf(config).filter(
      (address) =>
        (address.track?.kind !== 'none' || this.shortfall.has(keyOf(config, address))) &&
        !has(interfaceOf(config, address), address.address),
    );
  }

  /** Announces the held addresses; a failure on one interface does not stop the others. */
  announce(config: VrrpInstanceConfig, repeat: number): void {
    this.packets ??= openPacketSocket();
    const held = addressesOf(config).filter(
      (address) => !this.shortfall.has(keyOf(config, address)),
    );
    const failed = new Set<string>();
    for (let i = 0; i < repeat; i++) {
      for (const address of held) {
        const made = this.frameOf(config, address);
        if (made === undefined || failed.has(made.link.name)) continue;
        const { link, frame } = made;
        const outcome = this.packets.send(link.ifindex, frame);
        if (outcome === 'done') continue;
        failed.add(link.name);
        this.log.error(`${address.address} could not be announced on ${link.name}: ${outcome}`);
      }
    }
    const addresses = held.map(({ address }) => address);
    this.log.detail(`${config.name}: announced ${addresses.join(', ')}`);
  }

  private frameOf(
    config: VrrpInstanceConfig,
    address: VirtualAddress,
  ): { link: LinkInfo; frame: Uint8Array } | undefined {
    const link = this.find(interfaceOf(config, address));
    if (link === undefined) return undefined;
    const place = placeOf(config, address);
    const { mac, name } = link;
    const known = this.frames.get(place);
    if (known?.mac === mac) return { link, frame: known.frame };
    const frame = announcement(address.address, mac, { router: forwards(name) });
    this.frames.set(place, { mac, frame });
    return { link, frame };
  }
}

function placeOf(config: VrrpInstanceConfig, address: VirtualAddress): string {
  return `${interfaceOf(config, address)} ${address.address}`;
}

function keyOf(config: VrrpInstanceConfig, address: VirtualAddress): string {
  return `${config.name} ${placeOf(config, address)}`;
}

function stateOf(link: LinkInfo | undefined): string {
  return link === undefined ? '' : `${link.ifindex} ${link.up} ${link.carrier}`;
}

function reasonOf(outcome: string, name: string): string {
  if (outcome === 'absent') return `there is no interface ${name}`;
  return outcome === 'EPERM' ? 'EPERM; adding addresses needs CAP_NET_ADMIN' : outcome;
}

/** For the Router flag of a Neighbor Advertisement (RFC 4861 4.4): whether the interface forwards. */
function forwards(name: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${name}/forwarding`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
