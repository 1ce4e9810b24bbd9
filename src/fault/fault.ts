/**
 * Faults as plain data: the same union serves YAML, the agent's protocol and both backends.
 */
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
  | { readonly kind: 'vrrp.block'; readonly node: string; readonly direction: BlockDirection };

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

/** `for` is allowed for these: they end by themselves when healed. */
export interface FaultFacts {
  readonly summary: string;
  /** Keys allowed under `with:`. */
  readonly with: readonly string[];
  /** What the selector must name. */
  readonly target: 'node' | 'link';
  /** Whether the router's processes are gone after it (heal starts them again). */
  readonly endsProcess: boolean;
  readonly minimumFor?: Micros;
}

export const FAULTS: Record<FaultKind, FaultFacts> = {
  'node.kill': { summary: 'power off a node', with: [], target: 'node', endsProcess: true },
  'node.stop': {
    summary: 'stop the router gracefully',
    with: [],
    target: 'node',
    endsProcess: true,
  },
  'process.kill': {
    summary: 'SIGKILL router processes',
    with: ['process'],
    target: 'node',
    endsProcess: true,
  },
  'process.pause': {
    summary: 'SIGSTOP router processes',
    with: ['process'],
    target: 'node',
    endsProcess: false,
  },
  'link.down': { summary: 'pull the cable', with: [], target: 'link', endsProcess: false },
  'vrrp.block': {
    summary: 'filter IP protocol 112',
    with: ['direction'],
    target: 'node',
    endsProcess: false,
  },
};
