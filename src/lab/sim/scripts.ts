/** The lab's scripts (`kind/lab-scripts.ts`) on a simulated node. */
import type { ScriptFault } from '../../fault/script.ts';
import { CHECK_SCRIPT, CHECK_SERVICE } from '../../kind/lab-scripts.ts';
import type { Kernel } from '../../sim/kernel.ts';
import type { RunScript } from '../../sim/scripts.ts';
import { conductAt } from '../../sim/services.ts';
import type { World } from '../../sim/world.ts';
import { type Micros, micros, milliseconds } from '../../time.ts';

/** Run times of a shell that reads a line, of a small Node program that connects, and of a signal. */
const SHELL_RUN = milliseconds(2);
const PROGRAM_RUN = milliseconds(70);
const SIGNAL = milliseconds(1);

type Outcome = number | 'hangs' | 'killed';
/** undefined: the run never ends by itself. */
type Plan = { readonly after: Micros; readonly outcome: () => Outcome } | undefined;

export class SimScripts {
  /** Faults in force, by id. */
  private readonly faults = new Map<string, ScriptFault>();
  /** Runs that obeyed a fault, by its id. */
  private readonly obeyed = new Map<string, number>();
  private readonly kernel: Kernel;
  private readonly world: World;
  private readonly names: readonly string[];

  /** `names`: the check scripts that run on the node. */
  constructor(kernel: Kernel, world: World, names: readonly string[]) {
    this.kernel = kernel;
    this.world = world;
    this.names = names;
  }

  /** Puts the fault in force. Answers why it cannot, or undefined. */
  strike(id: string, fault: ScriptFault): string | undefined {
    if (!this.names.includes(fault.script)) return `no check script ${fault.script} runs here`;
    this.faults.set(id, fault);
    return undefined;
  }

  heal(id: string): void {
    this.faults.delete(id);
  }

  count(id: string): number {
    return this.obeyed.get(id) ?? 0;
  }

  readonly run: RunScript = (argv, ended) => {
    const { kernel } = this;
    const { boots } = kernel;
    let over = false;
    const end = (after: Micros, outcome: () => Outcome): void =>
      this.world.after(after, () => {
        if (over || !kernel.up || kernel.boots !== boots) return;
        const how = outcome();
        if (how === 'hangs') return;
        over = true;
        ended(how === 'killed' ? undefined : how);
      });
    const plan = this.planOf(argv);
    if (plan !== undefined) end(plan.after, plan.outcome);
    return { signal: () => end(SIGNAL, () => 'killed') };
  };

  private planOf([program, argument = '']: readonly string[]): Plan {
    if (program === CHECK_SERVICE)
      return { after: PROGRAM_RUN, outcome: () => this.connects(Number(argument)) };
    return program === CHECK_SCRIPT ? this.commanded(argument) : { after: SHELL_RUN, outcome: OK };
  }

  private commanded(script: string): Plan {
    const [id, fault] = [...this.faults].findLast(([, fault]) => fault.script === script) ?? [];
    if (id !== undefined) this.obeyed.set(id, this.count(id) + 1);
    switch (fault?.kind) {
      case 'check-script.fail':
        return { after: SHELL_RUN, outcome: () => 1 };
      case 'check-script.hang':
        return undefined;
      case 'check-script.slow':
        return { after: micros(SHELL_RUN + fault.delay), outcome: OK };
      default:
        return { after: SHELL_RUN, outcome: OK };
    }
  }

  /** The node's packet filter applies to its own programs, too. */
  private connects(port: number): Outcome {
    const { filters, services, name } = this.kernel;
    const blocked = filters.port(port);
    if (blocked === 'drop') return 'hangs';
    const service = services.find(
      (candidate) => candidate.port === port && candidate.protocol !== 'udp',
    );
    const listens = service !== undefined && !conductAt(service, name).stopped;
    return blocked === undefined && listens ? 0 : 1;
  }
}

const OK = (): number => 0;
