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
  /** SIGHUP: the router reads its configuration again. */
  | { readonly kind: 'process.reload'; readonly node: string }
  /** The cable is pulled: the node sees carrier loss. */
  | { readonly kind: 'link.down'; readonly node: string; readonly network: string }
  /** A firewall that forgot protocol 112. */
  | { readonly kind: 'vrrp.block'; readonly node: string; readonly direction: BlockDirection }
  /** Somebody who is no router speaks for a virtual router. */
  | { readonly kind: 'vrrp.forge'; readonly node: string; readonly forgery: Forgery }
  /** A firewall of the node: what comes for the port is dropped, refused by ICMP, or reset. */
  | {
      readonly kind: 'port.block';
      readonly node: string;
      readonly port: number;
      readonly mode: BlockMode;
    }
  /** A firewall that forgets ICMP, IPv4 and IPv6: echo only, or all of it (never neighbour discovery). */
  | {
      readonly kind: 'icmp.drop';
      readonly node: string;
      readonly type: 'echo' | 'all';
      readonly direction: BlockDirection;
    }
  /** Nobody listens on the service's port any more. */
  | { readonly kind: 'service.stop'; readonly node: string; readonly service: string }
  /** Connections are accepted and never answered. */
  | { readonly kind: 'service.hang'; readonly node: string; readonly service: string }
  /** Every answer comes this much later. */
  | {
      readonly kind: 'service.slow';
      readonly node: string;
      readonly service: string;
      readonly delay: Micros;
    }
  /** HTTP: another status; 100..599. */
  | {
      readonly kind: 'service.status';
      readonly node: string;
      readonly service: string;
      readonly status: number;
    }
  /** Another body. */
  | {
      readonly kind: 'service.body';
      readonly node: string;
      readonly service: string;
      readonly body: string;
    }
  /** Stopped and started again, each for half of `every`. */
  | {
      readonly kind: 'service.flap';
      readonly node: string;
      readonly service: string;
      readonly every: Micros;
    }
  /** The certificate of an https service has expired. */
  | { readonly kind: 'tls.expired'; readonly node: string; readonly service: string }
  /** The lab's check script of this name fails, hangs, or takes this long. */
  | { readonly kind: 'check-script.fail'; readonly node: string; readonly script: string }
  | { readonly kind: 'check-script.hang'; readonly node: string; readonly script: string }
  | {
      readonly kind: 'check-script.slow';
      readonly node: string;
      readonly script: string;
      readonly delay: Micros;
    };

export type BlockMode = 'drop' | 'reject' | 'reset';

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
/** What changes how a service answers, or whether it does. */
export type ServiceFault = Extract<Fault, { readonly service: string }>;
export type ScriptFault = Extract<Fault, { readonly script: string }>;

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
  'process.reload': { with: [], target: 'node' },
  'link.down': { with: [], target: 'link' },
  'vrrp.block': { with: ['direction'], target: 'node' },
  'vrrp.forge': { with: ['virtual_router', 'priority', 'every', 'checksum'], target: 'node' },
  'port.block': { with: ['port', 'mode'], target: 'node' },
  'icmp.drop': { with: ['type', 'direction'], target: 'node' },
  'service.stop': { with: ['service'], target: 'node' },
  'service.hang': { with: ['service'], target: 'node' },
  'service.slow': { with: ['service', 'delay'], target: 'node' },
  'service.status': { with: ['service', 'status'], target: 'node' },
  'service.body': { with: ['service', 'body'], target: 'node' },
  'service.flap': { with: ['service', 'every'], target: 'node' },
  'tls.expired': { with: ['service'], target: 'node' },
  'check-script.fail': { with: ['script'], target: 'node' },
  'check-script.hang': { with: ['script'], target: 'node' },
  'check-script.slow': { with: ['script', 'delay'], target: 'node' },
};
