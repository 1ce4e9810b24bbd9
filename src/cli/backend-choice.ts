/** What the verbs need to know of a backend. */
import type { Refusals } from '../fault/capability.ts';
import type { NodeKernel } from '../kind/kind.ts';
import type { Backend, Lab } from '../lab/lab.ts';
import type { LeftOut } from '../run/left-out.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Micros } from '../time.ts';

export interface BackendChoice {
  readonly name: Backend;
  readonly reason: string;
  readonly makeLab: (scenario: Scenario) => Lab;
  /** Virtual routers with `unsupported: leave-out` that it cannot run. */
  readonly leftOut: (scenario: Scenario) => readonly LeftOut[];
  /** Why it cannot run a scenario. */
  readonly cannotRun: (scenario: Scenario) => readonly string[];
  /** Faults that it cannot inject, with the reasons. */
  readonly refusals: Refusals;
  /** The kernel under the nodes. */
  readonly kernel: NodeKernel;
  readonly runId: () => string;
  readonly wallClock: () => { readonly elapsed: Micros; readonly epoch: number };
}
