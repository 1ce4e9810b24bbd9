/**
 * Faults of the Docker lab that are done from outside a node. They count only when the node's own end of it was seen:
 * the container ended, the carrier was lost.
 */
import type { Fault, FaultOrder } from '../../../fault/faults.ts';
import type { LabEvent } from '../../../observe/event.ts';
import { type Instant, plus, seconds } from '../../../time.ts';
import type { InjectResult, NodePlan } from '../../lab.ts';
import type { DockerNode } from '../node.ts';
import type { RealClock } from '../real-clock.ts';

export interface RunningNode {
  readonly plan: NodePlan;
  readonly container: DockerNode;
  /** Other end of each interface, in the host's namespace. */
  peers: ReadonlyMap<string, number>;
  down: boolean;
}

export interface HostContext {
  readonly clock: RealClock;
  /** The container on the host's network that may set interfaces up and down. */
  readonly host: () => DockerNode;
  /** Calls back for every event of the lab until the returned function is called. */
  readonly watch: (watcher: (event: LabEvent) => void) => () => void;
  readonly powerOn: (node: RunningNode) => Promise<void>;
}

export interface HostOrder<F extends Fault> extends FaultOrder {
  readonly fault: F;
  readonly node: RunningNode;
}

export interface HostActions<F extends Fault> {
  apply(order: HostOrder<F>, at: Instant, context: HostContext): Promise<InjectResult>;
  undo(order: HostOrder<F>, context: HostContext): Promise<void>;
}

/** How long a node may take to end, or a link to lose or get its carrier. */
export const PATIENCE = seconds(5);

export function limitFrom(at: Instant, { clock }: HostContext): Instant {
  return plus(at > clock.now() ? at : clock.now(), PATIENCE);
}
