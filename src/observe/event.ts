/**
 * Every fact a lab can observe, with its time and who saw it. Evidence (frames, addresses, links,
 * replies) and claims (what an engine says of itself) are kept apart by `source`.
 */
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

/** What a fault does to the node it strikes, as far as a judge must know. */
export type FaultEffect =
  /** It stops sending at once. */
  | 'silences'
  /** It may take over: it hears less, or its priority rises. */
  | 'promotes'
  /** It may hear less than the tap sees, or act later than its timers. */
  | 'deafens'
  /** Any router may react to what it sends. */
  | 'impersonates'
  /** No other event shows the whole effect: no bound of an invariant holds while it lasts. */
  | 'impairs';

export type LabEvent = EventBase &
  (
    | {
        readonly kind: 'advert';
        readonly segment: string;
        readonly sender: IpAddress;
        readonly mac: Mac;
        readonly version: 2 | 3;
        readonly family: Family;
        readonly vrid: number;
        readonly priority: number;
        readonly interval: Micros;
        readonly addresses: readonly IpAddress[];
      }
    /** A VRRP packet that no receive check passes. */
    | {
        readonly kind: 'bad-advert';
        readonly segment: string;
        readonly sender: IpAddress;
        readonly check: string;
      }
    /** A gratuitous ARP or an unsolicited Neighbor Advertisement for `address`. */
    | {
        readonly kind: 'garp';
        readonly segment: string;
        readonly address: IpAddress;
        readonly mac: Mac;
      }
    | { readonly kind: 'probe-request'; readonly probe: string; readonly sequence: number }
    /** `node` is the responder, as its payload says. */
    | { readonly kind: 'probe-reply'; readonly probe: string; readonly sequence: number }
    | {
        readonly kind: 'address-added';
        readonly interface: string;
        readonly address: IpAddress;
        readonly length: number;
      }
    | {
        readonly kind: 'address-removed';
        readonly interface: string;
        readonly address: IpAddress;
        readonly length: number;
      }
    /** The node's neighbour entry for `address` changed; `mac` undefined: no usable entry. */
    | {
        readonly kind: 'neighbor';
        readonly interface: string;
        readonly address: IpAddress;
        readonly mac: Mac | undefined;
      }
    | { readonly kind: 'link'; readonly interface: string; readonly mac: Mac; readonly up: boolean }
    /** The node (container, simulated machine) runs, or has ended with everything it held. */
    | { readonly kind: 'node-up'; readonly interfaces: readonly NodeInterface[] }
    | { readonly kind: 'node-down' }
    | { readonly kind: 'process-started'; readonly process: string; readonly pid: number }
    | {
        readonly kind: 'process-exited';
        readonly process: string;
        readonly pid: number;
        readonly code: number | undefined;
        readonly signal: string | undefined;
      }
    /** An engine's claim. `state` as keepalived names it. */
    | {
        readonly kind: 'state';
        readonly instance: string;
        readonly state: string;
        readonly reason: string;
        readonly detail: string;
      }
    | { readonly kind: 'log'; readonly process: string; readonly text: string }
    | {
        readonly kind: 'fault';
        readonly id: string;
        readonly fault: string;
        readonly effects: readonly FaultEffect[];
        readonly evidence: string;
      }
    | {
        readonly kind: 'heal';
        readonly id: string;
        readonly fault: string;
        readonly effects: readonly FaultEffect[];
      }
    /** The end of one HTTP request of a probe, at the client; `node` is the client, `by` the server that says it answered. */
    | {
        readonly kind: 'http-result';
        readonly probe: string;
        readonly sequence: number;
        readonly asked: Instant;
        readonly ok: boolean;
        /** Undefined: no answer. */
        readonly status: number | undefined;
        readonly by: string | undefined;
        /** The error: `timeout`, `ECONNREFUSED`. */
        readonly problem: string | undefined;
      }
    /** A client opens a TCP connection: its SYN on a segment; `node` is whose MAC it goes to. */
    | {
        readonly kind: 'connection';
        readonly segment: string;
        readonly client: IpAddress;
        readonly clientPort: number;
        readonly address: IpAddress;
        readonly port: number;
      }
    /** A claim: a real server of a virtual server went up or down. */
    | {
        readonly kind: 'server';
        readonly virtualServer: string;
        readonly address: IpAddress;
        readonly port: number;
        readonly up: boolean;
        readonly detail: string;
      }
    /** The servers that traffic of a virtual server can go to, from the node's kernel (source `kernel`). */
    | {
        readonly kind: 'pool';
        readonly virtualServer: string;
        readonly servers: readonly PoolEntry[];
      }
    | { readonly kind: 'quorum'; readonly virtualServer: string; readonly up: boolean }
    /** Claims: the effective priority, and whether a tracked script succeeds. */
    | { readonly kind: 'priority'; readonly instance: string; readonly priority: number }
    | { readonly kind: 'script'; readonly script: string; readonly up: boolean }
    /** The lab's notify script ran, with these arguments: INSTANCE, name, state, priority. */
    | { readonly kind: 'notify'; readonly instance: string; readonly state: string }
    /** The witness is alive. `late`: how late its machine ran since the last one; `dropped`: what its kernel lost. */
    | { readonly kind: 'heartbeat'; readonly late: Micros; readonly dropped: number }
    /** From here on the witness does not report everything; `count`: events known to be lost [0: unknown]. */
    | { readonly kind: 'evidence-dropped'; readonly count: number; readonly why: string }
    /** A fault of this node was healed `late` after the time in the scenario. */
    | { readonly kind: 'late-heal'; readonly id: string; readonly late: Micros }
  );

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

export type EventKind = LabEvent['kind'];
export type EventOf<K extends EventKind> = Extract<LabEvent, { kind: K }>;

/** Events of these kinds without time and origin. */
export type Unstamped<Kind extends LabEvent['kind']> =
  Extract<LabEvent, { kind: Kind }> extends infer E
    ? E extends LabEvent
      ? Omit<E, keyof EventBase>
      : never
    : never;
