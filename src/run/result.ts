/** The result of a run as data: reporters print it, the JSON file contains it. */
import type { Metrics } from '../assert/metrics.ts';
import { type Summary, summarize } from '../assert/statistics.ts';
import type { Verdict } from '../assert/verdict.ts';
import { EXIT, type HalabError, messageOf, type SourceIssue } from '../errors.ts';
import type { Backend, Engines } from '../lab/lab.ts';
import type { Expectation, Scenario } from '../scenario/scenario.ts';
import { type Micros, micros } from '../time.ts';
import { type Status, unfinishedStatus } from './status.ts';

export interface RunResult {
  readonly backend: Backend;
  /** Why this backend: requested, or the best one of this machine. */
  readonly backendReason: string;
  readonly engine: string;
  readonly seed: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly scenarios: readonly ScenarioResult[];
  /** Why not everything ran: an error, or a signal. */
  readonly ended?: { readonly exitCode: number; readonly reason: string };
}

/** One cell of one scenario file. */
export interface ScenarioResult extends Pick<Scenario, 'name' | 'file' | 'cell'> {
  readonly status: Status;
  /** Why it was skipped or is inconclusive. */
  readonly reason: string | undefined;
  /** Of the run-level `expect`. */
  readonly verdicts: readonly Verdict[];
  /** Expectations of virtual routers that an engine of this cell cannot run. */
  readonly skipped: readonly SkippedExpectation[];
  readonly repeats: readonly RepeatResult[];
  readonly statistics: Readonly<Partial<Record<keyof Metrics, Summary>>>;
  readonly warnings: readonly SourceIssue[];
  /** Folder with the evidence; undefined for a passed run that is not kept. */
  readonly evidence: string | undefined;
  /** Why it could not be written. */
  readonly evidenceLost?: string;
  /** An error or a signal came before its end. */
  readonly unfinished?: true;
  /** An engine of this cell is missing, refuses its file or does not start; other cells run. */
  readonly error?: { readonly exitCode: number; readonly reason: string };
  /** Why nothing was judged although it passed. */
  readonly unjudged?: string;
  /** The build that ran on each router, by node. */
  readonly engines?: Engines;
  /** The command that runs it again. */
  readonly reproduce: string;
  /** Time the lab took, from the first container to the last removed; virtual time does not count. */
  readonly wall: Micros;
  /** Time on the lab's own clock in which the scenario ran. */
  readonly elapsed: Micros;
}

/** The result of a scenario before its run. `reproduce`: the command that runs it again. */
export function blankResult(
  { name, file, cell }: Pick<Scenario, 'name' | 'file' | 'cell'>,
  reproduce: string,
): ScenarioResult {
  return {
    name,
    file,
    cell,
    status: unfinishedStatus(),
    reason: undefined,
    verdicts: [],
    skipped: [],
    repeats: [],
    statistics: {},
    warnings: [],
    evidence: undefined,
    reproduce,
    wall: micros(0),
    elapsed: micros(0),
  };
}

/** The metrics that are lengths of time. */
export const TIMES = [
  'detection',
  'takeover',
  'announcement',
  'outage',
  'convergence',
  'overhead',
  'dualMaster',
] as const;

/** The result of a cell whose engine refused to run. */
export function refused(result: ScenarioResult, error: HalabError): ScenarioResult {
  const { exitCode, message, hint } = error;
  const reason = hint === '' ? message : `${message}\n${hint}`;
  return { ...partial(result), reason: message, error: { exitCode, reason } };
}

/** The environment or the user ended it early. */
export function unfinished(result: ScenarioResult, error: unknown): ScenarioResult {
  return { ...partial(result), reason: `not finished: ${messageOf(error)}`, unfinished: true };
}

function partial({ unjudged: _, ...result }: ScenarioResult): ScenarioResult {
  return { ...result, status: unfinishedStatus(result.status) };
}

type Cell = Pick<Scenario, 'name' | 'cell'>;

/** `master-crash advert=100ms`: a cell in reports. */
export function titleOf({ name, cell }: Cell): string {
  return [name, ...Object.entries(cell).map(([key, value]) => `${key}=${value}`)].join(' ');
}

/** `master-crash-advert-100ms`: a cell as the name of a folder. */
export function folderOf({ name, cell }: Cell): string {
  return [name, ...Object.entries(cell).flat()].join('-');
}

export function statisticsOf(repeats: readonly RepeatResult[]): ScenarioResult['statistics'] {
  const entries = TIMES.map((name) => {
    const values = repeats.map(({ metrics }) => metrics[name]);
    return [name, summarize(values.filter((value) => value !== undefined))] as const;
  });
  return Object.fromEntries(entries.filter(([, summary]) => summary !== undefined));
}

/** It was not judged: it is neither a pass nor a failure. */
export interface SkippedExpectation extends Pick<Expectation, 'text' | 'where'> {
  /** Undefined: of the whole repeat or run. */
  readonly step: string | undefined;
  readonly reason: string;
}

/** The effect of one fault on one virtual router. */
export interface FaultResult {
  readonly router: string;
  readonly fault: string;
  readonly node: string;
  readonly from: string;
  readonly to: string;
  readonly metrics: Metrics;
}

export interface RepeatResult {
  /** From 1. */
  readonly index: number;
  readonly status: Status;
  /** Of the first fault that moved the owner of the first virtual router. */
  readonly metrics: Metrics;
  /** Of each fault that did, for every virtual router. */
  readonly failovers: readonly FaultResult[];
  readonly verdicts: readonly Verdict[];
  /** The resolved faults and their observations. */
  readonly faults: readonly { readonly fault: string; readonly evidence: string }[];
  /** How late a probe between idle nodes was at worst: the noise of the machine. */
  readonly noise: Micros | undefined;
}

/** An observed failure stays failed; only a signal or a bug in halab outranks it. A run without its evidence cannot pass. */
export function exitCodeOf({ scenarios, ended }: RunResult): number {
  const statuses = scenarios.map(({ status }) => status);
  const code = ended?.exitCode;
  if (code !== undefined && code >= EXIT.bug) return code;
  if (statuses.includes('failed')) return EXIT.failed;
  if (code !== undefined) return code;
  const broken = scenarios.find(({ error }) => error !== undefined)?.error;
  if (broken !== undefined) return broken.exitCode;
  if (statuses.includes('inconclusive')) return EXIT.inconclusive;
  if (!statuses.includes('passed')) return EXIT.nothing;
  return scenarios.some((one) => one.evidenceLost !== undefined) ? EXIT.environment : EXIT.passed;
}
