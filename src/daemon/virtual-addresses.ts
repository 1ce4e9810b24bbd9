/** The virtual addresses on their interfaces, and the announcements that tell the segment of them. */
import { readFileSync } from 'node:fs';
import type { VrrpInstanceConfig } from '../engine/core/config.ts';
import { type LinkInfo, VIRTUAL } from '../linux/netlink.ts';
import { openPacketSocket, type PacketSocket } from '../linux/packet-socket.ts';
import { openRouteSocket, type RouteSocket } from '../linux/route-socket.ts';
import { announcement } from '../net/announce.ts';
import type { Log } from './log.ts';

/** Announcements of each address in one burst, keepalived `garp_master_repeat` [5]. */
const BURST = 5;

export class VirtualAddresses {
  private readonly routes: RouteSocket = openRouteSocket();
  private readonly log: Log;
  private packets: PacketSocket | undefined;
  /** Frames by address and MAC: a takeover builds nothing. */
  private readonly frames = new Map<string, Uint8Array>();

  constructor(log: Log) {
    this.log = log;
  }

  /** Undefined if the interface has all of them now; otherwise why not. */
  install(instance: VrrpInstanceConfig, link: LinkInfo | undefined): string | undefined {
    if (link === undefined) return `there is no interface ${instance.interface}`;
    for (const { address, length } of instance.addresses) {
      const outcome = this.routes.addAddress({ ifindex: link.ifindex, address, length }, VIRTUAL);
      if (outcome !== 'done' && outcome !== 'EEXIST') {
        const remedy = outcome === 'EPERM' ? '; adding addresses needs CAP_NET_ADMIN' : '';
        return `${address} could not be added to ${instance.interface}: ${outcome}${remedy}`;
      }
    }
    return undefined;
  }

  withdraw(instance: VrrpInstanceConfig, link: LinkInfo | undefined): void {
    if (link === undefined || instance.priority === 255) return; // an owner keeps its own addresses
    for (const { address, length } of instance.addresses) {
      const outcome = this.routes.deleteAddress({ ifindex: link.ifindex, address, length });
      if (outcome !== 'done' && outcome !== 'EADDRNOTAVAIL')
        this.log.error(`${address} could not be removed from ${instance.interface}: ${outcome}`);
    }
  }

  announce(instance: VrrpInstanceConfig, link: LinkInfo | undefined): void {
    if (link === undefined) return;
    this.packets ??= openPacketSocket();
    for (let i = 0; i < BURST; i++) {
      for (const { address } of instance.addresses) {
        const key = `${address} ${link.mac}`;
        const frame =
          this.frames.get(key) ?? announcement(address, link.mac, { router: forwards(link.name) });
        this.frames.set(key, frame);
        const outcome = this.packets.send(link.ifindex, frame);
        if (outcome !== 'done') {
          this.log.error(`${address} could not be announced on ${link.name}: ${outcome}`);
          return;
        }
      }
    }
    this.log.detail(
      `${instance.name}: announced ${instance.addresses.map(({ address }) => address).join(', ')}`,
    );
  }
}

/** The Router flag of a Neighbor Advertisement is true of a node that forwards (RFC 4861 4.4). */
function forwards(name: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${name}/forwarding`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
