/**
 * The interfaces that instances run on or track: their state, as the vrrp machine takes it, and their VRRP sockets,
 * opened when an interface appears and again when it is replaced.
 */
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { InterfaceStatus, VrrpEffect } from '../../engine/vrrp/io.ts';
import { messageOf } from '../../errors.ts';
import type { AddressInfo, LinkInfo } from '../../linux/netlink-decode.ts';
import { openRouteSocket, type RouteSocket } from '../../linux/route-socket.ts';
import { openVrrpSocket, type SocketUse, type VrrpSocket } from '../../linux/vrrp-socket.ts';
import { family, type IpAddress, isLinkLocal, isMulticast } from '../../net/address.ts';
import { ip4Packet } from '../../net/ah.ts';
import type { ReceivedPacket } from '../../net/receive-checks.ts';
import { VRRP_PROTOCOL } from '../../net/vrrp-packet.ts';
import { type SocketNeed, socketNeeds, virtualAddressesOn } from './socket-needs.ts';

interface Watched {
  readonly name: string;
  needs: readonly SocketNeed[];
  /** Virtual addresses of all instances here, which are never primary addresses. */
  virtual: ReadonlySet<IpAddress>;
  link: LinkInfo | undefined;
  status: InterfaceStatus | undefined;
  readonly sockets: Map<string, VrrpSocket>;
}

export class Interfaces {
  private readonly watched = new Map<string, Watched>();
  private readonly onPacket: (packet: ReceivedPacket, name: string) => void;
  private readonly routes: RouteSocket = openRouteSocket();
  private links: readonly LinkInfo[] = [];
  private addresses: readonly AddressInfo[] = [];

  constructor(config: DaemonConfig, onPacket: (packet: ReceivedPacket, name: string) => void) {
    this.onPacket = onPacket;
    this.configure(config);
  }

  /** At start and after a reload; closes what is no longer needed. */
  configure(config: DaemonConfig): void {
    const names = interfacesOf(config);
    for (const [name, watched] of this.watched) {
      if (names.has(name)) continue;
      closeAll(watched);
      this.watched.delete(name);
    }
    for (const name of names) {
      const needs = socketNeeds(config, name);
      const virtual = virtualAddressesOn(config, name);
      const known = this.watched.get(name);
      if (known === undefined) {
        const fresh = { name, needs, virtual, link: undefined, status: undefined };
        this.watched.set(name, { ...fresh, sockets: new Map() });
        continue;
      }
      if (JSON.stringify(known.needs) !== JSON.stringify(needs)) closeAll(known);
      Object.assign(known, { needs, virtual });
    }
  }

  find(name: string): LinkInfo | undefined {
    return this.links.find((link) => link.name === name);
  }

  /** Of the whole network namespace. */
  known(): { readonly links: readonly LinkInfo[]; readonly addresses: readonly AddressInfo[] } {
    return { links: this.links, addresses: this.addresses };
  }

  /** Whether the interface has the address now. */
  has(name: string, address: IpAddress): boolean {
    const ifindex = this.find(name)?.ifindex;
    return this.addresses.some((held) => held.ifindex === ifindex && held.address === address);
  }

  /** Answers why the advert was not sent, or undefined. */
  send(effect: Extract<VrrpEffect, { kind: 'send' }>): string | undefined {
    const { family: which, source, destination, ttl, message, ahPacket } = effect;
    const sockets = this.watched.get(effect.interface)?.sockets;
    const alone = !isMulticast(destination);
    let bytes = ahPacket ?? message;
    if (which === 4 && alone && ahPacket === undefined) {
      bytes = ip4Packet(
        { source, destination, ttl, id: 0, protocol: VRRP_PROTOCOL },
        message.length,
      );
      bytes.set(message, bytes.length - message.length);
    }
    const key =
      which === 4
        ? socketKey(4, alone || ahPacket !== undefined ? 'header' : 'vrrp')
        : alone
          ? socketKey(6, 'vrrp-unicast', source)
          : socketKey(6, 'vrrp', destination);
    const socket = sockets?.get(key);
    return socket === undefined
      ? 'there is no socket'
      : socket.send(bytes, { source, destination, ttl });
  }

  /** Reads the kernel's state. Answers the interfaces whose status has changed. */
  refresh(): InterfaceStatus[] {
    this.links = this.routes.listLinks();
    this.addresses = this.routes.listAddresses();
    return [...this.watched.values()].flatMap((watched) => {
      const status = this.statusOf(watched);
      if (JSON.stringify(status) === JSON.stringify(watched.status)) return [];
      watched.status = status;
      return [status];
    });
  }

  /** For instances without an interface (`''`) the kernel routes adverts, and packets arrive on any interface. */
  private statusOf(watched: Watched): InterfaceStatus {
    const { name } = watched;
    const anywhere = name === '';
    const link = anywhere ? undefined : this.find(name);
    if (link?.ifindex !== watched.link?.ifindex) closeAll(watched);
    watched.link = link;
    const none = { name, up: false, primary4: undefined, primary6: undefined };
    if (link === undefined && !anywhere)
      return { ...none, problem: `there is no interface ${name}` };
    const own = this.addresses
      .filter(({ ifindex, address, tentative }) => {
        const here = anywhere || ifindex === link?.ifindex;
        return here && !tentative && !watched.virtual.has(address);
      })
      .map(({ address }) => address);
    // The first in the kernel's order that is not virtual. As in keepalived it may be a secondary address: a virtual
    // address that was added first makes it secondary.
    const primary4 = anywhere ? undefined : own.find((address) => family(address) === 4);
    const primary6 = anywhere
      ? undefined
      : own.find((address) => family(address) === 6 && isLinkLocal(address));
    const problem = this.openSockets(watched, link?.ifindex ?? 0, primary6);
    const state = link?.up === false ? 'is down' : 'has no carrier';
    if (link !== undefined && !(link.up && link.carrier))
      return { ...none, problem: `interface ${name} ${state}` };
    if (problem !== undefined) return { ...none, problem };
    return { name, up: true, primary4, primary6, addresses: own.sort() };
  }

  private openSockets(
    watched: Watched,
    ifindex: number,
    primary6: IpAddress | undefined,
  ): string | undefined {
    const wanted = new Set<string>();
    for (const need of watched.needs) {
      const { family: which, use } = need;
      const to = need.to ?? (which === 6 ? primary6 : undefined);
      if (which === 6 && to === undefined) continue;
      const key = socketKey(which, use, to);
      wanted.add(key);
      if (watched.sockets.has(key)) continue;
      try {
        const onPacket = (packet: ReceivedPacket): void => this.onPacket(packet, watched.name);
        const options = { ...need, to, interface: watched.name, ifindex, onPacket };
        watched.sockets.set(key, openVrrpSocket(options));
      } catch (error) {
        return `no VRRP socket on ${watched.name || 'any interface'}: ${messageOf(error)}; raw sockets need CAP_NET_RAW (in Docker: --cap-add NET_RAW)`;
      }
    }
    // Sockets for a link-local address that has changed.
    for (const [key, socket] of watched.sockets) {
      if (wanted.has(key)) continue;
      socket.close();
      watched.sockets.delete(key);
    }
    return undefined;
  }
}

function socketKey(family: number, use: SocketUse, to: IpAddress | '' = ''): string {
  return `${family}/${use}/${to}`;
}

/** Every interface that an instance runs on, sends from or tracks. */
function interfacesOf(config: DaemonConfig): Set<string> {
  const names = new Set<string>();
  for (const instance of config.instances) {
    names.add(instance.interface);
    if (instance.vmac !== undefined) names.add(instance.vmac.interface);
    for (const track of instance.trackInterfaces) names.add(track.interface);
  }
  for (const group of config.syncGroups)
    for (const track of group.trackInterfaces) names.add(track.interface);
  return names;
}

function closeAll(watched: Watched): void {
  for (const socket of watched.sockets.values()) socket.close();
  watched.sockets.clear();
}
