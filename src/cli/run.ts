/** `halab run`: scenario files in, verdicts out. */
import { setImmediate } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { EXIT, messageOf, type SourceIssue } from '../errors.ts';
import { shellWord } from '../printable.ts';
import { EvidencePlace } from '../run/evidence-folder.ts';
import { all, type RunListener } from '../run/listener.ts';
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
import { type Reporter, Reports, reporters } from './reporters.ts';
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
  const places: Places = {
    evidence: new EvidencePlace(flags.outputDir, new Date()),
    reports: new Reports(flags.reporter),
  };
  const backend = await chooseBackend(flags.backend);
  const interrupt = interruption();
  try {
    return await new Run(backend, flags, places, interrupt).all(loaded);
  } finally {
    interrupt.release();
  }
}

/** Where results go: opened before anything runs. */
interface Places {
  readonly evidence: EvidencePlace;
  readonly reports: Reports;
}

class Run {
  private readonly backend: BackendChoice;
  private readonly flags: Flags;
  private readonly places: Places;
  private readonly interrupt: Interruption;
  private readonly listener: Required<RunListener>;
  private readonly scenarios: ScenarioResult[] = [];
  private environment: Readonly<Record<string, string>> = {};
  private ended: RunResult['ended'];

  constructor(backend: BackendChoice, flags: Flags, places: Places, interrupt: Interruption) {
    this.backend = backend;
    this.flags = flags;
    this.places = places;
    this.interrupt = interrupt;
    this.listener = all(places.reports.listeners);
  }

  async all(loaded: readonly LoadedScenarios[]): Promise<number> {
    const { name, reason } = this.backend;
    const { seed } = this.flags;
    this.listener.onStart({ backend: name, reason, seed, scenarios: loaded.length });
    for (const file of loaded)
      for (const [i, scenario] of file.scenarios.entries()) {
        if (this.ended !== undefined) break;
        await setImmediate(); // Signals are handled between two cells.
        await this.cell(scenario, i === 0 ? file.warnings : []);
      }
    const result: RunResult = {
      backend: name,
      backendReason: reason,
      engine: enginesOf(loaded),
      seed,
      environment: this.environment,
      scenarios: this.scenarios,
      ...(this.ended === undefined ? {} : { ended: this.ended }),
    };
    await this.listener.onEnd(result);
    const code = exitCodeOf(result);
    // A report that could not be written makes no pass.
    return this.places.reports.lost && code === EXIT.passed ? EXIT.environment : code;
  }

  /** Results from before an error or a signal are reported, too. */
  private async cell(scenario: Scenario, warnings: readonly SourceIssue[]): Promise<void> {
    const options = this.optionsFor();
    try {
      if (this.interrupt.exitCode() !== undefined) await this.interrupt.interrupted;
      const outcome = await runScenario(scenario, warnings, options);
      this.scenarios.push(outcome.result);
      const { error } = outcome.result;
      if (error !== undefined && !this.places.reports.lists) err.block(`halab: ${error.reason}`);
      this.environment = { ...this.environment, ...outcome.environment };
      const ending = outcome.cut ?? outcome.problem;
      if (ending !== undefined) this.end(ending);
    } catch (error) {
      this.end(error);
      this.scenarios.push(notBegun(scenario, this.ended?.reason ?? '', options));
    }
  }

  private end(error: unknown): void {
    const signal = this.interrupt.exitCode();
    if (signal === undefined) report(error);
    this.ended = {
      exitCode: signal ?? exitCodeFor(error),
      reason: signal === undefined ? messageOf(error) : 'interrupted',
    };
  }

  private optionsFor(): RunOptions {
    const { backend, flags, listener } = this;
    return cellOptions(backend, {
      seed: flags.seed,
      keep: flags.keep,
      evidence: this.places.evidence,
      reproduce: (scenario) => reproduce(scenario, backend.name, flags),
      listener,
      interrupted: this.interrupt.interrupted,
    });
  }
}

/** A scenario that the environment, or the user, did not let begin: no verdict either way. */
function notBegun(scenario: Scenario, why: string, options: RunOptions): ScenarioResult {
  const blank = blankResult(scenario, options.reproduce(scenario));
  return { ...blank, reason: `not finished: ${why}`, unfinished: true };
}

/** `halab`, or all that the cells name: `frr, halab, keepalived`. */
function enginesOf(loaded: readonly LoadedScenarios[]): string {
  const nodes = loaded.flatMap(({ scenarios }) =>
    scenarios.flatMap(({ topology }) => topology.nodes),
  );
  const engines = nodes.filter(({ role }) => role === 'router').map(({ engine }) => engine);
  return [...new Set(engines)].sort().join(', ');
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
