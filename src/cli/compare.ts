/** `halab compare`: runs the same scenarios in the simulator and in Docker, and reports the differences of their results. */
import { availableParallelism, loadavg } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../errors.ts';
import { printable } from '../printable.ts';
import { comparisonJson, comparisonTable } from '../report/comparison.ts';
import { compareScenario, exitCodeOf, type ScenarioComparison } from '../run/compare.ts';
import { evidencePlace } from '../run/evidence-folder.ts';
import { all, type RunListener } from '../run/listener.ts';
import { chooseBackend } from './backend.ts';
import { type CellFlags, cellOptions, standInOptions } from './cell-options.ts';
import { wholeNumber } from './flags.ts';
import { err, out } from './process/console.ts';
import { interruption } from './process/interrupt.ts';
import { openReport } from './report-file.ts';
import { loadAll, nothingToRun } from './scenario-files.ts';
import { overridesOf, type SelectionFlags, withSelection } from './selection.ts';

interface Flags extends SelectionFlags {
  readonly json?: string;
  readonly outputDir: string;
}

export function compareCommand(done: (code: number) => void): Command {
  const command = new Command('compare')
    .description("Hold the simulator's word against a real lab's: distances per metric, roles")
    .argument('<paths...>', 'scenario files or folders')
    .option('--backend <pair>', 'the two worlds: sim,docker', backends, 'sim,docker')
    .option('--repeat <n>', 'repeats of every cell in each world', wholeNumber(1, 1000), 30);
  return withSelection(command, {
    matrix: 'only these cells of the matrix (repeatable)',
    engine: 'what every router runs; the simulator follows its rules',
    enginePath: 'a build of keepalived that every router runs',
  })
    .option('--json <file>', 'every sample and distance as JSON; - for standard output')
    .option('--output-dir <folder>', 'where failed runs leave their evidence', 'halab-results')
    .action(async (paths: string[], flags: Flags) => done(await compare(paths, flags)));
}

async function compare(paths: readonly string[], flags: Flags): Promise<number> {
  const loaded = loadAll(paths, overridesOf(flags));
  const scenarios = loaded.flatMap((file) => file.scenarios);
  if (scenarios.length === 0) return nothingToRun(loaded, paths, flags.matrix);
  const json = openReport(flags.json);
  const evidence = evidencePlace(flags.outputDir, new Date());
  const real = await chooseBackend('docker');
  const interrupt = interruption();
  const { interrupted } = interrupt;
  const common = { seed: flags.seed, keep: false, evidence, reproduce: () => '', interrupted };
  const cellFlags = (world: string): CellFlags => ({ ...common, listener: all([progress(world)]) });
  const compared: ScenarioComparison[] = [];
  try {
    for (const scenario of scenarios) {
      const comparison = await compareScenario(scenario, {
        simulated: standInOptions(real, cellFlags('sim')),
        real: cellOptions(real, cellFlags('docker')),
      });
      compared.push(comparison);
      if (flags.json !== '-') for (const line of comparisonTable(comparison)) out.line(line);
    }
  } catch (error) {
    if (interrupt.exitCode() === undefined) throw error;
    return interrupt.exitCode() ?? EXIT.bug;
  } finally {
    interrupt.release();
    // Reports what was measured so far, even after an error.
    if (compared.length > 0)
      await json?.write(comparisonJson(compared, { seed: flags.seed, machine: machine() }));
  }
  return exitCodeOf(compared);
}

function machine(): Readonly<Record<string, number>> {
  const [load = 0] = loadavg();
  return { cpus: availableParallelism(), load_of_last_minute: load };
}

/** To standard error, so that the tables can be saved; the counter only on a terminal. */
function progress(world: string): RunListener {
  return {
    onProgress: (message) => err.line(`  ${message}`),
    onRepeat: ({ name, repeat }, { index }) => {
      if (err.live) err.raw(`\r\u001b[K${printable(name)}: ${world} ${index}/${repeat.count}`);
    },
    onScenarioEnd: () => {
      if (err.live) err.raw('\r\u001b[K');
    },
  };
}

/** Only one pair exists now; it is explicit, so that another backend does not change the command. */
function backends(text: string): string {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => name !== 'sim' && name !== 'docker');
  if (unknown !== undefined)
    throw new InvalidArgumentError(`"${unknown}" is no backend: write sim,docker.`);
  if (names.length !== 2 || names[0] === names[1])
    throw new InvalidArgumentError('two different backends are compared: write sim,docker.');
  return text;
}
