/** A topology with every name resolved and every default filled in. `topology-file.ts` makes it from YAML. */
import { type Family, family, type IpAddress, type Prefix } from '../net/address.ts';
import type { Micros } from '../time.ts';
import type { HttpTarget, ScriptTrack, Service, VirtualServer } from './service.ts';

export interface Topology {
  readonly name: string;
  readonly description: string;
  readonly networks: readonly Network[];
  readonly nodes: readonly Node[];
  readonly virtualRouters: readonly VirtualRouter[];
  readonly virtualServers: readonly VirtualServer[];
  readonly syncGroups: readonly SyncGroup[];
  readonly probes: readonly Probe[];
}

/** One L2 segment. Its name is also the name of the interface in every node. */
export interface Network {
  readonly name: string;
  readonly subnets: readonly Prefix[];
}

export type Role = 'router' | 'web' | 'client';
export type Engine = 'halab' | 'keepalived' | 'frr';

export interface Node {
  readonly name: string;
  readonly role: Role;
  readonly engine: Engine;
  /** A user's build [the program of the node image]. */
  readonly program: Program | undefined;
  /** A user's configuration file instead of the rendered one. */
  readonly config: OwnConfig | undefined;
  readonly attach: readonly Attachment[];
  /** Its default routes lead to the addresses of this virtual router: return traffic follows the owner. */
  readonly gateway: string | undefined;
  readonly services: readonly Service[];
}

/** Virtual routers that are Active on one node together or not at all. */
export interface SyncGroup {
  readonly name: string;
  readonly members: readonly string[];
}

/** Absolute paths of a program and of the libraries that it is linked with. */
export interface Program {
  readonly path: string;
  /** Undefined: a static program or a script, which needs none. */
  readonly loader: string | undefined;
  readonly libraries: readonly string[];
}

export interface OwnConfig {
  /** On this machine, absolute. */
  readonly path: string;
  readonly text: string;
  /** Its included files; paths are absolute, inside the node. */
  readonly included: readonly { readonly path: string; readonly text: string }[];
  /** Whether it has virtual servers. */
  readonly balances: boolean;
}

export interface Attachment {
  readonly network: string;
  readonly addresses: readonly Prefix[];
}

/** A virtual router: a VRID on a network, its virtual addresses and its members. */
export interface VirtualRouter {
  readonly name: string;
  /** 1..255, unique per network and family. */
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly family: Family;
  readonly network: string;
  readonly addresses: readonly Prefix[];
  readonly advertInterval: Micros;
  /** Intervals in the Active_Down_Interval [3]; a user's configuration may have another number. */
  readonly downAdverts: number;
  /** Version 2 only. */
  readonly authentication: Authentication | undefined;
  /** `auth_hmac` of keepalived 2.4, any version: the key, 32 to 64 characters or `hex:` and as many bytes. */
  readonly hmac: string | undefined;
  /** Adverts go from member to member, not to the group. */
  readonly unicast: true | undefined;
  /** The owner answers with the virtual router's MAC (RFC 9568 7.3), not with its own. */
  readonly useVmac: true | undefined;
  /** If a member's engine cannot run it: skip the cell, or go on without this virtual router. */
  readonly unsupported: 'skip-cell' | 'leave-out';
  readonly members: readonly Member[];
  readonly track: readonly ScriptTrack[];
  /** Whether members run the lab's notify script. */
  readonly notify: boolean;
}

export interface Authentication {
  readonly type: 'PASS' | 'AH';
  /** 1..8 ASCII characters without a special meaning in keepalived.conf. */
  readonly password: string;
}

export interface Member {
  readonly node: string;
  /** Its `vrrp_instance` [the virtual router's name]; a user's configuration may have another name. */
  readonly instance: string;
  /** 1..255; 255 owns the addresses. */
  readonly priority: number;
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
  readonly accept: boolean;
  /** Instead of the virtual router's: a misconfiguration to be tested. */
  readonly addresses: readonly Prefix[] | undefined;
  readonly advertInterval: Micros | undefined;
  /** Of a unicast virtual router [the other members]. */
  readonly unicastPeers: readonly IpAddress[] | undefined;
  /** Version 3 over IPv4: with or without the pseudo-header (RFC 9568 5.2.8) [pseudo-header]. */
  readonly checksum: 'pseudo-header' | 'rfc9568';
}

/** Open-loop requests of a client, UDP echo or HTTP, for the whole run. */
export interface Probe {
  readonly name: string;
  readonly from: string;
  readonly to: IpAddress;
  readonly every: Micros;
  /** Between two idle nodes, to measure the noise of the machine. */
  readonly control: boolean;
  /** undefined: UDP echo. */
  readonly http: HttpTarget | undefined;
}

/** The member of a list with this name. */
export function named<T extends { readonly name: string }>(
  list: readonly T[],
  name: string | undefined,
): T | undefined {
  return list.find((each) => each.name === name);
}

export function hasAddress(
  { addresses }: Pick<VirtualRouter, 'addresses'>,
  wanted: string,
): boolean {
  return addresses.some(({ address }) => address === wanted);
}

/** The virtual router with this virtual address. */
export function routerWith(
  { virtualRouters }: Topology,
  address: string,
): VirtualRouter | undefined {
  return virtualRouters.find((router) => hasAddress(router, address));
}

/** The probe that measures a virtual router: the first UDP probe that is no control and goes to one of its addresses. */
export function mainProbe({ probes }: Topology, router: VirtualRouter): Probe | undefined {
  return probes.find(
    ({ to, control, http }) => !control && http === undefined && hasAddress(router, to),
  );
}

/** Members from the highest priority to the lowest; file order between equals. */
export function membersByPriority(router: VirtualRouter): Member[] {
  return [...router.members].sort((a, b) => b.priority - a.priority);
}

/** A node's first address of a family on a network; undefined: none. */
export function addressOn(
  node: Node | undefined,
  network: string,
  which: Family,
): IpAddress | undefined {
  const attachment = node?.attach.find((attached) => attached.network === network);
  return attachment?.addresses.find(({ address }) => family(address) === which)?.address;
}

/** The peers that a member sends to [the other members]. */
export function peersOf(
  { network, family: which, members }: VirtualRouter,
  member: Member,
  nodes: readonly Node[],
): IpAddress[] {
  if (member.unicastPeers !== undefined) return [...member.unicastPeers];
  const others = members.filter(({ node }) => node !== member.node).map(({ node }) => node);
  return nodes
    .filter(({ name }) => others.includes(name))
    .flatMap((node) => addressOn(node, network, which) ?? []);
}

/** The script that checks a server of a pool, where the check is of type script. */
export function poolScript(virtualServer: string, node: string): string {
  return `${virtualServer}-${node}`;
}

/**
 * Names of the lab's check scripts that run on a node, which faults command. A script that checks a service follows the
 * service, and a user's script does what the user wrote.
 */
export function scriptsOn({ virtualRouters, virtualServers }: Topology, node: string): string[] {
  const tracked = virtualRouters
    .filter(({ members }) => members.some((member) => member.node === node))
    .flatMap(({ track }) => track)
    .filter(({ service, isOwn }) => service === undefined && !isOwn)
    .map(({ name }) => name);
  const pools = virtualServers
    .filter(({ check, routers }) => check?.type === 'script' && routers.includes(node))
    .flatMap(({ name, pool }) => pool.map((member) => poolScript(name, member.node)));
  return [...new Set([...tracked, ...pools])];
}
