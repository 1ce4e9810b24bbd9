/** `halab run`: scenario files in, verdicts out. */
import { setImmediate } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { EXIT, messageOf, type SourceIssue } from '../errors.ts';
import { shellWord } from '../printable.ts';
import { enginesOf } from '../run/compare.ts';
import { evidencePlace } from '../run/evidence-folder.ts';
import { all } from '../run/listener.ts';
import { blankResult, exitCodeOf, type RunResult, type ScenarioResult } from '../run/result.ts';
import { type RunOptions, runScenario } from '../run/run.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { LoadedScenarios } from '../scenario/scenario-file.ts';
import { allowanceFlags } from './allowance.ts';
import { chooseBackend } from './backend.ts';
import type { BackendChoice } from './backend-choice.ts';
import { cellOptions } from './cell-options.ts';
import { wholeNumber } from './flags.ts';
import { err, out } from './process/console.ts';
import { type Interruption, interruption } from './process/interrupt.ts';
import { exitCodeFor, report } from './report-error.ts';
import { type Reporter, reporters, reportersOf } from './reporters.ts';
import { loadAll, nothingToRun } from './scenario-files.ts';
import { overridesOf, type SelectionFlags, withSelection } from './selection.ts';

interface Flags extends SelectionFlags {
  readonly backend?: 'docker' | 'sim';
  readonly reporter: readonly Reporter[];
  readonly outputDir: string;
  readonly keep: boolean;
  readonly list: boolean;
}

export function runCommand(done: (code: number) => void): Command {
  const command = new Command('run')
    .description('Run scenarios and judge them')
    .argument('<paths...>', 'scenario files or folders')
    .addOption(
      new Option('--backend <name>', 'docker or sim [docker if a daemon answers, else sim]')
        .choices(['docker', 'sim'])
        .env('HALAB_RUN_BACKEND'),
    )
    .option('--repeat <n>', "repeats of every cell, instead of the file's", wholeNumber(1, 1000));
  return withSelection(command, {
    matrix: 'run only these cells of the matrix (repeatable)',
    engine: "what every router runs, instead of the topology's",
    enginePath:
      'a build of keepalived that every router runs (a single one: --set nodes.NAME.engine.path=FILE)',
  })
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
  const loaded = loadAll(paths, overridesOf(flags));
  const cells = loaded.flatMap(({ scenarios }) => scenarios);
  if (cells.length === 0) return nothingToRun(loaded, paths, flags.matrix);
  if (flags.list) return listCells(cells);
  let lost = false;
  const evidence = evidencePlace(flags.outputDir, new Date());
  const listeners = reportersOf(flags.reporter, () => {
    lost = true;
  });
  const backend = await chooseBackend(flags.backend);
  const interrupt = interruption();
  try {
    const options = cellOptions(backend, {
      seed: flags.seed,
      keep: flags.keep,
      evidence,
      reproduce: (scenario) => reproduce(scenario, backend.name, flags),
      listener: all(listeners),
      interrupted: interrupt.interrupted,
    });
    const code = await runCells(loaded, backend, flags, options, interrupt);
    // A report that could not be written makes no pass.
    return lost && code === EXIT.passed ? EXIT.environment : code;
  } finally {
    interrupt.release();
  }
}

async function runCells(
  loaded: readonly LoadedScenarios[],
  { name, reason }: BackendChoice,
  { reporter: reporters }: Flags,
  options: RunOptions,
  interrupt: Interruption,
): Promise<number> {
  const { seed, listener } = options;
  const scenarios: ScenarioResult[] = [];
  let environment: RunResult['environment'] = {};
  let ended: RunResult['ended'];
  const end = (error: unknown): void => {
    const signal = interrupt.exitCode();
    if (signal === undefined) report(error);
    const why = signal === undefined ? messageOf(error) : 'interrupted';
    ended = { exitCode: signal ?? exitCodeFor(error), reason: why };
  };
  /** Results from before an error or a signal are reported, too. */
  const runCell = async (scenario: Scenario, warnings: readonly SourceIssue[]): Promise<void> => {
    try {
      if (interrupt.exitCode() !== undefined) await interrupt.interrupted;
      const outcome = await runScenario(scenario, warnings, options);
      scenarios.push(outcome.result);
      const { error } = outcome.result;
      if (error !== undefined && !reporters.some(({ kind }) => kind === 'list'))
        err.block(`halab: ${error.reason}`);
      environment = { ...environment, ...outcome.environment };
      const ending = outcome.cut ?? outcome.problem;
      if (ending !== undefined) end(ending);
    } catch (error) {
      end(error);
      // The environment or the user stopped it before it began: it has no verdict.
      const blank = blankResult(scenario, options.reproduce(scenario));
      const reason = `not finished: ${ended?.reason ?? ''}`;
      scenarios.push({ ...blank, reason, unfinished: true });
    }
  };
  listener.onStart({ backend: name, reason, seed, scenarios: loaded.length });
  for (const file of loaded)
    for (const [i, scenario] of file.scenarios.entries()) {
      if (ended !== undefined) break;
      await setImmediate(); // Signals are handled between two cells.
      await runCell(scenario, i === 0 ? file.warnings : []);
    }
  const result: RunResult = {
    backend: name,
    backendReason: reason,
    engine: enginesOf(loaded.flatMap((file) => file.scenarios)),
    seed,
    environment,
    scenarios,
    ...(ended === undefined ? {} : { ended }),
  };
  await listener.onEnd(result);
  return exitCodeOf(result);
}

function reproduce(scenario: Scenario, backend: string, flags: Flags): string {
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).flatMap(([key, value]) => [`--${flag}`, `${key}=${value}`]);
  const argv = [
    // A file name may begin with a dash.
    scenario.file.startsWith('-') ? `./${scenario.file}` : scenario.file,
    '--backend',
    backend,
    '--seed',
    String(flags.seed),
    '--repeat',
    String(scenario.repeat.count),
    ...pairs('matrix', scenario.cell),
    ...pairs('set', flags.set),
    ...(flags.topology === undefined ? [] : ['--topology', flags.topology]),
    ...(flags.engine === undefined ? [] : ['--engine', flags.engine]),
    ...(flags.enginePath === undefined ? [] : ['--engine-path', flags.enginePath]),
    ...allowanceFlags(flags),
  ];
  return ['npx halab run', ...argv.map(shellWord)].join(' ');
}

function listCells(cells: readonly Scenario[]): number {
  for (const { file, name, cell } of cells) {
    const values = Object.entries(cell).map(([key, value]) => `${key}=${value}`);
    out.line([file, name, ...values].join('  '));
  }
  return EXIT.passed;
}
