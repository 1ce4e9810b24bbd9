/**
 * One repeat of a scenario on a running lab: the steps in order, each barrier awaited on the lab's
 * clock, then the invariants. Faults that end by themselves (`for`) are healed while waiting.
 */
import { judgeInvariant } from '../assert/judge-repeat.ts';
import { countsFromItsOwn, judgeStep, patience, proofOf } from '../assert/judge-step.ts';
import { measure, noiseFloor, type RepeatRecord } from '../assert/metrics.ts';
import type { StepView } from '../assert/step-view.ts';
import { type Judgement, type Verdict, words } from '../assert/verdict.ts';
import type { Fault } from '../fault/fault.ts';
import type { Lab } from '../lab/lab.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Expectation, FaultStep, Scenario, Step } from '../scenario/scenario.ts';
import { formatMicros, type Instant, milliseconds, minus, plus } from '../time.ts';
import { strikeAt } from './phase.ts';
import { type RepeatResult, statusOf } from './result.ts';
import { faultsOf } from './target.ts';

/** Late events of the last step, and the answers to the last probes, are waited for this long. */
const DRAIN = milliseconds(150);

export interface RepeatOptions {
  readonly index: number;
  /** Fraction of the advertisement interval at which faults strike. */
  readonly phase: number;
  readonly onStep: (name: string) => void;
  /** Rejects when the run is interrupted. */
  readonly interrupted: Promise<never>;
}

interface ActiveFault {
  readonly step: string;
  readonly id: string;
  readonly fault: Fault;
  readonly healAt: Instant | undefined;
}

export async function runRepeat(
  scenario: Scenario,
  lab: Lab,
  timeline: Timeline,
  options: RepeatOptions,
): Promise<{ result: RepeatResult; record: RepeatRecord }> {
  const repeat = new RepeatRun(scenario, lab, timeline, options);
  const record = await repeat.run();
  return { result: repeat.result(record), record };
}

class RepeatRun {
  private readonly scenario: Scenario;
  private readonly lab: Lab;
  private readonly timeline: Timeline;
  private readonly options: RepeatOptions;
  private readonly verdicts: Verdict[] = [];
  private readonly faults: { fault: string; evidence: string }[] = [];
  private active: ActiveFault[] = [];
  /** The last fault or heal. */
  private since: Instant;
  private readonly deadline: Instant;

  constructor(scenario: Scenario, lab: Lab, timeline: Timeline, options: RepeatOptions) {
    this.scenario = scenario;
    this.lab = lab;
    this.timeline = timeline;
    this.options = options;
    this.since = lab.clock.now();
    this.deadline = plus(this.since, scenario.timeout);
  }

  async run(): Promise<RepeatRecord> {
    let from = this.lab.clock.now();
    for (const [i, step] of this.scenario.steps.entries()) {
      this.options.onStep(step.name);
      const ok = await this.step(step);
      // A first step without a fault lets the cluster form; invariants hold from there on.
      if (i === 0 && step.fault === undefined) from = this.lab.clock.now();
      if (!ok) break;
    }
    await this.healAll();
    await this.wait(plus(this.lab.clock.now(), DRAIN), () => false);
    const record = {
      timeline: this.timeline,
      topology: this.scenario.topology,
      window: { from, to: this.lab.clock.now() },
    };
    for (const invariant of this.scenario.invariants) {
      this.verdicts.push(
        verdict(invariant, undefined, judgeInvariant(invariant.assertion, record)),
      );
    }
    return record;
  }

  result(record: RepeatRecord): RepeatResult {
    const [router] = this.scenario.topology.virtualRouters;
    if (router === undefined)
      throw new Error('checked when the file was read: there is a virtual router');
    return {
      index: this.options.index,
      status: statusOf(this.verdicts),
      metrics: measure(record, router),
      verdicts: this.verdicts,
      faults: this.faults,
      noise: noiseFloor(record),
    };
  }

  private async step(step: Step): Promise<boolean> {
    const from = this.lab.clock.now();
    if (step.fault !== undefined && !(await this.inject(step, step.fault))) return false;
    if (step.heal !== undefined) await this.heal(step.heal);
    if (step.wait !== undefined)
      await this.wait(plus(this.lab.clock.now(), step.wait), () => false);
    for (const expectation of step.expect) {
      if (!(await this.barrier(step, expectation, from))) return false;
    }
    return true;
  }

  private async inject(step: Step, fault: FaultStep): Promise<boolean> {
    const { topology } = this.scenario;
    const faults = faultsOf(fault, topology, this.timeline);
    const [first] = faults;
    if (typeof faults === 'string' || first === undefined || typeof first === 'string') {
      this.fault(step, { ok: false, because: String(faults) });
      return false;
    }
    const at = strikeAt(
      this.timeline,
      topology.virtualRouters,
      first.node,
      this.options.phase,
      this.lab.clock.now(),
    );
    const orders = faults.map((one, i) => ({
      id: `${step.id}-${this.options.index}-${i}`,
      fault: one,
    }));
    const results = await this.awaited(
      Promise.all(orders.map((order) => this.lab.inject(order, at))),
    );
    for (const [i, result] of results.entries()) {
      const order = orders[i];
      if (order === undefined) continue;
      const text = `${order.fault.kind} on ${order.fault.node}`;
      this.active.push({
        step: step.id,
        id: order.id,
        fault: order.fault,
        healAt: fault.for === undefined ? undefined : plus(result.at as Instant, fault.for),
      });
      if (!result.ok) {
        this.fault(step, { ok: false, because: `${text}: ${result.because}` });
        return false;
      }
      this.faults.push({ fault: text, evidence: result.evidence });
      this.since = result.at as Instant;
      this.timeline.add({
        kind: 'fault',
        at: this.since,
        source: 'lab',
        node: order.fault.node,
        id: order.id,
        fault: order.fault.kind,
        evidence: result.evidence,
      });
    }
    return true;
  }

  /** A fault without observed effect fails its step. */
  private fault(step: Step, outcome: { ok: boolean; because: string }): void {
    this.verdicts.push({
      assertion: 'fault-effective',
      text: `${step.fault?.kind ?? ''} has an observed effect`,
      where: step.where,
      step: step.name,
      ok: outcome.ok,
      measured: words('no effect'),
      bound: words('an observed effect'),
      because: outcome.because,
      evidence: this.timeline
        .sorted({
          from: minus(this.lab.clock.now(), milliseconds(1_000)),
          to: this.lab.clock.now(),
        })
        .filter(({ kind }) => !kind.startsWith('probe') && kind !== 'advert')
        .slice(-8),
    });
  }

  private async heal(which: string): Promise<void> {
    const healed = this.active.filter(({ step }) => which === 'all' || step === which);
    this.active = this.active.filter((one) => !healed.includes(one));
    for (const { id, fault } of healed) {
      this.since = this.lab.clock.now();
      this.timeline.add({
        kind: 'heal',
        at: this.since,
        source: 'lab',
        node: fault.node,
        id,
        fault: fault.kind,
      });
    }
    await this.awaited(Promise.all(healed.map(({ id }) => this.lab.heal(id))));
  }

  private async healAll(): Promise<void> {
    if (this.active.length > 0) await this.heal('all');
  }

  private async barrier(step: Step, expectation: Expectation, from: Instant): Promise<boolean> {
    const { assertion } = expectation;
    const began = this.lab.clock.now();
    const view = (): StepView => ({
      timeline: this.timeline,
      topology: this.scenario.topology,
      now: this.lab.clock.now(),
      stepFrom: from,
      barrierFrom: began,
      since: this.since,
    });
    const limit = plus(countsFromItsOwn(assertion) ? began : from, patience(assertion));
    const until = limit < this.deadline ? limit : this.deadline;
    let judgement = judgeStep(assertion, view());
    while (!judgement.ok && this.lab.clock.now() < until) {
      const retry = judgement.retryAt;
      let judgedAt = this.timeline.size();
      await this.wait(retry !== undefined && retry < until ? retry : until, () => {
        if (this.timeline.size() === judgedAt) return false;
        judgedAt = this.timeline.size();
        judgement = judgeStep(assertion, view());
        return judgement.ok;
      });
      judgement = judgeStep(assertion, view());
    }
    if (!judgement.ok) {
      const late =
        this.lab.clock.now() >= this.deadline
          ? ` (the repeat reached its timeout of ${formatMicros(this.scenario.timeout)})`
          : '';
      judgement = {
        ...judgement,
        because: judgement.because + late,
        evidence: proofOf(assertion, view()),
      };
    }
    this.verdicts.push(verdict(expectation, step.name, judgement));
    return judgement.ok;
  }

  /** Lets the lab run, healing what is due on the way. */
  private async wait(until: Instant, done: () => boolean): Promise<boolean> {
    for (;;) {
      const due = this.active.find(
        ({ healAt }) => healAt !== undefined && healAt <= this.lab.clock.now(),
      );
      if (due !== undefined) {
        await this.heal(due.step);
        continue;
      }
      const next = this.active.reduce(
        (least, { healAt }) => (healAt !== undefined && healAt < least ? healAt : least),
        until,
      );
      if (await this.awaited(this.lab.clock.runUntil(next, done))) return true;
      if (next >= until) return false;
    }
  }

  private awaited<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.options.interrupted]);
  }
}

function verdict(
  expectation: Expectation,
  step: string | undefined,
  judgement: Judgement,
): Verdict {
  return {
    assertion: expectation.assertion.kind,
    text: expectation.text,
    where: expectation.where,
    step,
    ...judgement,
  };
}
