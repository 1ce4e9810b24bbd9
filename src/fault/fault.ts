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
  /** SIGHUP: the router reads its configuration again; with `change`, another one until it heals. */
  | { readonly kind: 'process.reload'; readonly node: string; readonly change?: ConfigChange }
  /** Every timer of the router fires this much later. Simulator only. */
  | { readonly kind: 'process.slow'; readonly node: string; readonly by: Micros }
  /** The wall clock jumps by this, which may be negative. Simulator only: nodes share their host's clock. */
  | { readonly kind: 'clock.step'; readonly node: string; readonly by: Micros }
  /** The cable is pulled: the node sees carrier loss. */
  | { readonly kind: 'link.down'; readonly node: string; readonly network: string }
  /** A firewall that forgot protocol 112; with `from`, one path is cut one way. */
  | {
      readonly kind: 'vrrp.block';
      readonly node: string;
      readonly direction: BlockDirection;
      readonly from?: Peer;
      /** Out only: the node's own firewall, which tells the sender (EPERM). */
      readonly mode?: 'reject';
    }
  /** The next `count` adverts of a peer do not arrive at the node. */
  | {
      readonly kind: 'vrrp.lose';
      readonly node: string;
      readonly from: Peer;
      readonly count: number;
    }
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

/** Whose adverts are meant: multicast ones carry the sender's own address. */
export interface Peer {
  readonly node: string;
  /** All it may send from, both families. */
  readonly addresses: readonly IpAddress[];
}

/** Configuration files of a router: written before the SIGHUP, and put back with another one. */
export interface ConfigChange {
  readonly files: readonly ConfigFile[];
  readonly before: readonly ConfigFile[];
}

export interface ConfigFile {
  /** Absolute, inside the node. */
  readonly path: string;
  readonly text: string;
}

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
  /** What is wrong with them [nothing]. */
  readonly defect?: Defect;
  /** One advert every so often. */
  readonly every: Micros;
  /** So many of them [until it heals]. */
  readonly count?: number;
}

/** What may be wrong with a forged advert: names of the receive checks that refuse it. */
export const DEFECTS = [
  'header',
  'ttl',
  'version',
  'type',
  'length',
  'count',
  'interval-zero',
  'checksum',
  'auth-type',
  'vrid',
] as const;
export type Defect = (typeof DEFECTS)[number];

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
  /** Those of them that it cannot do without. */
  readonly needs?: readonly string[];
  /** What the selector must name. */
  readonly target: 'node' | 'link';
  /** Why a real lab cannot do it. */
  readonly simulatedOnly?: string;
}

export const FAULTS: Readonly<Record<FaultKind, FaultFacts>> = {
  'node.kill': { with: [], target: 'node' },
  'node.stop': { with: [], target: 'node' },
  'process.kill': { with: ['process'], target: 'node' },
  'process.pause': { with: ['process'], target: 'node' },
  'process.reload': { with: ['priority', 'virtual_router'], target: 'node' },
  'process.slow': {
    with: ['by'],
    needs: ['by'],
    target: 'node',
    simulatedOnly: 'a real process cannot be slowed by an exact time',
  },
  'clock.step': {
    with: ['by'],
    needs: ['by'],
    target: 'node',
    simulatedOnly: 'its nodes share the wall clock of their host',
  },
  'link.down': { with: [], target: 'link' },
  'vrrp.block': { with: ['direction', 'from', 'mode'], target: 'node' },
  'vrrp.lose': { with: ['from', 'count'], needs: ['from'], target: 'node' },
  'vrrp.forge': {
    with: ['virtual_router', 'priority', 'every', 'count', 'checksum', 'defect'],
    target: 'node',
  },
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

/** It is upon the way between two nodes: it lasts whether they run or not. */
export function cutsPath(fault: Fault): boolean {
  return 'from' in fault && fault.from !== undefined;
}

/** `vrrp.block on gw2, from gw1`: as the reports say it. */
export function faultText(fault: Fault): string {
  const from = 'from' in fault && fault.from !== undefined ? `, from ${fault.from.node}` : '';
  return `${fault.kind} on ${fault.node}${from}`;
}
