/** Every fact a lab can observe. `source` keeps evidence (frames, addresses, replies) apart from claims of engines. */
import type { Family, IpAddress, Mac, Prefix } from '../net/address.ts';
import type { Instant, Micros } from '../time.ts';
import type { Witness } from './witness.ts';

/** `tap`: frames on a segment. `kernel`: a node's netlink. `agent`: its process 1. `engine`: a claim. `lab`: the runner. */
export type EventSource = 'tap' | 'kernel' | 'agent' | 'engine' | 'lab';

export interface EventBase {
  readonly at: Instant;
  readonly source: EventSource;
  /** The node it is about; undefined: the lab, or an unknown node. */
  readonly node: string | undefined;
  /** The source of the evidence, and the number of the event at that source, from 0. Without: the runner itself. */
  readonly witness?: Witness;
  readonly number?: number;
}

/** The effect of a fault on its node, as needed by judges. */
export type FaultEffect =
  /** It stops sending at once. */
  | 'silences'
  /** It may take over: it hears less, or its priority rises. */
  | 'promotes'
  /** It may hear less than the tap sees, or act later than its timers. */
  | 'deafens'
  /** Any router may react to its packets. */
  | 'impersonates'
  /** No other event shows the whole effect: no bound of an invariant holds while it lasts. */
  | 'impairs';

/** The data of each kind of event in addition to its time and origin. */
interface Facts {
  advert: Sent & { mac: Mac; version: 2 | 3; family: Family; vrid: number; priority: number } & {
    interval: Micros;
    addresses: readonly IpAddress[];
  };
  /** A VRRP packet that no receive check passes. */
  'bad-advert': Sent & { check: string };
  /** A gratuitous ARP or an unsolicited Neighbor Advertisement for `address`. */
  garp: { segment: string; address: IpAddress; mac: Mac };
  'probe-request': ProbePacket;
  /** `node` is the responder named in the payload. */
  'probe-reply': ProbePacket;
  'address-added': InterfaceAddress;
  'address-removed': InterfaceAddress;
  /** The node's neighbour entry for `address` changed; `mac` undefined: no usable entry. */
  neighbor: { interface: string; address: IpAddress; mac: Mac | undefined };
  link: { interface: string; mac: Mac; up: boolean };
  /** The node (container, simulated machine) runs, or has ended with everything it held. */
  'node-up': { interfaces: readonly NodeInterface[] };
  'node-down': unknown;
  'process-started': { process: string; pid: number };
  'process-exited': { process: string; pid: number } & {
    code: number | undefined;
    signal: string | undefined;
  };
  /** An engine's claim. `state` as keepalived names it. */
  state: { instance: string; state: string; reason: string; detail: string };
  log: { process: string; text: string };
  fault: FaultFacts & { evidence: string };
  heal: FaultFacts;
  /** The end of one HTTP request of a probe, at the client; `node` is the client, `by` the server named in the answer. */
  'http-result': ProbePacket & {
    asked: Instant;
    ok: boolean;
    /** Undefined: no answer. */
    status: number | undefined;
    by: string | undefined;
    /** The error: `timeout`, `ECONNREFUSED`. */
    problem: string | undefined;
  };
  /** A client opens a TCP connection: its SYN on a segment; `node` is whose MAC it goes to. */
  connection: Place & { segment: string; client: IpAddress; clientPort: number };
  /** A claim: a real server of a virtual server went up or down. */
  server: Place & { virtualServer: string; up: boolean; detail: string };
  /** The servers that traffic of a virtual server can go to, from the node's kernel (source `kernel`). */
  pool: { virtualServer: string; servers: readonly PoolEntry[] };
  quorum: { virtualServer: string; up: boolean };
  /** Claims: the effective priority, and whether a tracked script succeeds. */
  priority: { instance: string; priority: number };
  script: { script: string; up: boolean };
  /** The lab's notify script ran, with these arguments: INSTANCE, name, state, priority. */
  notify: { instance: string; state: string };
  /** The witness is alive. `late`: the maximum lateness of its machine since the last one; `dropped`: frames that its kernel lost. */
  heartbeat: { late: Micros; dropped: number };
  /** From here on the witness does not report everything; `count`: events known to be lost [0: unknown]. */
  'evidence-dropped': { count: number; why: string };
  /** A fault of this node was healed `late` after the time in the scenario. */
  'late-heal': { id: string; late: Micros };
}

type Sent = { segment: string; sender: IpAddress };
type ProbePacket = { probe: string; sequence: number };
type InterfaceAddress = { interface: string; address: IpAddress; length: number };
type FaultFacts = { id: string; fault: string; effects: readonly FaultEffect[] };
type Place = { address: IpAddress; port: number };

export type EventKind = keyof Facts;
export type EventOf<K extends EventKind> = Extract<LabEvent, { kind: K }>;
export type LabEvent = {
  [K in EventKind]: EventBase & { readonly kind: K } & Readonly<Facts[K]>;
}[EventKind];

export interface PoolEntry {
  readonly address: IpAddress;
  readonly port: number;
  readonly weight: number;
}

export interface NodeInterface {
  readonly name: string;
  readonly network: string;
  readonly mac: Mac;
  readonly addresses: readonly Prefix[];
}

/** Events of these kinds without time and origin. */
export type Unstamped<Kind extends EventKind> = {
  [K in Kind]: { readonly kind: K } & Readonly<Facts[K]>;
}[Kind];
