/**
 * The protocol between the runner and the agent inside every real node, one JSON object a line: commands on the
 * agent's standard input, messages on its standard output. Times are CLOCK_MONOTONIC in microseconds, stamped in
 * the agent (frames: by the kernel).
 */
import type { Fault } from '../fault/faults.ts';
import type { IpAddress, Prefix } from '../net/address.ts';
import type { LabEvent, NodeInterface } from '../observe/event.ts';
import type { Service } from '../topology/service.ts';
import type { SpawnedProcess, WrittenFile } from './spawned.ts';

export type AgentCommand = { readonly id: number } & AgentRequest;

export type AgentRequest =
  /** Gives every interface its name and addresses, drops the default route, starts the watches. */
  | {
      readonly kind: 'setup';
      readonly node: string;
      readonly interfaces: readonly SetupInterface[];
    }
  | { readonly kind: 'write'; readonly files: readonly WrittenFile[] }
  /** Runs a command to its end: `status` and `output` of the reply. */
  | { readonly kind: 'ask'; readonly argv: readonly string[] }
  | {
      readonly kind: 'spawn';
      readonly setup: string;
      readonly processes: readonly SpawnedProcess[];
      readonly fifo: string | undefined;
    }
  /** Default routes, at most one a family. */
  | { readonly kind: 'gateways'; readonly addresses: readonly IpAddress[] }
  /** Listens on the service's port; answers with the node's name. */
  | { readonly kind: 'serve'; readonly service: Service }
  /** Check scripts that succeed unless a fault controls them, by files in `folder`. */
  | { readonly kind: 'scripts'; readonly folder: string; readonly names: readonly string[] }
  /** Makes the FIFO of the notify script and reports the states written to it. */
  | { readonly kind: 'notify'; readonly fifo: string }
  | {
      readonly kind: 'http-probe';
      readonly name: string;
      readonly address: IpAddress;
      readonly port: number;
      readonly path: string;
      readonly everyUs: number;
      readonly timeoutUs: number;
    }
  | { readonly kind: 'respond'; readonly address: IpAddress; readonly port: number }
  | {
      readonly kind: 'probe';
      readonly name: string;
      readonly to: IpAddress;
      readonly port: number;
      readonly everyUs: number;
    }
  /** Applies a fault at `at`, or at once if that has passed. */
  | {
      readonly kind: 'inject';
      readonly faultId: string;
      readonly fault: Fault;
      readonly at: number;
    }
  /** Carries the fault again, because the agent may have been restarted since. */
  | { readonly kind: 'heal'; readonly faultId: string; readonly fault: Fault }
  /** Tap only: captures every frame of these host interfaces. */
  | {
      readonly kind: 'capture';
      readonly segments: readonly { readonly segment: string; readonly interface: string }[];
    }
  /** Host helper only: sets a host interface, by index, up or down. */
  | { readonly kind: 'cable'; readonly ifindex: number; readonly up: boolean; readonly at: number }
  /** Host helper only: shuts the run's bridges off from the host; again when nodes were restarted. */
  | { readonly kind: 'fence'; readonly bridges: readonly string[] }
  /** Round trip, for the clock offset. */
  | { readonly kind: 'ping' };

export type RequestOf<Kind extends AgentRequest['kind']> = Extract<AgentRequest, { kind: Kind }>;

export interface SetupInterface {
  readonly network: string;
  /** Identifies the interface: the address that Docker gave it, which is then removed. */
  readonly dockerAddress: IpAddress;
  readonly addresses: readonly Prefix[];
}

export type AgentMessage =
  /** First line of every agent. */
  | {
      readonly kind: 'hello';
      readonly at: number;
      readonly versions: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'reply';
      readonly id: number;
      readonly at: number;
      readonly result: AgentResult;
    }
  /** Evidence, numbered from 0 on: the tap's of a segment, otherwise the node's own. */
  | {
      readonly kind: 'event';
      readonly segment?: string;
      readonly number: number;
      readonly event: LabEvent;
    }
  /** `data` is base64; `at` the kernel's stamp on the monotonic clock. Numbered with the tap's events. */
  | {
      readonly kind: 'frame';
      readonly segment: string;
      readonly number: number;
      readonly at: number;
      readonly data: string;
    };

export type AgentResult =
  /** `at`: when it took effect, if that is not when the reply was written. */
  | {
      readonly ok: true;
      readonly at?: number;
      readonly evidence?: string;
      readonly status?: number;
      readonly output?: string;
      readonly interfaces?: readonly ReadyInterface[];
    }
  | { readonly ok: false; readonly error: string };

/** With the index of the other end of its veth pair, in the host's namespace. */
export type ReadyInterface = NodeInterface & { readonly peerIfindex: number };

/** A success, or why there was none. */
export function resultOf(problem: string | undefined): AgentResult {
  return problem === undefined ? { ok: true } : { ok: false, error: problem };
}

/** UDP payload of a probe: `halab-probe NAME SEQUENCE` and, in the reply, ` NODE`. */
export const PROBE_MAGIC = 'halab-probe';
/** The UDP port of probes and responders. */
export const PROBE_PORT = 7007;
/** The node that answered an HTTP request, independent of the body. */
export const NODE_HEADER = 'x-halab-node';
