/** The actions of a real node for a fault. */
import type { Fault } from '../../fault/faults.ts';
import type { CheckScripts } from '../check-scripts.ts';
import type { AgentResult } from '../protocol.ts';
import type { Router } from '../router.ts';
import type { Services } from '../service/services.ts';

/** A fault must be met within this: long enough for an advert every 4 seconds. */
export const MET_MS = 5_000;

export interface Order<F extends Fault> {
  readonly id: string;
  readonly fault: F;
  /** It strikes then (CLOCK_MONOTONIC, us); at once if that has passed. */
  readonly at: number;
}

/** The parts of a node that faults act on. */
export interface NodeParts {
  readonly node: () => string;
  readonly router: Router;
  readonly services: Services;
  readonly scripts: CheckScripts;
  /** Every cable of the node. */
  readonly unplug: () => void;
}

/** What must happen before a fault takes effect: a packet, a request, a run of a script. */
export interface Meeting {
  readonly count: () => number;
  readonly evidence: (count: number) => string;
  /** Why the fault does not count. */
  readonly missing: string;
  readonly everyMs: number;
}

export interface Actions<F extends Fault> {
  /** Strikes; answers the stamp and the evidence, or why not. Undone only when it has answered. */
  apply(order: Order<F>, parts: NodeParts): Promise<AgentResult>;
  /** Undefined: `apply` has seen the effect itself. */
  met?(order: Order<F>, parts: NodeParts): Meeting | undefined;
  /** `others`: other ordered faults that are not healed. The agent that undoes may have started after `apply`. */
  undo(
    order: Omit<Order<F>, 'at'>,
    parts: NodeParts,
    others: readonly Fault[],
  ): AgentResult | Promise<AgentResult>;
}
