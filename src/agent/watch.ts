/** Reports every address, link and neighbour change of the node as the kernel tells it. */
import { monotonicNow } from '../linux/clock.ts';
import type { AddressInfo } from '../linux/netlink.ts';
import type { RouteSocket } from '../linux/route-socket.ts';
import { watchRoutes } from '../linux/route-watch.ts';
import type { IpAddress, Mac } from '../net/address.ts';
import type { LabEvent } from '../observe/event.ts';
import { say } from './say.ts';

export function startWatch(node: string, routes: RouteSocket, interfaces: readonly string[]): void {
  const watch = new Watch(node, routes, interfaces);
  watch.resync();
  watchRoutes({
    onLink: (link, removed) =>
      watch.link(link.ifindex, link.mac, !removed && link.up && link.carrier),
    onAddress: (address, removed) => watch.address(address, removed),
    onNeighbor: ({ ifindex, address, mac }) => watch.neighbor(ifindex, address, mac),
    onOverrun: () => watch.resync(),
  });
}

class Watch {
  private readonly node: string;
  private readonly routes: RouteSocket;
  private readonly names = new Map<number, string>();
  private readonly addresses = new Map<string, AddressInfo>();
  private readonly up = new Map<number, boolean>();
  private readonly neighbors = new Map<string, Mac | undefined>();

  constructor(node: string, routes: RouteSocket, interfaces: readonly string[]) {
    this.node = node;
    this.routes = routes;
    for (const { ifindex, name } of routes.listLinks()) {
      if (interfaces.includes(name)) this.names.set(ifindex, name);
    }
  }

  /** Compares the kernel's list with what was told; used at the start and when messages were lost. */
  resync(): void {
    const now = new Map(this.routes.listAddresses().map((one) => [keyOf(one), one]));
    for (const [key, one] of this.addresses) if (!now.has(key)) this.address(one, true);
    for (const one of now.values()) this.address(one, false);
    for (const { ifindex, mac, up, carrier } of this.routes.listLinks())
      this.link(ifindex, mac, up && carrier);
  }

  address(info: AddressInfo, removed: boolean): void {
    const name = this.names.get(info.ifindex);
    const key = keyOf(info);
    if (name === undefined || this.addresses.has(key) !== removed) return;
    if (removed) this.addresses.delete(key);
    else this.addresses.set(key, info);
    const { address, length } = info;
    this.tell({
      kind: removed ? 'address-removed' : 'address-added',
      ...this.base(),
      interface: name,
      address,
      length,
    });
  }

  link(ifindex: number, mac: Mac, up: boolean): void {
    const name = this.names.get(ifindex);
    if (name === undefined || this.up.get(ifindex) === up) return;
    this.up.set(ifindex, up);
    this.tell({ kind: 'link', ...this.base(), interface: name, mac, up });
  }

  neighbor(ifindex: number, address: IpAddress, mac: Mac | undefined): void {
    const name = this.names.get(ifindex);
    const key = `${ifindex} ${address}`;
    if (name === undefined || (this.neighbors.has(key) && this.neighbors.get(key) === mac)) return;
    this.neighbors.set(key, mac);
    this.tell({ kind: 'neighbor', ...this.base(), interface: name, address, mac });
  }

  private base(): { at: LabEvent['at']; source: 'kernel'; node: string } {
    return { at: monotonicNow(), source: 'kernel', node: this.node };
  }

  private tell(event: LabEvent): void {
    say({ kind: 'event', event });
  }
}

function keyOf({ ifindex, address, length }: AddressInfo): string {
  return `${ifindex} ${address}/${length}`;
}
