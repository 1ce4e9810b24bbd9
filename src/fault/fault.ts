/**
 * Faults as plain data: the same union serves YAML, the agent's protocol and both backends.
 */
import type { IpAddress } from '../net/address.ts';
import type { Micros } from '../time.ts';

/** Which processes of a router a process fault hits; `all` hits every one within 1 ms. */
export type ProcessRole = 'all' | 'parent' | 'vrrp' | 'check';
export type BlockDirection = 'in' | 'out' | 'both';

export type Fault =
  /** Power off: the node and its kernel are gone at once, without a farewell. */
  | { readonly kind: 'node.kill'; readonly node: string }
  /** SIGTERM to the node's router process: priority 0, addresses withdrawn. */
  | { readonly kind: 'node.stop'; readonly node: string }
  /** SIGKILL. The node's kernel lives on, and with it the virtual addresses it holds. */
  | { readonly kind: 'process.kill'; readonly node: string; readonly process: ProcessRole }
  /** SIGSTOP; SIGCONT at heal. */
  | { readonly kind: 'process.pause'; readonly node: string; readonly process: ProcessRole }
  /** The cable is pulled: the node sees carrier loss. */
  | { readonly kind: 'link.down'; readonly node: string; readonly network: string }
  /** A firewall that forgot protocol 112. */
  | { readonly kind: 'vrrp.block'; readonly node: string; readonly direction: BlockDirection }
  /** Somebody who is no router speaks for a virtual router. */
  | { readonly kind: 'vrrp.forge'; readonly node: string; readonly forgery: Forgery };

/** Adverts that `node` sends from its own address on the segment of the virtual router (IPv4). */
export interface Forgery {
  readonly network: string;
  readonly source: IpAddress;
  readonly version: 2 | 3;
  readonly vrid: number;
  /** 0..255. */
  readonly priority: number;
  readonly interval: Micros;
  readonly addresses: readonly IpAddress[];
  readonly checksum: 'good' | 'bad';
  /** One advert every so often. */
  readonly every: Micros;
}

export type FaultKind = Fault['kind'];

/** One fault to apply, with the name its heal will use. */
export interface FaultOrder {
  readonly id: string;
  readonly fault: Fault;
}

/** What each fault needs as positive evidence before it counts as effective (lab: `fault-effective`). */
export interface FaultEffect {
  /** When the fault took effect, as stamped on the spot. */
  readonly at: number;
  /** What was seen: `the node's agent exited`, `carrier lost on lan`, `3 packets dropped`. */
  readonly evidence: string;
}

/** What a fault takes in a scenario file. */
interface FaultFacts {
  /** Keys allowed under `with:`. */
  readonly with: readonly string[];
  /** What the selector must name. */
  readonly target: 'node' | 'link';
}

export const FAULTS: Readonly<Record<FaultKind, FaultFacts>> = {
  'node.kill': { with: [], target: 'node' },
  'node.stop': { with: [], target: 'node' },
  'process.kill': { with: ['process'], target: 'node' },
  'process.pause': { with: ['process'], target: 'node' },
  'link.down': { with: [], target: 'link' },
  'vrrp.block': { with: ['direction'], target: 'node' },
  'vrrp.forge': { with: ['virtual_router', 'priority', 'every', 'checksum'], target: 'node' },
};
