/** What the lab's own scripts say on a simulated node (`kind/lab-scripts.ts`). */
import type { ScriptFault } from '../fault/fault.ts';
import { CHECK_SCRIPT, CHECK_SERVICE } from '../kind/lab-scripts.ts';
import type { Kernel } from '../sim/kernel.ts';
import type { RunScript } from '../sim/scripts.ts';
import { mannerOf } from '../sim/services.ts';
import { type Micros, micros, milliseconds } from '../time.ts';

/** A shell that reads a line; a small Node program that connects. */
const SHELL_RUN = milliseconds(2);
const PROGRAM_RUN = milliseconds(70);

export class SimScripts {
  /** Faults in force, by id. */
  readonly faults = new Map<string, ScriptFault>();
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  readonly run: RunScript = ([program, argument = '']) => {
    if (program === CHECK_SERVICE)
      return { after: PROGRAM_RUN, ok: this.listens(Number(argument)) };
    return program === CHECK_SCRIPT ? this.commanded(argument) : { after: SHELL_RUN, ok: true };
  };

  private commanded(script: string): { readonly after: Micros; readonly ok: boolean } | undefined {
    const fault = [...this.faults.values()].findLast((one) => one.script === script);
    switch (fault?.kind) {
      case 'check-script.fail':
        return { after: SHELL_RUN, ok: false };
      case 'check-script.hang':
        return undefined;
      case 'check-script.slow':
        return { after: micros(SHELL_RUN + fault.delay), ok: true };
      default:
        return { after: SHELL_RUN, ok: true };
    }
  }

  private listens(port: number): boolean {
    const service = this.kernel.services.find((one) => one.port === port);
    return service !== undefined && !mannerOf(service, this.kernel.name).refuses;
  }
}
