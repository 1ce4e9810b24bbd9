/** `halab faults`: the faults of scenarios, and the backends that support them. */
import { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { refusalsOf } from '../fault/capability.ts';
import { faultReference } from '../fault/reference.ts';
import { exactRefusals } from '../sim/election/faults.ts';
import { SIM_FAULTS } from '../sim/faults/faults.ts';
import { out } from './process/console.ts';

export function faultsCommand(done: (code: number) => void): Command {
  return new Command('faults')
    .description('List the faults of scenarios and the backends that can have them')
    .option('--json', 'for machines, with every parameter', false)
    .action(async ({ json }: { json: boolean }) => {
      const faults = await capabilities();
      if (json) out.line(JSON.stringify({ schema: 'halab.faults/1', faults }));
      else for (const line of linesOf(faults)) out.line(line);
      done(EXIT.passed);
    });
}

const EXACT = 'exact: the simulator, for scenarios with simulation:';

/** Every fault with, for each backend, why it cannot have it; null: it can. */
async function capabilities() {
  const { dockerRefusals } = await import('./docker-faults.ts');
  const refusals = {
    sim: refusalsOf(SIM_FAULTS),
    exact: exactRefusals,
    docker: dockerRefusals,
  };
  return faultReference().map((row) => {
    const reasons = Object.entries(refusals).map(([name, of]) => [name, of(row.fault) ?? null]);
    return { ...row, cannot: Object.fromEntries(reasons) as Record<string, string | null> };
  });
}

function linesOf(faults: Awaited<ReturnType<typeof capabilities>>): string[] {
  const width = Math.max(...faults.map(({ fault }) => fault.length));
  const backends = Object.keys(faults[0]?.cannot ?? {});
  const cell = (name: string, text: string): string => text.padEnd(name.length + 2);
  const rows = faults.map(({ fault, sentence, cannot }) => {
    const can = backends.map((name) => cell(name, cannot[name] === null ? 'yes' : 'no'));
    return `${fault.padEnd(width)}  ${can.join('')}${sentence}`;
  });
  const reasons = backends.flatMap((name) => {
    const why = new Set(faults.flatMap(({ cannot }) => cannot[name] ?? []));
    return [...why].map((reason) => {
      const kinds = faults.filter(({ cannot }) => cannot[name] === reason);
      return `${name} cannot have ${kinds.map(({ fault }) => fault).join(', ')}: ${reason}`;
    });
  });
  const head = backends.map((name) => cell(name, name)).join('');
  return [`${'fault'.padEnd(width)}  ${head}`.trimEnd(), ...rows, '', EXACT, ...reasons];
}
