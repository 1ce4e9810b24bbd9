/** One repeat of a scenario on a running lab: the steps in order, their barriers on the lab's clock, the invariants. */
import { judgeInvariant } from '../assert/assertions.ts';
import { measure, measureFaults, noiseFloor, type RepeatRecord } from '../assert/metrics.ts';
import type { FaultRequest } from '../fault/faults.ts';
import { faultText } from '../fault/path.ts';
import { routerIn } from '../fault/selector.ts';
import { resolveFaults } from '../fault/target.ts';
import type { Lab } from '../lab/lab.ts';
import { sendersOf } from '../observe/senders.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Expectation, Scenario, Step } from '../scenario/scenario.ts';
import { between, type Instant, micros, milliseconds, minus, plus, seconds } from '../time.ts';
import { awaitBarrier } from './barrier.ts';
import { ENDING, type Exit, watchRouters } from './ended-router.ts';
import { FaultLedger } from './fault-ledger.ts';
import { type Judgements, newJudgements } from './judgements.ts';
import { LEAD, strikeAt } from './phase.ts';
import type { FaultResult, RepeatResult } from './result.ts';
import { statusOf } from './status.ts';
import { late, unhealed } from './step-verdict.ts';

/** How long it waits for late events of the last step and answers to the last probes. */
const DRAIN = milliseconds(150);
/** Longest time until it is known whether a fault had an effect, after everything has been healed. */
const OUTCOME = seconds(15);
/** A step that comes this late is still on time: an order takes about as long to reach its node. */
const SLACK = milliseconds(5);
/** Every witness has sent a heartbeat by then, or is silent. */
const HEARTBEATS = seconds(1);
const NOTHING_SEEN = 'nothing was seen of it';

export interface RepeatOptions {
  readonly scenario: Scenario;
  readonly lab: Lab;
  readonly timeline: Timeline;
  readonly index: number;
  /** Phase of faults as a fraction of the advertisement interval. */
  readonly phase: number;
  readonly onStep: (name: string) => void;
  /** Rejects when the run is interrupted. */
  readonly interrupted: Promise<never>;
}

export async function runRepeat(
  options: RepeatOptions,
): Promise<{ result: RepeatResult; record: RepeatRecord }> {
  const repeat = new RepeatRun(options);
  const record = await repeat.run();
  return { result: repeat.result(record), record };
}

class RepeatRun {
  private readonly options: RepeatOptions;
  private readonly judgements: Judgements;
  private readonly faults: { fault: string; evidence: string }[] = [];
  private readonly ledger: FaultLedger;
  private readonly routers: ReturnType<typeof watchRouters>;
  /** When the first step began. */
  private readonly began: Instant;
  /** The time of the last ordered fault. */
  private due: Instant;
  private readonly deadline: Instant;
  /** A fault had no effect. */
  private broken = false;
  /** How late the last wait ended; 0 if an event ended it. */
  private overslept = micros(0);

  constructor(options: RepeatOptions) {
    const { scenario, lab, timeline } = options;
    this.options = options;
    this.began = lab.clock.now();
    this.due = this.began;
    this.deadline = plus(this.began, scenario.timeout);
    this.routers = watchRouters(timeline, scenario.topology);
    this.judgements = newJudgements(timeline, scenario.topology);
    this.ledger = new FaultLedger(lab, timeline, {
      effective: (fault, evidence) => this.faults.push({ fault: faultText(fault), evidence }),
      failed: (step, because) => this.ineffective(step, because),
      late: (step, at) => this.late(step, at),
      stuck: (step, because) => this.judgements.closed(unhealed(step, because)),
    });
  }

  private now(): Instant {
    return this.options.lab.clock.now();
  }

  async run(): Promise<RepeatRecord> {
    let from = this.began;
    for (const [i, step] of this.options.scenario.steps.entries()) {
      this.options.onStep(step.name);
      const ok = await this.step(step);
      // A first step without a fault lets the cluster form; invariants hold from there on.
      if (i === 0 && step.fault === undefined) from = this.now();
      if (!ok || this.broken) break;
    }
    const to = await this.finish();
    const { timeline } = this.options;
    const { topology, invariants } = this.options.scenario;
    const record = { timeline, topology, window: { from, to } };
    for (const expectation of invariants) {
      const judgement = judgeInvariant(expectation.assertion, record);
      this.judgements.invariant(expectation, judgement, record.window);
    }
    return record;
  }

  result(record: RepeatRecord): RepeatResult {
    const [router] = this.options.scenario.topology.virtualRouters;
    if (router === undefined)
      throw new Error('checked when the file was read: there is a virtual router');
    const verdicts = this.judgements.verdicts(this.began);
    return {
      index: this.options.index,
      status: statusOf(verdicts),
      metrics: measure(record, router),
      failovers: failoversOf(record),
      verdicts,
      faults: this.faults,
      noise: noiseFloor(record),
    };
  }

  private async step(step: Step): Promise<boolean> {
    if (step.at !== undefined) return this.timed(step, plus(this.began, step.at));
    await this.wait(this.due);
    const from = this.now();
    if (step.fault !== undefined && !(await this.inject(step, step.fault))) return false;
    if (step.heal !== undefined) this.ledger.heal(step.heal, minus(from, this.overslept));
    await this.awaited(this.ledger.settled());
    return this.rest(step, from);
  }

  /** Injects or heals exactly at `due` and continues: faults overlap, and each is observed while the next are ordered. */
  private async timed(step: Step, due: Instant): Promise<boolean> {
    const { fault } = step;
    const now = this.now();
    if (now > due + SLACK) {
      this.late(step, now);
      return false;
    }
    if (fault !== undefined) {
      await this.wait(minus(due, LEAD));
      if (!this.order(step, fault, () => due)) return false;
      if (step.wait === undefined && step.expect.length === 0) return true;
    }
    await this.wait(due);
    if (step.heal !== undefined) this.ledger.heal(step.heal, due);
    return this.rest(step, due);
  }

  private async rest(step: Step, from: Instant): Promise<boolean> {
    if (step.wait !== undefined) await this.wait(plus(this.now(), step.wait));
    for (const expectation of step.expect) {
      if (!(await this.barrier(step, expectation, from))) return false;
    }
    return true;
  }

  private async inject(step: Step, fault: FaultRequest): Promise<boolean> {
    const { topology } = this.options.scenario;
    const { phase } = this.options;
    const strike = (node: string): Instant =>
      strikeAt(this.options.timeline, topology.virtualRouters, node, phase, this.now());
    if (!this.order(step, fault, strike)) return false;
    await this.wait(this.deadline, () => !this.ledger.unseen(step));
    if (this.ledger.unseen(step)) this.ineffective(step, NOTHING_SEEN);
    return !this.broken;
  }

  /** `at`: its time, by its first node. */
  private order(step: Step, fault: FaultRequest, at: (node: string) => Instant): boolean {
    const { scenario, timeline } = this.options;
    const { topology } = scenario;
    const faults = resolveFaults(fault, {
      topology,
      owners: (router) => timeline.ownership.owners(router),
      senders: (node) => sendersOf(node, topology, timeline),
    });
    const chosenBy = routerIn(fault.target);
    const window = { from: this.began, to: this.now() };
    if (chosenBy !== undefined) this.judgements.chosenBy(chosenBy, window);
    const first = typeof faults === 'string' ? undefined : faults[0];
    if (typeof faults === 'string' || first === undefined) {
      this.ineffective(step, String(faults));
      return false;
    }
    this.due = at(first.node);
    this.ledger.order(step, faults, { index: this.options.index, at: this.due });
    return true;
  }

  private ineffective(step: Step, because: string): void {
    this.broken = true;
    this.judgements.ineffective(step, because, this.due, this.now());
  }

  private late(step: Step, at: Instant): void {
    const due = step.at ?? micros(0);
    this.judgements.closed(late(step, { due, now: between(this.began, at) }));
  }

  /** Waits until every fault was injected, healed, and observed or not; returns the end of the repeat. */
  private async finish(): Promise<Instant> {
    await this.wait(this.due);
    const last = this.ledger.lastHeal();
    if (last !== undefined && this.judgements.areOk()) await this.wait(last);
    this.ledger.heal('all');
    await this.awaited(this.ledger.settled());
    await this.wait(plus(this.now(), OUTCOME), () => !this.ledger.unseen());
    for (const step of this.options.scenario.steps)
      if (this.ledger.unseen(step) && !this.broken) this.ineffective(step, NOTHING_SEEN);
    await this.wait(plus(this.now(), DRAIN));
    const end = this.now();
    const { witnesses } = this.options.timeline;
    await this.wait(plus(end, HEARTBEATS), () => witnesses.haveSpokenSince(end));
    return end;
  }

  private async barrier(step: Step, expectation: Expectation, from: Instant): Promise<boolean> {
    const { ledger, deadline } = this;
    const { timeline } = this.options;
    const began = this.now();
    const judgement = await awaitBarrier(expectation.assertion, {
      timeline,
      topology: this.options.scenario.topology,
      stepFrom: from,
      barrierFrom: began,
      deadline,
      now: () => this.now(),
      since: () => ledger.since,
      wait: (until, done) => this.wait(until, done),
    });
    const first = Math.min(from, began, ledger.since) as Instant;
    const window = { from: first, to: this.now() };
    this.judgements.barrier(step, expectation, judgement, window);
    return judgement.ok;
  }

  /** Lets the lab run; meanwhile observes the effects of faults and heals those that are over. */
  private async wait(until: Instant, done: () => boolean = () => false): Promise<boolean> {
    let ended: Exit | undefined;
    const look = (): boolean => {
      this.ledger.look();
      ended ??= this.routers.next(() => this.ledger.ordered(ENDING));
      return done() || ended !== undefined;
    };
    for (;;) {
      this.ledger.healDue();
      const over = this.ledger.nextHeal() ?? until;
      const next = over < until ? over : until;
      const began = this.now();
      const isDone = await this.awaited(this.options.lab.clock.runUntil(next, look));
      if (ended !== undefined) {
        // The last lines of a process arrive after the report of its end.
        await this.awaited(this.options.lab.clock.runUntil(plus(this.now(), DRAIN)));
        throw this.routers.error(ended);
      }
      if (next > began) this.overslept = micros(isDone ? 0 : this.now() - next);
      if (isDone) return true;
      if (next >= until) return false;
    }
  }

  private awaited<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.options.interrupted]);
  }
}

function failoversOf(record: RepeatRecord): FaultResult[] {
  return record.topology.virtualRouters.flatMap((router) =>
    measureFaults(record, router).map(({ failover, metrics }) => ({
      router: router.name,
      fault: failover.fault.fault,
      node: failover.fault.node ?? '',
      from: failover.oldOwner,
      to: failover.newOwner,
      metrics,
    })),
  );
}
