/** The properties of a backend that the commands need. */
import type { Refusals } from '../fault/capability.ts';
import type { NodeKernel } from '../kind/kind.ts';
import type { Backend } from '../lab/lab.ts';
import type { BackendOptions } from '../run/run.ts';

export interface BackendChoice extends BackendOptions {
  readonly name: Backend;
  readonly reason: string;
  /** Faults that it cannot inject, with the reasons. */
  readonly refusals: Refusals;
  /** The kernel under the nodes. */
  readonly kernel: NodeKernel;
  readonly runId: () => string;
}
