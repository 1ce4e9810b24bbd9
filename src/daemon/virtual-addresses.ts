/** The virtual addresses on their interfaces, and the announcements that tell the segment of them. */
import { readFileSync } from 'node:fs';
import type { VirtualAddress, VrrpInstanceConfig } from '../engine/core/config.ts';
import { type AddressSpec, type LinkInfo, VIRTUAL } from '../linux/netlink.ts';
import { openPacketSocket, type PacketSocket } from '../linux/packet-socket.ts';
import { openRouteSocket, type RouteSocket } from '../linux/route-socket.ts';
import { announcement } from '../net/announce.ts';
import type { Log } from './log.ts';
import { interfaceOf } from './socket-needs.ts';

export type FindLink = (name: string) => LinkInfo | undefined;

export class VirtualAddresses {
  private readonly routes: RouteSocket = openRouteSocket();
  private readonly log: Log;
  private readonly find: FindLink;
  private packets: PacketSocket | undefined;
  /** Frames by address and MAC: a takeover builds nothing. */
  private readonly frames = new Map<string, Uint8Array>();
  /** What this process has added: an owner (priority 255) keeps what was there before. */
  private readonly added = new Set<string>();

  constructor(log: Log, find: FindLink) {
    this.log = log;
    this.find = find;
  }

  /** Those of a predecessor that go on being ours. */
  adopt(config: VrrpInstanceConfig): void {
    for (const one of allOf(config)) this.added.add(`${interfaceOf(config, one)} ${one.address}`);
  }

  /** Undefined if the interfaces have all of them now; otherwise why not. */
  install(config: VrrpInstanceConfig): string | undefined {
    const all = allOf(config);
    const specs: AddressSpec[] = [];
    for (const one of all) {
      const name = interfaceOf(config, one);
      const link = this.find(name);
      if (link === undefined) return `there is no interface ${name}`;
      specs.push({ ...one, ifindex: link.ifindex });
    }
    const outcomes = this.routes.addAddresses(specs, VIRTUAL);
    for (const [i, outcome] of outcomes.entries()) {
      const one = all[i];
      if (one === undefined) continue;
      const name = interfaceOf(config, one);
      const key = `${name} ${one.address}`;
      if (outcome !== 'done' && outcome !== 'EEXIST') {
        const remedy = outcome === 'EPERM' ? '; adding addresses needs CAP_NET_ADMIN' : '';
        return `${one.address} could not be added to ${name}: ${outcome}${remedy}`;
      }
      if (outcome === 'EEXIST' && config.priority !== 255 && !this.added.has(key))
        this.log.info(`${config.name}: ${one.address} was on ${name} already`);
      if (outcome === 'done' || config.priority !== 255) this.added.add(key);
    }
    return undefined;
  }

  /** Makes the frames of the next announcement beforehand. */
  prepare(config: VrrpInstanceConfig): void {
    for (const one of allOf(config)) this.frameOf(config, one);
  }

  withdraw(config: VrrpInstanceConfig): void {
    for (const one of allOf(config)) {
      const name = interfaceOf(config, one);
      const link = this.find(name);
      const ours = this.added.delete(`${name} ${one.address}`);
      if (link === undefined || (config.priority === 255 && !ours)) continue;
      const outcome = this.routes.deleteAddress({ ...one, ifindex: link.ifindex });
      if (outcome !== 'done' && outcome !== 'EADDRNOTAVAIL')
        this.log.error(`${one.address} could not be removed from ${name}: ${outcome}`);
    }
  }

  /** Those that ought to be there and are not: somebody else has removed them. */
  missing(
    config: VrrpInstanceConfig,
    has: (name: string, address: VirtualAddress['address']) => boolean,
  ): VirtualAddress[] {
    const tracked = allOf(config).filter(({ track }) => track?.kind !== 'none');
    return tracked.filter((one) => !has(interfaceOf(config, one), one.address));
  }

  announce(config: VrrpInstanceConfig, repeat: number): void {
    this.packets ??= openPacketSocket();
    for (let i = 0; i < repeat; i++) {
      for (const one of allOf(config)) {
        const made = this.frameOf(config, one);
        if (made === undefined) continue;
        const { link, frame } = made;
        const outcome = this.packets.send(link.ifindex, frame);
        if (outcome !== 'done') {
          this.log.error(`${one.address} could not be announced on ${link.name}: ${outcome}`);
          return;
        }
      }
    }
    const told = allOf(config).map(({ address }) => address);
    this.log.detail(`${config.name}: announced ${told.join(', ')}`);
  }

  private frameOf(
    config: VrrpInstanceConfig,
    one: VirtualAddress,
  ): { link: LinkInfo; frame: Uint8Array } | undefined {
    const link = this.find(interfaceOf(config, one));
    if (link === undefined) return undefined;
    const key = `${one.address} ${link.mac}`;
    const frame =
      this.frames.get(key) ?? announcement(one.address, link.mac, { router: forwards(link.name) });
    this.frames.set(key, frame);
    return { link, frame };
  }
}

function allOf(config: VrrpInstanceConfig): readonly VirtualAddress[] {
  return config.excluded.length === 0
    ? config.addresses
    : [...config.addresses, ...config.excluded];
}

/** The Router flag of a Neighbor Advertisement is true of a node that forwards (RFC 4861 4.4). */
function forwards(name: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${name}/forwarding`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
