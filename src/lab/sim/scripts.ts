/** The lab's scripts (`kind/lab-scripts.ts`) on a simulated node. */
import type { ScriptFault } from '../../fault/script.ts';
import { CHECK_SCRIPT, CHECK_SERVICE } from '../../kind/lab-scripts.ts';
import type { FaultyNode } from '../../sim/faults/actions.ts';
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

/** The check scripts `names` of a node, and the faults that command them. */
export function simScripts(
  kernel: Kernel,
  world: World,
  names: readonly string[],
): FaultyNode['scripts'] & { readonly run: RunScript } {
  /** In force, by id. */
  const faults = new Map<string, ScriptFault>();
  /** Runs that obeyed a fault, by its id. */
  const obeyed = new Map<string, number>();
  const count = (id: string): number => obeyed.get(id) ?? 0;
  const commanded = (script: string): Plan => {
    const [id, fault] =
      [...faults].findLast(([, { script: commands }]) => commands === script) ?? [];
    if (id !== undefined) obeyed.set(id, count(id) + 1);
    if (fault?.kind === 'check-script.hang') return undefined;
    const slow = fault?.kind === 'check-script.slow' ? fault.delay : 0;
    const fails = fault?.kind === 'check-script.fail';
    return { after: micros(SHELL_RUN + slow), outcome: () => (fails ? 1 : 0) };
  };
  const planOf = ([program, argument = '']: readonly string[]): Plan => {
    if (program === CHECK_SERVICE)
      return { after: PROGRAM_RUN, outcome: () => connects(kernel, Number(argument)) };
    return program === CHECK_SCRIPT ? commanded(argument) : { after: SHELL_RUN, outcome: () => 0 };
  };
  return {
    count,
    strike: (id, fault) => {
      if (!names.includes(fault.script)) return `no check script ${fault.script} runs here`;
      faults.set(id, fault);
      return undefined;
    },
    heal: (id) => faults.delete(id),
    run: (argv, ended) => {
      const { boots } = kernel;
      let over = false;
      const end = (after: Micros, outcome: () => Outcome): void =>
        world.after(after, () => {
          if (over || !kernel.up || kernel.boots !== boots) return;
          const how = outcome();
          if (how === 'hangs') return;
          over = true;
          ended(how === 'killed' ? undefined : how);
        });
      const plan = planOf(argv);
      if (plan !== undefined) end(plan.after, plan.outcome);
      return { signal: () => end(SIGNAL, () => 'killed') };
    },
  };
}

/** The node's packet filter applies to its own programs, too. */
function connects({ filters, services, name }: Kernel, port: number): Outcome {
  const blocked = filters.port(port);
  if (blocked === 'drop') return 'hangs';
  const service = services.find(
    (candidate) => candidate.port === port && candidate.protocol !== 'udp',
  );
  const listens = service !== undefined && !conductAt(service, name).stopped;
  return blocked === undefined && listens ? 0 : 1;
}
