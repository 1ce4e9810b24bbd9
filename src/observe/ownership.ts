/** Who held each virtual address when, from address events and node deaths, never from claims of engines. */
import type { IpAddress } from '../net/address.ts';
import { between, type Instant, type Micros, micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import type { LabEvent } from './event.ts';

/** A node held an address from `from` to `to` (undefined: it still does). */
export interface Holding {
  readonly node: string;
  readonly address: IpAddress;
  readonly from: Instant;
  readonly to: Instant | undefined;
}

export interface Window {
  readonly from: Instant;
  readonly to: Instant;
}

/** A stretch in which two or more nodes, or none, held an address. */
export interface Stretch extends Window {
  readonly address: IpAddress;
  readonly nodes: readonly string[];
}

type OpenHolding = { -readonly [K in keyof Holding]: Holding[K] };

export class Ownership {
  private readonly holdings = new Map<IpAddress, OpenHolding[]>();
  private changedAt: Instant | undefined;

  constructor(routers: readonly VirtualRouter[]) {
    for (const { address } of routers.flatMap((router) => router.addresses))
      this.holdings.set(address, []);
  }

  /** Events of one node must come in order; nodes may be interleaved in any way. */
  observe(event: LabEvent): void {
    if (event.node === undefined) return;
    if (event.kind === 'address-added') this.open(event.node, event.address, event.at);
    else if (event.kind === 'address-removed') this.close(event.node, event.at, event.address);
    else if (event.kind === 'node-down') this.close(event.node, event.at);
  }

  /** When any virtual address was last gained or lost. */
  lastChange(): Instant | undefined {
    return this.changedAt;
  }

  holdingsOf({ addresses }: Pick<VirtualRouter, 'addresses'>): Holding[] {
    return addresses.flatMap(({ address }) => this.holdings.get(address) ?? []);
  }

  /** Nodes that hold every address of the router now. */
  owners(router: VirtualRouter): string[] {
    return nodesOf(router).filter((node) =>
      router.addresses.every(({ address }) => this.holds(node, address)),
    );
  }

  /** Nodes that hold at least one address of the router now. */
  holders(router: VirtualRouter): string[] {
    return nodesOf(router).filter((node) =>
      router.addresses.some(({ address }) => this.holds(node, address)),
    );
  }

  /** Nodes that held the router's first address at `at`. */
  ownersAt(router: VirtualRouter, at: Instant): string[] {
    const first = router.addresses[0]?.address;
    return first === undefined ? [] : this.holdersAt(first, at);
  }

  /** Nodes that held a virtual address at `at`. */
  holdersAt(address: IpAddress, at: Instant): string[] {
    return (this.holdings.get(address) ?? [])
      .filter(({ from, to }) => from <= at && (to === undefined || to > at))
      .map(({ node }) => node);
  }

  /** Who gained the router's first address within the window; at its very beginning it was settled. */
  transitions(router: VirtualRouter, window: Window): Holding[] {
    const held = this.holdingsOf({ addresses: router.addresses.slice(0, 1) });
    return held.filter(({ from }) => from > window.from && from <= window.to);
  }

  /** Stretches with two or more holders of one address. */
  overlaps(router: VirtualRouter, window: Window): Stretch[] {
    return this.stretches(router, window, (count) => count >= 2);
  }

  /** Stretches without a holder of an address. */
  gaps(router: VirtualRouter, window: Window): Stretch[] {
    return this.stretches(router, window, (count) => count === 0);
  }

  /** Whether the node holds the address now. */
  holds(node: string, address: IpAddress): boolean {
    const held = this.holdings.get(address) ?? [];
    return held.some((holding) => holding.node === node && holding.to === undefined);
  }

  private open(node: string, address: IpAddress, at: Instant): void {
    const held = this.holdings.get(address);
    if (held === undefined || this.holds(node, address)) return;
    held.push({ node, address, from: at, to: undefined });
    this.changedAt = at;
  }

  private close(node: string, at: Instant, address?: IpAddress): void {
    for (const [key, held] of this.holdings) {
      if (address !== undefined && key !== address) continue;
      for (const holding of held) {
        if (holding.node !== node || holding.to !== undefined) continue;
        holding.to = at;
        this.changedAt = at;
      }
    }
  }

  private stretches(
    router: VirtualRouter,
    window: Window,
    wanted: (count: number) => boolean,
  ): Stretch[] {
    const found: Stretch[] = [];
    for (const { address } of router.addresses) {
      const held = this.holdings.get(address) ?? [];
      const changes = held
        .flatMap(({ from, to = window.to }) => [from, to])
        .filter((at) => at > window.from && at < window.to);
      const edges = [...new Set([window.from, ...changes, window.to])].sort((a, b) => a - b);
      for (const [i, to] of edges.entries()) {
        const from = edges[i - 1];
        if (from === undefined) continue;
        const nodes = held
          .filter((holding) => holding.from <= from && (holding.to ?? to) >= to)
          .map(({ node }) => node);
        if (wanted(nodes.length)) append(found, { address, from, to, nodes });
      }
    }
    return found;
  }
}

/** Joins a stretch to its predecessor if they touch. */
function append(stretches: Stretch[], next: Stretch): void {
  const last = stretches.at(-1);
  if (last?.address !== next.address || last.to !== next.from) stretches.push(next);
  else {
    const nodes = [...new Set([...last.nodes, ...next.nodes])];
    stretches[stretches.length - 1] = { ...last, to: next.to, nodes };
  }
}

export function longest(stretches: readonly Stretch[]): Stretch | undefined {
  return stretches.reduce<Stretch | undefined>(
    (best, stretch) => (best === undefined || lengthOf(stretch) > lengthOf(best) ? stretch : best),
    undefined,
  );
}

export function lengthOf(window: Window): Micros {
  return between(window.from, window.to);
}

export function total(stretches: readonly Stretch[]): Micros {
  return micros(stretches.reduce((sum, stretch) => sum + lengthOf(stretch), 0));
}

function nodesOf(router: VirtualRouter): string[] {
  return router.members.map(({ node }) => node);
}
