/** Runs scenarios in turn: a lab for each cell, which is always taken down, its repeats, verdicts and evidence. */
import { setImmediate } from 'node:timers/promises';
import { judgeRun, witnessesOf } from '../assert/assertions.ts';
import type { RepeatRecord } from '../assert/metrics.ts';
import type { Verdict } from '../assert/verdict.ts';
import { isOfEngine, messageOf, type SourceIssue } from '../errors.ts';
import { EngineCannot, type Engines, type Lab, type LabPlan } from '../lab/lab.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Expectation, Scenario } from '../scenario/scenario.ts';
import { between, instant, type Micros, micros } from '../time.ts';
import type { EvidencePlace } from './evidence-folder.ts';
import { newGathering } from './gathered.ts';
import { type FittedScenario, type LeftOut, withoutRouters } from './left-out.ts';
import type { RunListener } from './listener.ts';
import { phasesOf } from './phase.ts';
import { type Played, playScenario } from './play.ts';
import { runRepeat } from './repeat.ts';
import {
  blankResult,
  folderOf,
  type RepeatResult,
  refused,
  type ScenarioResult,
  type SkippedExpectation,
  statisticsOf,
  unfinished,
} from './result.ts';
import { settle, statusOf, worstOf } from './status.ts';
import { judged } from './step-verdict.ts';

/** What the backend decides. */
export interface BackendOptions {
  /** Virtual routers that an engine of this cell cannot run and that the topology leaves out. */
  readonly leftOut: (scenario: Scenario) => readonly LeftOut[];
  /** Why a cell is skipped: a limit of an engine or of the backend. */
  readonly cannotRun: (scenario: Scenario) => readonly string[];
  readonly makeLab: (scenario: Scenario) => Lab;
  /** Real seconds, for `wall` and the stamps of captures; the runner itself lives on the lab's clock. */
  readonly wallClock: () => { readonly elapsed: Micros; readonly epoch: number };
}

/** Settings of the caller: the lab, the evidence folder, the command that runs it again. */
export interface RunOptions extends BackendOptions {
  readonly seed: number;
  /** Keep the evidence of passed runs too. */
  readonly keep: boolean;
  readonly evidence: EvidencePlace;
  readonly makePlan: (scenario: Scenario, sinks: PlanSinks) => LabPlan;
  readonly reproduce: (scenario: Scenario) => string;
  readonly listener: Required<RunListener>;
  readonly interrupted: Promise<never>;
}

export type PlanSinks = Pick<
  LabPlan,
  'onEvent' | 'onFrame' | 'onFrameSource' | 'progress' | 'seed'
>;

export interface ScenarioRun {
  readonly result: ScenarioResult;
  readonly environment: Readonly<Record<string, string>>;
  /** The lab could not be removed. The measurements are still valid. */
  readonly problem?: unknown;
  /** An error or a signal came before its end; the result has the measurements so far. */
  readonly cut?: unknown;
}

export async function runScenario(
  whole: Scenario,
  warnings: readonly SourceIssue[],
  options: RunOptions,
): Promise<ScenarioRun> {
  let left = options.leftOut(whole);
  const { scenario } = withoutRouters(whole, left);
  options.listener.onScenario(scenario);
  for (;;) {
    const { lacks, ...outcome } = await attempt(whole, left, options);
    // Only the version of the engine has shown these: they are left out as well, if the topology allows it.
    const more = mayLeave(whole, lacks) ? lacks : [];
    if (more.length > 0) {
      left = [...left, ...more];
      continue;
    }
    const result = { ...outcome.result, warnings };
    options.listener.onScenarioEnd(scenario, result);
    return { ...outcome, result };
  }
}

function mayLeave({ topology }: Scenario, lacks: readonly LeftOut[]): boolean {
  return lacks.every(({ router }) =>
    topology.virtualRouters.some((one) => one.name === router && one.unsupported === 'leave-out'),
  );
}

interface Attempt extends ScenarioRun {
  /** A limit of an engine found during the run; the cell is skipped. */
  readonly lacks: readonly LeftOut[];
}

async function attempt(
  whole: Scenario,
  left: readonly LeftOut[],
  options: RunOptions,
): Promise<Attempt> {
  const fitted = withoutRouters(whole, left);
  const { scenario } = fitted;
  const run = new CellRun(fitted, options);
  const reasons = [...fitted.reasons, ...options.cannotRun(scenario)];
  if (reasons.length > 0)
    return { result: run.skipped(reasons.join('; ')), environment: {}, lacks: [] };
  const started = options.wallClock().elapsed;
  let problem: unknown;
  let stopped: { readonly by: unknown } | undefined;
  try {
    await run.repeats();
  } catch (error) {
    stopped = { by: error };
  } finally {
    await run.down().catch((error: unknown) => {
      problem = error;
    });
  }
  const refusal = isOfEngine(stopped?.by) ? stopped.by : undefined;
  const wall = micros(options.wallClock().elapsed - started);
  const { environment } = run;
  if (refusal instanceof EngineCannot) {
    const result = run.skipped(refusal.message);
    return { result, environment, problem, lacks: refusal.lacks };
  }
  const result = run.result(wall, stopped === undefined);
  const rest = { environment, problem, lacks: [] };
  if (refusal !== undefined) return { ...rest, result: refused(result, refusal) };
  if (stopped === undefined) return { ...rest, result };
  return { ...rest, result: unfinished(result, stopped.by), cut: stopped.by };
}

class CellRun {
  environment: Readonly<Record<string, string>> = {};
  private engines: Engines = {};
  private readonly scenario: Scenario;
  private readonly skippedExpectations: readonly SkippedExpectation[];
  private readonly options: RunOptions;
  private running: { readonly lab: Lab; readonly timeline: Timeline } | undefined;
  private readonly gathered = newGathering();
  private plan: LabPlan | undefined;
  private readonly done: { result: RepeatResult; record: RepeatRecord }[] = [];
  private elapsed = micros(0);
  private played: Played | undefined;

  constructor({ scenario, skipped }: FittedScenario, options: RunOptions) {
    this.scenario = scenario;
    this.skippedExpectations = skipped;
    this.options = options;
  }

  async repeats(): Promise<void> {
    const { repeat, simulation } = this.scenario;
    const phases = phasesOf(repeat, this.options.seed);
    for (const [i, phase] of phases.entries()) {
      await setImmediate(); // A signal is heard between two repeats, in virtual time, too.
      if (repeat.fresh) await this.down();
      const { lab, timeline } = this.running ?? (await this.up(i));
      if (lab.play !== undefined && simulation !== undefined) {
        this.played = playScenario(this.scenario, simulation, lab.play.bind(lab));
        return;
      }
      const from = lab.clock.now();
      const outcome = await runRepeat({
        scenario: this.scenario,
        lab,
        timeline,
        index: i + 1,
        phase,
        onStep: (step) => this.options.listener.onStep(this.scenario, i + 1, step),
        interrupted: this.options.interrupted,
      });
      this.elapsed = micros(this.elapsed + between(from, lab.clock.now()));
      this.done.push(outcome);
      this.options.listener.onRepeat(this.scenario, outcome.result, outcome.record);
      if (outcome.result.status !== 'passed' && !repeat.fresh) await this.down();
    }
  }

  /** A repeat that did not pass may leave the cluster in any state, so the next one gets a new lab. */
  private async up(repeat: number): Promise<NonNullable<CellRun['running']>> {
    const lab = this.options.makeLab(this.scenario);
    const { timeline, sinks } = this.gathered.begin(this.scenario.topology);
    this.running = { lab, timeline };
    this.plan = this.options.makePlan(this.scenario, {
      seed: this.options.seed + repeat,
      ...sinks,
      progress: (message) => this.options.listener.onProgress(message),
    });
    try {
      await Promise.race([lab.up(this.plan), this.options.interrupted]);
      return this.running;
    } finally {
      // The build is known even if it refuses the plan.
      this.environment = lab.environment();
      this.engines = lab.engines();
    }
  }

  async down(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.lab.down();
  }

  skipped(reason: string): ScenarioResult {
    return { ...this.blank(), status: 'skipped', reason };
  }

  private blank(): ScenarioResult {
    const { scenario, engines, skippedExpectations } = this;
    const blank = blankResult(scenario, this.options.reproduce(scenario));
    return { ...blank, skipped: skippedExpectations, engines };
  }

  /** `isWhole`: every repeat was run; otherwise the expectations over all of them are not judged. */
  result(wall: Micros, isWhole: boolean): ScenarioResult {
    const { scenario, options, played } = this;
    if (played !== undefined) return { ...this.blank(), ...played, wall };
    const records = this.done.map(({ record }) => record);
    const verdicts = isWhole ? scenario.expect.map((one) => this.judgeRun(one, records)) : [];
    const repeats = this.done.map(({ result }) => result);
    const all = [...verdicts, ...repeats.flatMap((one) => one.verdicts)];
    const status = worstOf([...repeats.map((one) => one.status), statusOf(verdicts)]);
    const reason =
      status === 'inconclusive' ? all.find((one) => one.inconclusive === true)?.because : undefined;
    const unjudged = status === 'passed' && all.length === 0 ? whyUnjudged(scenario) : undefined;
    const keep = options.keep || status !== 'passed';
    return {
      ...this.blank(),
      status,
      reason,
      verdicts,
      repeats,
      statistics: statisticsOf(repeats),
      ...(keep ? this.leave() : {}),
      ...(unjudged === undefined ? {} : { unjudged }),
      wall,
      elapsed: this.elapsed,
    };
  }

  /** Over all repeats; the witnesses must have seen each of them whole. */
  private judgeRun(expectation: Expectation, records: readonly RepeatRecord[]): Verdict {
    const { assertion } = expectation;
    const on = witnessesOf(assertion, this.scenario.topology);
    const grounds = records.map(({ timeline, window }) => ({ timeline, window, on }));
    const zero = records[0]?.window.from ?? instant(0);
    const { subject, judgement } = judged(expectation, undefined, judgeRun(assertion, records));
    return { ...subject, ...settle(judgement, { grounds, basis: [], zero }) };
  }

  /** A full disk loses the evidence, not the verdict. */
  private leave(): Pick<ScenarioResult, 'evidence' | 'evidenceLost'> {
    const { evidence, wallClock } = this.options;
    try {
      const nodes = this.plan?.nodes ?? [];
      const all = { nodes, ...this.gathered.all(), epoch: wallClock().epoch };
      return { evidence: evidence.write(folderOf(this.scenario), all) };
    } catch (error) {
      return { evidence: undefined, evidenceLost: messageOf(error) };
    }
  }
}

/** Every fault had its effect; no expectation was judged. */
function whyUnjudged({ simulation }: Scenario): string {
  return simulation === undefined
    ? 'nothing was judged: the scenario expects nothing'
    : 'nothing was judged: only the exact simulator can judge this scenario (halab run --backend sim)';
}
