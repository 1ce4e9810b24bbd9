/**
 * The fence of a run, made in the host's network namespace: what comes from a node never reaches the host's
 * protocols, so it neither reaches a service of the host nor is it routed anywhere, whatever it is: IPv4,
 * IPv6, ARP, tagged. One netdev table does it. It meets a frame on the bridge behind the tap, which still
 * sees it, and leaves alone what the bridge carries from port to port.
 *
 * A frame for one of the reserved groups 01:80:c2:00:00:0X is handed to the protocols of the port itself
 * and never passes the bridge: it is dropped at the port.
 */
import type { LinkInfo } from '../linux/netlink.ts';
import { type Nftables, openNftables } from '../linux/nftables.ts';
import type { RouteSocket } from '../linux/route-socket.ts';
import { becomesTrue } from './wait.ts';

const PREFIX = 'halab_fence_';
/** Before every rule of the host's own. */
const PRIORITY = -500;
const RESERVED = 'ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00';
/** How long the nodes of a killed run may take to go. */
const GONE_MS = 3_000;
const EVERY_MS = 50;

export interface FencedRun {
  readonly run: string;
  /** The bridges of its segments. */
  readonly bridges: readonly string[];
}

export class Fence {
  private readonly routes: () => RouteSocket;
  private readonly tables: Nftables | undefined;
  private closed: FencedRun | undefined;

  constructor(routes: () => RouteSocket) {
    this.routes = routes;
    this.tables = openNftables();
  }

  /** Again when ports have come; why it could not, in words. */
  close(fenced: FencedRun): string | undefined {
    if (this.tables === undefined) return 'the image has no libnftables';
    const links = this.routes().listLinks();
    const bridges = links.filter(({ name }) => fenced.bridges.includes(name));
    if (bridges.length < fenced.bridges.length) return 'a bridge is missing';
    const ports = portsOf(bridges, links);
    this.removeAddresses([...bridges, ...ports]);
    const names = { bridges: fenced.bridges, ports: ports.map(({ name }) => name) };
    this.closed = fenced;
    // Kernels before 5.16 have no egress hook: what the host itself says there is then heard by the nodes.
    const problem = this.tables.run(fenceRules(fenced.run, names));
    return problem === undefined
      ? undefined
      : this.tables.run(fenceRules(fenced.run, { ...names, egress: false }));
  }

  open(): void {
    if (this.closed !== undefined)
      this.tables?.run(`delete table netdev ${PREFIX}${this.closed.run}\n`);
    this.closed = undefined;
  }

  /** The runner is gone: the fence stays until no node is left, or for `halab clean`. */
  async openWhenEmpty(): Promise<void> {
    const { closed } = this;
    if (closed === undefined) return;
    const empty = (): boolean => {
      const links = this.routes().listLinks();
      const bridges = links.filter(({ name }) => closed.bridges.includes(name));
      return portsOf(bridges, links).length === 0;
    };
    if (await becomesTrue(empty, { everyMs: EVERY_MS, withinMs: GONE_MS })) this.open();
  }

  /** Removes the fences of runs none of whose bridges is there; answers which. */
  openDead(): string[] {
    const names = this.routes()
      .listLinks()
      .map(({ name }) => name);
    const dead = deadFences(this.tables?.list('tables netdev') ?? '', names);
    return dead.filter((table) => this.tables?.run(`delete table netdev ${table}\n`) === undefined);
  }

  /** The host has no address there, and makes none: nobody there can be spoken to. */
  private removeAddresses(links: readonly LinkInfo[]): void {
    const routes = this.routes();
    const indexes = new Set(links.map(({ ifindex }) => ifindex));
    for (const ifindex of indexes) routes.setNoLinkLocal(ifindex);
    for (const address of routes.listAddresses())
      if (indexes.has(address.ifindex)) routes.deleteAddress(address);
  }
}

/** One transaction, which also replaces what is there. */
export function fenceRules(
  run: string,
  {
    bridges,
    ports,
    egress = true,
  }: {
    readonly bridges: readonly string[];
    readonly ports: readonly string[];
    readonly egress?: boolean;
  },
): string {
  const table = `table netdev ${PREFIX}${run}`;
  const chain = (name: string, hook: string, device: string, rule: string): string =>
    `chain ${name} {\ntype filter hook ${hook} device "${device}" priority ${PRIORITY}; policy accept;\n${rule}\n}`;
  const chains = [
    ...bridges.flatMap((device, i) => [
      chain(`from_nodes${i}`, 'ingress', device, 'counter drop'),
      ...(egress ? [chain(`to_nodes${i}`, 'egress', device, 'counter drop')] : []),
    ]),
    ...ports.map((device, i) => chain(`port${i}`, 'ingress', device, `${RESERVED} counter drop`)),
  ];
  return `${table}\ndelete ${table}\n${table} {\n${chains.join('\n')}\n}\n`;
}

/** Of `nft list tables netdev`. A bridge is named by the end of its run's name, and a number. */
export function deadFences(listing: string, links: readonly string[]): string[] {
  const fences = [...listing.matchAll(/^table netdev (halab_fence_([0-9a-z]+))$/gm)];
  return fences.flatMap(([, table = '', run = '']) => {
    const bridge = `hl${run.slice(-8)}`;
    const alive = links.some(
      (name) => name.startsWith(bridge) && /^\d+$/.test(name.slice(bridge.length)),
    );
    return alive ? [] : [table];
  });
}

function portsOf(bridges: readonly LinkInfo[], links: readonly LinkInfo[]): LinkInfo[] {
  const indexes = bridges.map(({ ifindex }) => ifindex);
  return links.filter(({ masterIfindex }) => indexes.includes(masterIfindex));
}
