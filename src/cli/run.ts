/** `halab run`: scenario files in, verdicts out. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, messageOf, type SourceIssue } from '../errors.ts';
import { KINDS } from '../kind/kinds.ts';
import { jsonReport } from '../report/json.ts';
import { junitReport } from '../report/junit.ts';
import { listReporter } from '../report/list.ts';
import { all, type RunListener } from '../run/listener.ts';
import { exitCodeOf, type RunResult, type ScenarioResult } from '../run/result.ts';
import { type RunOptions, runScenario, type ScenarioRun } from '../run/run.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { type LoadedScenarios, loadScenario, type Overrides } from '../scenario/scenario-file.ts';
import type { Simulation } from '../scenario/simulation.ts';
import { micros } from '../time.ts';
import type { Engine } from '../topology/topology.ts';
import {
  type AllowanceFlags,
  allowanceFlags,
  allowanceOf,
  allowEnvOption,
  allowPathOption,
} from './allowance.ts';
import { type BackendChoice, chooseBackend } from './backend.ts';
import { cellOptions } from './cell-options.ts';
import { pair, wholeNumber } from './flags.ts';
import { interruption } from './interrupt.ts';
import { replay } from './replay.ts';
import { scenarioFiles } from './scenario-files.ts';
import { writeReport } from './write-report.ts';

interface Flags extends AllowanceFlags {
  readonly backend?: 'docker' | 'sim';
  readonly repeat?: number;
  readonly seed: number;
  readonly set: Record<string, string>;
  readonly matrix: Record<string, string>;
  readonly topology?: string;
  readonly engine?: Engine;
  readonly reporter: readonly Reporter[];
  readonly outputDir: string;
  readonly keep: boolean;
  readonly list: boolean;
}

interface Reporter {
  readonly kind: 'list' | 'json' | 'junit';
  readonly file: string | undefined;
}

export function runCommand(done: (code: number) => void): Command {
  return new Command('run')
    .description('Run scenarios and judge them')
    .argument('<paths...>', 'scenario files or folders')
    .addOption(
      new Option('--backend <name>', 'docker or sim [docker if a daemon answers, else sim]')
        .choices(['docker', 'sim'])
        .env('HALAB_RUN_BACKEND'),
    )
    .option('--repeat <n>', "repeats of every cell, instead of the file's", wholeNumber(1, 1000))
    .addOption(
      new Option('--seed <n>', 'seed of phases and of the simulator')
        .argParser(wholeNumber(0, 0xffff_ffff))
        .default(1)
        .env('HALAB_RUN_SEED'),
    )
    .option('--set <path=value>', 'set a value of the topology (repeatable)', pair, {})
    .option('--matrix <name=value>', 'run only these cells of the matrix (repeatable)', pair, {})
    .option('-t, --topology <file>', "use this topology instead of the file's")
    .addOption(
      new Option('--engine <name>', "what every router runs, instead of the topology's").choices(
        Object.keys(KINDS),
      ),
    )
    .addOption(allowPathOption())
    .addOption(allowEnvOption())
    .option('--reporter <list>', 'list, json=FILE, junit=FILE; several with commas', reporters, [
      { kind: 'list', file: undefined },
    ])
    .option(
      '--output-dir <folder>',
      'where failed and kept runs leave their evidence',
      'halab-results',
    )
    .option('--keep', 'leave the evidence of passed runs too', false)
    .option('--list', 'show the cells that would run, and run nothing', false)
    .action(async (paths: string[], flags: Flags) => done(await run(paths, flags)));
}

async function run(paths: readonly string[], flags: Flags): Promise<number> {
  const overrides: Overrides = {
    set: flags.set,
    matrix: flags.matrix,
    repeat: flags.repeat,
    topology: flags.topology,
    engine: flags.engine,
    allow: allowanceOf(flags),
  };
  const files = scenarioFiles(paths);
  const loaded = files.map((file) => loadScenario(file, overrides));
  const cells = loaded.flatMap(({ scenarios }) => scenarios);
  if (flags.list || cells.length === 0) return listCells(cells);
  const backend = await chooseBackend(flags.backend);
  const interrupt = interruption();
  try {
    return await runAll(loaded, backend, flags, interrupt.interrupted);
  } catch (error) {
    if (interrupt.exitCode() === undefined) throw error;
    return interrupt.exitCode() ?? EXIT.bug;
  } finally {
    interrupt.release();
  }
}

async function runAll(
  loaded: readonly LoadedScenarios[],
  backend: BackendChoice,
  flags: Flags,
  interrupted: Promise<never>,
): Promise<number> {
  const listener = all(flags.reporter.map(listenerOf));
  const { name, reason } = backend;
  listener.onStart({ backend: name, reason, seed: flags.seed, scenarios: loaded.length });
  const scenarios: ScenarioResult[] = [];
  let environment: Readonly<Record<string, string>> = {};
  const result = (): RunResult => {
    return {
      backend: name,
      backendReason: reason,
      engine: enginesOf(loaded),
      seed: flags.seed,
      environment,
      scenarios,
    };
  };
  for (const file of loaded) {
    for (const [i, scenario] of file.scenarios.entries()) {
      const options = cellOptions(backend, {
        seed: flags.seed,
        keep: flags.keep,
        outputFolder: flags.outputDir,
        reproduce: (one) => reproduce(one, name, flags),
        listener,
        interrupted,
      });
      try {
        const warnings = i === 0 ? file.warnings : [];
        const outcome =
          name === 'sim' && scenario.simulation !== undefined
            ? replayed(scenario, scenario.simulation, warnings, options)
            : await runScenario(scenario, warnings, options);
        scenarios.push(outcome.result);
        environment = { ...environment, ...outcome.environment };
      } catch (error) {
        // What was measured so far is reported all the same.
        scenarios.push(unfinished(scenario, messageOf(error), options));
        await listener.onEnd(result());
        throw error;
      }
    }
  }
  await listener.onEnd(result());
  return exitCodeOf(result());
}

/** A whole simulated election: not a lab in virtual time, but the exact simulator. */
function replayed(
  scenario: Scenario,
  simulation: Simulation,
  warnings: readonly SourceIssue[],
  { listener, reproduce: again }: RunOptions,
): ScenarioRun {
  listener.onScenario(scenario);
  const result = replay(scenario, simulation, warnings, again(scenario));
  listener.onScenarioEnd(scenario, result);
  return { result, environment: { world: 'exact simulator', profile: simulation.profile } };
}

/** A scenario that the environment, or the user, did not let come to its end: no verdict either way. */
function unfinished(scenario: Scenario, why: string, options: RunOptions): ScenarioResult {
  const { name, file, cell } = scenario;
  return {
    name,
    file,
    cell,
    status: 'inconclusive',
    reason: `not finished: ${why}`,
    verdicts: [],
    skipped: [],
    repeats: [],
    statistics: {},
    warnings: [],
    evidence: undefined,
    reproduce: options.reproduce(scenario),
    wall: micros(0),
    elapsed: micros(0),
  };
}

/** `halab`, or all that the cells name: `frr, halab, keepalived`. */
function enginesOf(loaded: readonly LoadedScenarios[]): string {
  const nodes = loaded.flatMap(({ scenarios }) => scenarios.flatMap((one) => one.topology.nodes));
  const engines = nodes.filter(({ role }) => role === 'router').map(({ engine }) => engine);
  return [...new Set(engines)].sort().join(', ');
}

function listenerOf({ kind, file }: Reporter): RunListener {
  if (kind === 'list') {
    const live = process.stdout.isTTY === true && process.env.CI === undefined;
    const colour = live && process.env.NO_COLOR === undefined;
    return listReporter({ write: (text) => void process.stdout.write(text), live, colour });
  }
  const render = kind === 'json' ? jsonReport : junitReport;
  return { onEnd: (result) => writeReport(file ?? '', render(result)) };
}

function reproduce(scenario: Scenario, backend: string, flags: Flags): string {
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([key, value]) => [`--${flag}`, `${key}=${value}`]);
  return [
    'npx halab run',
    scenario.file,
    `--backend ${backend}`,
    `--seed ${flags.seed}`,
    `--repeat ${scenario.repeat.count}`,
    ...pairs('matrix', scenario.cell),
    ...pairs('set', flags.set),
    ...(flags.topology === undefined ? [] : ['--topology', flags.topology]),
    ...(flags.engine === undefined ? [] : ['--engine', flags.engine]),
    ...allowanceFlags(flags),
  ].join(' ');
}

function listCells(cells: readonly Scenario[]): number {
  for (const { file, name, cell } of cells) {
    const values = Object.entries(cell).map(([key, value]) => `${key}=${value}`);
    process.stdout.write(`${[file, name, ...values].join('  ')}\n`);
  }
  return cells.length === 0 ? EXIT.nothing : EXIT.passed;
}

function reporters(text: string): Reporter[] {
  return text.split(',').map((item) => {
    const [kind, file] = item.split('=', 2);
    if (kind === 'list') return { kind, file: undefined };
    if ((kind === 'json' || kind === 'junit') && file !== undefined && file !== '')
      return { kind, file };
    throw new InvalidArgumentError(
      `"${item}" is no reporter: write list, json=FILE or junit=FILE.`,
    );
  });
}
