/** Actions of a simulated node for a fault. */
import type { Fault } from '../../fault/faults.ts';
import type { ScriptFault } from '../../fault/script.ts';
import { milliseconds } from '../../time.ts';
import type { Kernel } from '../kernel.ts';
import type { RouterHost } from '../router-host.ts';
import type { World } from '../world.ts';

/** From the agent, or from an order to start, to the router process. */
export const PROCESS_START = milliseconds(60);

export interface FaultyNode {
  readonly kernel: Kernel;
  readonly router: RouterHost | undefined;
  readonly scripts: {
    /** Why it cannot be; undefined: it is in force. */
    strike(id: string, fault: ScriptFault): string | undefined;
    heal(id: string): unknown;
    /** Runs that obeyed the fault. */
    count(id: string): number;
  };
  readonly world: World;
}

export interface Order<F extends Fault> {
  readonly id: string;
  readonly fault: F;
  /** It was not healed yet. */
  readonly inForce: () => boolean;
}

export type Effect = { readonly evidence: string } | { readonly because: string };

export interface Actions<F extends Fault> {
  /** At once; answers the evidence, or why not. */
  apply(order: Order<F>, node: FaultyNode): Effect;
  /** Counts packets, requests or runs that met the fault. Undefined: it takes effect without any. */
  met?(order: Order<F>, node: FaultyNode): () => number;
  /** `others`: other active faults of the node. */
  undo?(order: Order<F>, node: FaultyNode, others: readonly Fault[]): void;
}

export const OFF: Effect = { because: 'the node is down' };

export function outcome(done: boolean | undefined, evidence: string, because: string): Effect {
  return done === true ? { evidence } : { because };
}

/** Restarts stopped processes, if the node is up by then. */
export function restartLater({ kernel, router, world }: FaultyNode): void {
  world.after(PROCESS_START, () => {
    if (router !== undefined && kernel.up && !router.running()) router.start();
  });
}
