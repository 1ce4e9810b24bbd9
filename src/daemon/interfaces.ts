/**
 * The interfaces the instances run on: their state as the machine wants it told, and the VRRP sockets
 * on them, opened when the interface appears and again when it is replaced.
 */
import type { VrrpInstanceConfig } from '../engine/core/config.ts';
import type { InterfaceStatus } from '../engine/vrrp/io.ts';
import { messageOf } from '../errors.ts';
import type { AddressInfo, LinkInfo } from '../linux/netlink.ts';
import { openRouteSocket, type RouteSocket } from '../linux/route-socket.ts';
import { openVrrpSocket, type VrrpSocket } from '../linux/vrrp-socket.ts';
import { type Family, family, type IpAddress, isLinkLocal } from '../net/address.ts';
import type { ReceivedPacket } from '../net/receive-checks.ts';

interface Watched {
  readonly name: string;
  readonly families: readonly Family[];
  /** Virtual addresses of any instance here: never a primary address. */
  readonly virtual: ReadonlySet<IpAddress>;
  link: LinkInfo | undefined;
  status: InterfaceStatus | undefined;
  readonly sockets: Map<Family, VrrpSocket>;
}

export class Interfaces {
  private readonly watched: readonly Watched[];
  private readonly onPacket: (packet: ReceivedPacket, name: string) => void;
  private readonly routes: RouteSocket = openRouteSocket();

  constructor(
    instances: readonly VrrpInstanceConfig[],
    onPacket: (packet: ReceivedPacket, name: string) => void,
  ) {
    this.onPacket = onPacket;
    const names = [...new Set(instances.map((instance) => instance.interface))];
    this.watched = names.map((name) => {
      const here = instances.filter((instance) => instance.interface === name);
      return {
        name,
        families: [...new Set(here.map((instance) => instance.family))],
        virtual: new Set(
          here
            .filter(({ priority }) => priority !== 255)
            .flatMap(({ addresses }) => addresses.map(({ address }) => address)),
        ),
        link: undefined,
        status: undefined,
        sockets: new Map(),
      };
    });
  }

  find(name: string): LinkInfo | undefined {
    return this.watched.find((one) => one.name === name)?.link;
  }

  /** Undefined if the advert went out; otherwise why not. */
  send(
    name: string,
    which: Family,
    message: Uint8Array,
    destination: IpAddress,
  ): string | undefined {
    const socket = this.watched.find((one) => one.name === name)?.sockets.get(which);
    return socket === undefined ? 'there is no socket' : socket.send(message, destination);
  }

  /** Looks at the kernel again; the interfaces whose status changed. */
  refresh(): InterfaceStatus[] {
    const links = this.routes.listLinks();
    const addresses = this.routes.listAddresses();
    return this.watched.flatMap((one) => {
      const status = this.statusOf(
        one,
        links.find(({ name }) => name === one.name),
        addresses,
      );
      if (JSON.stringify(status) === JSON.stringify(one.status)) return [];
      one.status = status;
      return [status];
    });
  }

  private statusOf(
    one: Watched,
    link: LinkInfo | undefined,
    addresses: readonly AddressInfo[],
  ): InterfaceStatus {
    if (link?.ifindex !== one.link?.ifindex) closeAll(one);
    one.link = link;
    const none = { name: one.name, up: false, primary4: undefined, primary6: undefined };
    if (link === undefined) return { ...none, problem: `there is no interface ${one.name}` };
    if (!link.up || !link.carrier)
      return {
        ...none,
        problem: `interface ${one.name} ${link.up ? 'has no carrier' : 'is down'}`,
      };
    const problem = this.openSockets(one, link);
    if (problem !== undefined) return { ...none, problem };
    const own = addresses.filter(
      ({ ifindex, address, tentative }) =>
        ifindex === link.ifindex && !tentative && !one.virtual.has(address),
    );
    const primary4 = own.find(
      ({ address, secondary }) => family(address) === 4 && !secondary,
    )?.address;
    const primary6 = own.find(
      ({ address }) => family(address) === 6 && isLinkLocal(address),
    )?.address;
    if (primary4 !== undefined) one.sockets.get(4)?.useSource(primary4);
    return { name: one.name, up: true, primary4, primary6 };
  }

  private openSockets(one: Watched, link: LinkInfo): string | undefined {
    for (const which of one.families) {
      if (one.sockets.has(which)) continue;
      try {
        const options = {
          interface: one.name,
          ifindex: link.ifindex,
          family: which,
          onPacket: (packet: ReceivedPacket) => this.onPacket(packet, one.name),
        };
        one.sockets.set(which, openVrrpSocket(options));
      } catch (error) {
        return `no VRRP socket on ${one.name}: ${messageOf(error)}; raw sockets need CAP_NET_RAW (in Docker: --cap-add NET_RAW)`;
      }
    }
    return undefined;
  }
}

function closeAll(one: Watched): void {
  for (const socket of one.sockets.values()) socket.close();
  one.sockets.clear();
}
