/** Reports every address, link and neighbour change of the node that the kernel announces. */
import { monotonicNow } from '../linux/clock.ts';
import type { AddressInfo, LinkInfo } from '../linux/netlink-decode.ts';
import type { RouteSocket } from '../linux/route-socket.ts';
import { watchRoutes } from '../linux/route-watch.ts';
import type { IpAddress, Mac } from '../net/address.ts';
import type { Unstamped } from '../observe/event.ts';
import { say } from './say.ts';

/**
 * `interfaces`: those of the topology; link events of others (a router's macvlan) are not reported. The function it
 * answers with counts the kernel's lost messages since its last call.
 */
export function startWatch(
  node: string,
  routes: RouteSocket,
  interfaces: readonly string[],
): () => number {
  let overruns = 0;
  const watch = new Watch(routes, interfaces, (event) => {
    say({ kind: 'event', event: { ...event, at: monotonicNow(), source: 'kernel', node } });
  });
  watch.resync();
  watchRoutes({
    onLink: (link, removed) => watch.link(link, removed),
    onAddress: (address, removed) => watch.address(address, removed),
    onNeighbor: ({ ifindex, address, mac }) => watch.neighbor(ifindex, address, mac),
    onOverrun: () => {
      overruns++;
      watch.resync();
    },
  });
  return () => {
    const lost = overruns;
    overruns = 0;
    return lost;
  };
}

type WatchEvent = Unstamped<'address-added' | 'address-removed' | 'link' | 'neighbor'>;

interface Link {
  readonly name: string;
  readonly live: boolean;
}

/**
 * The node's addresses as other hosts reach them: an address counts only while its link is up with carrier, because
 * FRR's virtual addresses never leave their interface.
 */
export class Watch {
  private readonly routes: Pick<RouteSocket, 'listLinks' | 'listAddresses'>;
  private readonly interfaces: readonly string[];
  private readonly emit: (event: WatchEvent) => void;
  private readonly links = new Map<number, Link>();
  private readonly addresses = new Map<string, AddressInfo>();
  private readonly reported = new Map<string, AddressInfo & { readonly name: string }>();
  private readonly neighbors = new Map<string, Mac | undefined>();

  constructor(
    routes: Pick<RouteSocket, 'listLinks' | 'listAddresses'>,
    interfaces: readonly string[],
    emit: (event: WatchEvent) => void,
  ) {
    this.routes = routes;
    this.interfaces = interfaces;
    this.emit = emit;
  }

  /** Compares the kernel's list with what was reported; at the start and after lost messages. */
  resync(): void {
    const links = this.routes.listLinks();
    for (const [ifindex, link] of this.links) {
      const gone = links.every((link) => link.ifindex !== ifindex);
      if (gone) this.forget(ifindex, link);
    }
    for (const link of links) this.link(link, false);
    const now = new Map(this.routes.listAddresses().map((address) => [keyOf(address), address]));
    for (const [key, address] of this.addresses) if (!now.has(key)) this.address(address, true);
    for (const address of now.values()) this.address(address, false);
  }

  link(link: LinkInfo, removed: boolean): void {
    const { ifindex, name, mac } = link;
    const before = this.links.get(ifindex);
    if (removed) {
      if (before !== undefined) this.forget(ifindex, before);
      return;
    }
    if (name === 'lo') return;
    const live = link.up && link.carrier;
    this.links.set(ifindex, { name, live });
    if (before?.live === live) return;
    if (this.interfaces.includes(name)) this.emit({ kind: 'link', interface: name, mac, up: live });
    for (const address of this.addresses.values())
      if (address.ifindex === ifindex) this.update(address);
  }

  address(info: AddressInfo, removed: boolean): void {
    if (removed) this.addresses.delete(keyOf(info));
    else this.addresses.set(keyOf(info), info);
    this.update(info);
  }

  neighbor(ifindex: number, address: IpAddress, mac: Mac | undefined): void {
    const name = this.links.get(ifindex)?.name;
    const key = `${ifindex} ${address}`;
    if (name === undefined || (this.neighbors.has(key) && this.neighbors.get(key) === mac)) return;
    this.neighbors.set(key, mac);
    this.emit({ kind: 'neighbor', interface: name, address, mac });
  }

  private forget(ifindex: number, link: Link): void {
    this.links.set(ifindex, { ...link, live: false });
    for (const address of [...this.addresses.values()]) {
      if (address.ifindex === ifindex) this.address(address, true);
    }
    this.links.delete(ifindex);
  }

  /** Emits an event if the address has begun or ceased to count. */
  private update(info: AddressInfo): void {
    const key = keyOf(info);
    const link = this.links.get(info.ifindex);
    const counts = this.addresses.has(key) && link?.live === true;
    const before = this.reported.get(key);
    const { address, length } = info;
    if (counts && before === undefined) {
      this.reported.set(key, { ...info, name: link.name });
      this.emit({ kind: 'address-added', interface: link.name, address, length });
    } else if (!counts && before !== undefined) {
      this.reported.delete(key);
      this.emit({ kind: 'address-removed', interface: before.name, address, length });
    }
  }
}

function keyOf({ ifindex, address, length }: AddressInfo): string {
  return `${ifindex} ${address}/${length}`;
}
