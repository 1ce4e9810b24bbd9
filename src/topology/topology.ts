/**
 * A topology as the lab sees it: networks, nodes, virtual routers and probes, every name resolved and
 * every default filled in. `topology-file.ts` makes it from YAML.
 */
import type { Family, IpAddress, Prefix } from '../net/address.ts';
import type { Micros } from '../time.ts';

export interface Topology {
  readonly name: string;
  readonly description: string;
  readonly networks: readonly Network[];
  readonly nodes: readonly Node[];
  readonly virtualRouters: readonly VirtualRouter[];
  readonly probes: readonly Probe[];
}

/** One L2 segment. Its name is also the name of the interface in every node (at most 12 characters). */
export interface Network {
  readonly name: string;
  readonly subnets: readonly Prefix[];
}

export type Role = 'router' | 'web' | 'client';
export type Engine = 'halab';

export interface Node {
  readonly name: string;
  readonly role: Role;
  readonly engine: Engine;
  readonly attach: readonly Attachment[];
}

export interface Attachment {
  readonly network: string;
  readonly addresses: readonly Prefix[];
}

/** One VRRP virtual router: a VRID on one network, its virtual addresses and its members. */
export interface VirtualRouter {
  readonly name: string;
  /** 1..255, unique per network and family. */
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: Family;
  readonly network: string;
  readonly addresses: readonly Prefix[];
  readonly advertInterval: Micros;
  readonly members: readonly Member[];
}

export interface Member {
  readonly node: string;
  /** 1..255; 255 owns the addresses. */
  readonly priority: number;
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
  readonly accept: boolean;
}

/** An open-loop UDP echo from a client; always running. */
export interface Probe {
  readonly name: string;
  readonly from: string;
  readonly to: IpAddress;
  readonly every: Micros;
  /** Between two idle nodes: shows the noise of the machine, not the cluster. */
  readonly control: boolean;
}
