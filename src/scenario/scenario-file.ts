/** From a scenario file to its scenarios, one per cell of its matrix, with all findings of all cells. */
import { dirname } from 'node:path';
import type { Place } from '../assert/assertion.ts';
import { errorAt, SourceError, type SourceIssue } from '../errors.ts';
import { adoptConfigs } from '../kind/own-config.ts';
import { seconds } from '../time.ts';
import { readTopology, type TopologyResult } from '../topology/file/topology-file.ts';
import { type Allowance, NOTHING_MORE, type Reach, reachOf } from '../topology/reach.ts';
import type { Engine, Topology } from '../topology/topology.ts';
import { ofItsOwn } from '../topology/yaml/tolerant.ts';
import {
  isProblem,
  type Path,
  parseYaml,
  partOf,
  readYaml,
  schemaIssues,
  type YamlSource,
} from '../topology/yaml/yaml-source.ts';
import { type Cell, isRecord, readCells } from './cells.ts';
import { readExpectation } from './expectation.ts';
import { type Contexts, substitute } from './expression.ts';
import { readFault } from './fault-file.ts';
import type { Expectation, Scenario, Step } from './scenario.ts';
import { checkJudged, checkScenario } from './scenario-check.ts';
import { type ScenarioText, type StepText, scenarioSchema } from './scenario-schema.ts';
import { applySettings, engineSettings, type Setting, typedAt, typedPath } from './settings.ts';
import { readSimulation } from './simulation.ts';

/** Settings of the command line: `--set path=value`, `--matrix name=value`, `--repeat N`, `--phase`. */
export interface Overrides {
  readonly set: Readonly<Record<string, string>>;
  /** Keeps only the cells with these values. */
  readonly matrix: Readonly<Record<string, string>>;
  readonly repeat: number | undefined;
  readonly topology: string | undefined;
  /** The engine of every router. */
  readonly engine: Engine | undefined;
  /** The build of keepalived that every router runs. */
  readonly enginePath?: string | undefined;
  /** Files that it may read outside its project. */
  readonly allow: Allowance;
}

export const NO_OVERRIDES: Overrides = {
  set: {},
  matrix: {},
  repeat: undefined,
  topology: undefined,
  engine: undefined,
  allow: NOTHING_MORE,
};

export interface LoadedScenarios {
  /** One per cell of the matrix. */
  readonly scenarios: readonly Scenario[];
  readonly warnings: readonly SourceIssue[];
  /** All values of the matrix, regardless of filters: `advert=1s`. */
  readonly cells: readonly string[];
}

/** Reads one file; throws a SourceError (exit 2) with every error in it. */
export function loadScenario(file: string, overrides: Overrides = NO_OVERRIDES): LoadedScenarios {
  const reach = reachOf(file, overrides.allow, overrides.topology);
  const loader = new ScenarioLoader(readYaml(file, reach), overrides, reach);
  const scenarios = loader.load();
  const issues = distinct(loader.issues);
  if (issues.some(({ severity }) => severity === 'error')) throw new SourceError(issues);
  return { scenarios, warnings: issues, cells: loader.values };
}

class ScenarioLoader {
  readonly issues: SourceIssue[] = [];
  values: readonly string[] = [];
  private readonly source: YamlSource;
  private readonly overrides: Overrides;
  private readonly reach: Reach;
  /** A topology is read and parsed once for all cells. */
  private readonly topologies = new Map<string, YamlSource>();

  constructor(source: YamlSource, overrides: Overrides, reach: Reach) {
    this.source = source;
    this.overrides = overrides;
    this.reach = reach;
  }

  load(): Scenario[] {
    this.issues.push(...this.source.issues);
    if (this.source.issues.length > 0) return [];
    const value = this.source.value;
    const { cells, issues, values } = readCells(this.source, this.overrides.matrix);
    this.issues.push(...issues);
    this.values = values;
    return cells.flatMap((cell) => this.cell(value, cell) ?? []);
  }

  private cell(value: unknown, cell: Cell): Scenario | undefined {
    const vars = isRecord(value) && isRecord(value.vars) ? value.vars : {};
    const contexts: Contexts = { matrix: cell, vars, env: opened(this.overrides.allow.env) };
    const report = (path: Path, message: string): void => this.error(path, message);
    const expanded = isRecord(value)
      ? {
          ...(substitute({ ...value, matrix: undefined }, contexts, report) as object),
          matrix: value.matrix,
        }
      : value;
    const parsed = scenarioSchema.safeParse(expanded);
    if (!parsed.success) {
      this.issues.push(...schemaIssues(this.source, parsed.error, [], scenarioSchema));
      this.topologyBeside(expanded);
      return undefined;
    }
    const { draft, isPartial } = this.topology(parsed.data);
    if (draft === undefined) return undefined;
    const before = this.issues.length;
    const scenario = this.scenario(parsed.data, draft, cell);
    if (isPartial) this.issues.push(...ofItsOwn(this.issues.splice(before), []));
    return scenario;
  }

  /** Mistakes of the topology are reported together with those of the scenario. */
  private topologyBeside(value: unknown): void {
    const parsed = scenarioSchema
      .pick({ topology: true, set: true, simulation: true })
      .strip()
      .safeParse(value);
    if (parsed.success) this.topology(parsed.data);
  }

  private topology(
    text: Pick<ScenarioText, 'topology' | 'set' | 'simulation'>,
  ): Pick<TopologyResult, 'draft' | 'isPartial'> {
    const source = this.topologySource(text.topology);
    if (source === undefined) return { draft: undefined, isPartial: true };
    const settings = [
      ...Object.entries(text.set ?? {}).map(
        ([key, value]): Setting => ({ key, value, span: this.source.keySpan(['set', key]) }),
      ),
      ...engineSettings(source.value, this.overrides.engine, this.overrides.enginePath),
      ...Object.entries(this.overrides.set).map(([key, value]) =>
        typedPath({ key, value, span: typedAt(`--set ${key}`) }),
      ),
    ];
    const applied = applySettings(source, settings);
    this.issues.push(...applied.issues);
    const result = readTopology(applied.source, applied.value, {
      reach: this.reach,
      adopt: adoptConfigs,
      isElection: text.simulation !== undefined,
    });
    this.issues.push(...result.issues);
    return result;
  }

  private topologySource(written: ScenarioText['topology']): YamlSource | undefined {
    const chosen = this.overrides.topology;
    if (chosen === undefined && typeof written !== 'string')
      return partOf(this.source, ['topology'], written);
    const text = chosen ?? String(written);
    const known = this.topologies.get(text);
    if (known !== undefined) return known;
    const typed = chosen !== undefined;
    const found = this.reach.text({ text, folder: dirname(this.source.file), typed });
    if (isProblem(found)) {
      const span = typed ? typedAt(`--topology ${chosen}`) : this.source.span(['topology']);
      this.issues.push(errorAt(span, found.problem, found.hint));
      return undefined;
    }
    const source = parseYaml(found.text, relativeToWorkingDirectory(found.path));
    this.topologies.set(text, source);
    return source;
  }

  private scenario(text: ScenarioText, topology: Topology, cell: Cell): Scenario {
    const steps = text.steps.map((step, i) => this.step(step, ['steps', i], topology));
    const scenario: Scenario = {
      file: this.source.file,
      name: text.name,
      description: (text.description ?? '').trim(),
      tags: text.tags ?? [],
      cell: Object.fromEntries(Object.entries(cell).map(([key, value]) => [key, String(value)])),
      topology,
      timeout: text.timeout ?? seconds(120),
      repeat: {
        count: this.overrides.repeat ?? text.repeat?.count ?? 1,
        phase: text.repeat?.phase ?? 'random',
        fresh: text.repeat?.fresh ?? false,
      },
      invariants: this.expectations(text.invariants, ['invariants'], 'invariant', topology),
      steps,
      expect: this.expectations(text.expect, ['expect'], 'run', topology),
      simulation:
        text.simulation === undefined
          ? undefined
          : readSimulation(
              partOf(this.source, ['simulation'], text.simulation),
              topology,
              this.issues,
            ),
    };
    this.issues.push(...checkScenario(scenario, (path) => this.source.span(path)));
    if (!this.issues.some(({ severity }) => severity === 'error'))
      this.issues.push(...checkJudged(scenario));
    return scenario;
  }

  private step(text: StepText, path: Path, topology: Topology): Step {
    const { fault, heal, at, wait = 0, expect = [] } = text;
    const waits = at !== undefined || wait > 0;
    if (fault === undefined && heal === undefined && !waits && expect.length === 0)
      this.error(
        [...path, 'name'],
        'the step does nothing: give it a fault, a heal, a wait or an expect list',
        'For example: wait: 1s.',
      );
    return {
      name: text.name,
      id: text.id ?? `step-${String(Number(path[1]) + 1)}`,
      at: text.at,
      fault: readFault(text, topology, {
        problem: ({ key, message, hint }) => this.error([...path, ...key], message, hint),
        schema: (error, known) =>
          this.issues.push(...schemaIssues(this.source, error, [...path, 'with'], known)),
      }),
      heal: text.heal,
      wait: text.wait,
      expect: this.expectations(text.expect, [...path, 'expect'], 'step', topology),
      where: this.source.span(path),
    };
  }

  private expectations(
    list: readonly unknown[] | undefined,
    path: Path,
    place: Place,
    topology: Topology,
  ): Expectation[] {
    return (list ?? []).flatMap((value, i) => {
      const entry = { value, path: [...path, i], place, topology };
      return readExpectation(this.source, entry, this.issues) ?? [];
    });
  }

  private error(path: Path, message: string, hint?: string): undefined {
    this.issues.push(errorAt(this.source.span(path), message, hint));
  }
}

/** The variables of the environment that the command line opened. */
function opened(names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

function relativeToWorkingDirectory(path: string): string {
  const prefix = `${process.cwd()}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

/** The same mistake is found once per cell and reported once. */
function distinct(issues: readonly SourceIssue[]): SourceIssue[] {
  const byText = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  return [...byText.values()].sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
  );
}
