/**
 * One repeat of a scenario on a running lab: the steps in order, each barrier awaited on the lab's
 * clock, then the invariants. Faults that end by themselves (`for`) are healed while waiting.
 */
import { judgeInvariant, witnessesOf } from '../assert/assertions.ts';
import { holdersOf, routerNamed } from '../assert/grounds.ts';
import { measure, measureFaults, noiseFloor, type RepeatRecord } from '../assert/metrics.ts';
import type { Grounds } from '../assert/verdict.ts';
import type { FaultRequest } from '../fault/faults.ts';
import { faultText } from '../fault/path.ts';
import { routerIn } from '../fault/selector.ts';
import { resolveFaults } from '../fault/target.ts';
import type { Lab } from '../lab/lab.ts';
import type { Window } from '../observe/ownership.ts';
import { sendersOf } from '../observe/senders.ts';
import type { Timeline } from '../observe/timeline.ts';
import { agentOf } from '../observe/witness.ts';
import type { Expectation, Scenario, Step } from '../scenario/scenario.ts';
import { between, type Instant, micros, milliseconds, minus, plus, seconds } from '../time.ts';
import { awaitBarrier } from './barrier.ts';
import { ENDING, RouterWatch } from './ended-router.ts';
import { LEAD, strikeAt } from './phase.ts';
import type { FaultResult, RepeatResult } from './result.ts';
import { settle, statusOf } from './status.ts';
import { ineffective, type Judged, judged, late, unhealed } from './step-verdict.ts';
import { Strikes } from './strikes.ts';

/** Late events of the last step, and the answers to the last probes, are waited for this long. */
const DRAIN = milliseconds(150);
/** Longest time until it is known whether a fault had an effect, after everything has been healed. */
const OUTCOME = seconds(15);
/** A step that comes this late is still on time: an order takes about as long to reach its node. */
const SLACK = milliseconds(5);
/** Every witness has sent a heartbeat by then, or is silent. */
const HEARTBEATS = seconds(1);
const NOTHING_SEEN = 'nothing was seen of it';

/** Its grounds are checked when the repeat is over. */
interface Open extends Judged {
  readonly grounds: readonly Grounds[];
  /** What led here: evidence by which earlier targets were chosen and earlier barriers passed. */
  readonly basis: readonly Grounds[];
}

export interface RepeatOptions {
  readonly index: number;
  /** Fraction of the advertisement interval at which faults strike. */
  readonly phase: number;
  readonly onStep: (name: string) => void;
  /** Rejects when the run is interrupted. */
  readonly interrupted: Promise<never>;
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
  private readonly open: Open[] = [];
  /** Evidence by which the targets of faults were chosen, and by which barriers were passed, so far. */
  private readonly targets: Grounds[] = [];
  private readonly barriers: Grounds[] = [];
  private readonly faults: { fault: string; evidence: string }[] = [];
  private readonly strikes: Strikes;
  private readonly routers: RouterWatch;
  /** When the first step began. */
  private readonly began: Instant;
  /** The last fault that was ordered strikes then. */
  private due: Instant;
  private readonly deadline: Instant;
  /** A fault had no effect. */
  private broken = false;
  /** How much longer the last wait took; nothing if it was ended by what was seen. */
  private overslept = micros(0);

  constructor(scenario: Scenario, lab: Lab, timeline: Timeline, options: RepeatOptions) {
    this.scenario = scenario;
    this.lab = lab;
    this.timeline = timeline;
    this.options = options;
    this.began = lab.clock.now();
    this.due = this.began;
    this.deadline = plus(this.began, scenario.timeout);
    this.routers = new RouterWatch(timeline, scenario.topology);
    this.strikes = new Strikes(lab, timeline, {
      effective: (fault, evidence) => this.faults.push({ fault: faultText(fault), evidence }),
      failed: (step, because) => this.ineffective(step, because),
      late: (step, at) => this.late(step, at),
      stuck: (step, because) => this.closed(unhealed(step, because)),
    });
  }

  async run(): Promise<RepeatRecord> {
    let from = this.began;
    for (const [i, step] of this.scenario.steps.entries()) {
      this.options.onStep(step.name);
      const ok = await this.step(step);
      // A first step without a fault lets the cluster form; invariants hold from there on.
      if (i === 0 && step.fault === undefined) from = this.lab.clock.now();
      if (!ok || this.broken) break;
    }
    const to = await this.finish();
    const { timeline } = this;
    const { topology, invariants } = this.scenario;
    const record = { timeline, topology, window: { from, to } };
    for (const invariant of invariants) {
      const judgement = judgeInvariant(invariant.assertion, record);
      const grounds = [this.grounds(invariant, record.window)];
      const basis = this.targets;
      this.open.push({ ...judged(invariant, undefined, judgement), grounds, basis });
    }
    return record;
  }

  result(record: RepeatRecord): RepeatResult {
    const [router] = this.scenario.topology.virtualRouters;
    if (router === undefined)
      throw new Error('checked when the file was read: there is a virtual router');
    const verdicts = this.open.map(({ subject, judgement, grounds, basis }) => ({
      ...subject,
      ...settle(judgement, { grounds, basis, zero: this.began }),
    }));
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

  private grounds({ assertion }: Expectation, window: Window): Grounds {
    const { timeline } = this;
    return { timeline, window, on: witnessesOf(assertion, this.scenario.topology) };
  }

  private async step(step: Step): Promise<boolean> {
    if (step.at !== undefined) return this.timed(step, plus(this.began, step.at));
    await this.wait(this.due);
    const from = this.lab.clock.now();
    if (step.fault !== undefined && !(await this.inject(step, step.fault))) return false;
    if (step.heal !== undefined) this.strikes.heal(step.heal, minus(from, this.overslept));
    await this.awaited(this.strikes.settled());
    return this.rest(step, from);
  }

  /**
   * Strikes or heals at `due` exactly and goes on: faults overlap, and the effect of each is looked for
   * while the next ones are ordered.
   */
  private async timed(step: Step, due: Instant): Promise<boolean> {
    const { fault } = step;
    const now = this.lab.clock.now();
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
    if (step.heal !== undefined) this.strikes.heal(step.heal, due);
    return this.rest(step, due);
  }

  private async rest(step: Step, from: Instant): Promise<boolean> {
    if (step.wait !== undefined) await this.wait(plus(this.lab.clock.now(), step.wait));
    for (const expectation of step.expect) {
      if (!(await this.barrier(step, expectation, from))) return false;
    }
    return true;
  }

  private async inject(step: Step, fault: FaultRequest): Promise<boolean> {
    const { topology } = this.scenario;
    const { phase } = this.options;
    const strike = (node: string): Instant =>
      strikeAt(this.timeline, topology.virtualRouters, node, phase, this.lab.clock.now());
    if (!this.order(step, fault, strike)) return false;
    await this.wait(this.deadline, () => !this.strikes.unseen(step));
    if (this.strikes.unseen(step)) this.ineffective(step, NOTHING_SEEN);
    return !this.broken;
  }

  /** `at`: when, if the fault strikes this node first. */
  private order(step: Step, fault: FaultRequest, at: (node: string) => Instant): boolean {
    const { topology } = this.scenario;
    const { timeline } = this;
    const faults = resolveFaults(fault, {
      topology,
      owners: (router) => timeline.ownership.owners(router),
      senders: (node) => sendersOf(node, topology, timeline),
    });
    this.targetFrom(fault);
    const first = typeof faults === 'string' ? undefined : faults[0];
    if (typeof faults === 'string' || first === undefined) {
      this.ineffective(step, String(faults));
      return false;
    }
    this.due = at(first.node);
    this.strikes.order(step, faults, { index: this.options.index, at: this.due });
    return true;
  }

  /** It stands on no witness. */
  private closed(one: Judged): void {
    this.open.push({ ...one, grounds: [], basis: [] });
  }

  private ineffective(step: Step, because: string): void {
    this.broken = true;
    const now = this.lab.clock.now();
    const evidence = this.timeline
      .sorted({ from: minus(now, milliseconds(1_000)), to: now })
      .filter(({ kind }) => !kind.startsWith('probe') && kind !== 'advert')
      .slice(-8);
    const window = { from: this.due < now ? this.due : now, to: now };
    const on = this.scenario.topology.nodes.map(({ name }) => agentOf(name));
    const { timeline } = this;
    const grounds = [{ timeline, window, on }];
    this.open.push({ ...ineffective(step, because, evidence), grounds, basis: this.basis() });
  }

  private late(step: Step, at: Instant): void {
    const due = step.at ?? micros(0);
    this.closed(late(step, { due, now: between(this.began, at) }));
  }

  /** Everything ordered has struck, is healed, and has been seen or not; answers when the repeat was over. */
  private async finish(): Promise<Instant> {
    await this.wait(this.due);
    const last = this.strikes.lastHeal();
    if (last !== undefined && this.open.every(({ judgement }) => judgement.ok))
      await this.wait(last);
    this.strikes.heal('all');
    await this.awaited(this.strikes.settled());
    await this.wait(plus(this.lab.clock.now(), OUTCOME), () => !this.strikes.unseen());
    for (const step of this.scenario.steps)
      if (this.strikes.unseen(step) && !this.broken) this.ineffective(step, NOTHING_SEEN);
    await this.wait(plus(this.lab.clock.now(), DRAIN));
    const end = this.lab.clock.now();
    const { witnesses } = this.timeline;
    await this.wait(plus(end, HEARTBEATS), () => witnesses.haveSpokenSince(end));
    return end;
  }

  private async barrier(step: Step, expectation: Expectation, from: Instant): Promise<boolean> {
    const { timeline, strikes, deadline } = this;
    const began = this.lab.clock.now();
    const judgement = await awaitBarrier(expectation.assertion, {
      timeline,
      topology: this.scenario.topology,
      stepFrom: from,
      barrierFrom: began,
      deadline,
      now: () => this.lab.clock.now(),
      since: () => strikes.since,
      wait: (until, done) => this.wait(until, done),
    });
    const first = Math.min(from, began, strikes.since) as Instant;
    const window = { from: first, to: this.lab.clock.now() };
    const grounds = [this.grounds(expectation, window)];
    const basis = this.basis();
    this.open.push({ ...judged(expectation, step.name, judgement), grounds, basis });
    this.barriers.push(...grounds);
    return judgement.ok;
  }

  private basis(): Grounds[] {
    return [...this.targets, ...this.barriers];
  }

  /** Who owns or backs up an address is read from the kernels of its members. */
  private targetFrom({ target }: FaultRequest): void {
    const { timeline } = this;
    const { topology } = this.scenario;
    const router = routerIn(target);
    if (router === undefined) return;
    const on = holdersOf(routerNamed(router, topology));
    this.targets.push({ timeline, on, window: { from: this.began, to: this.lab.clock.now() } });
  }

  /** Lets the lab run, taking in what is seen of faults and healing what is over on the way. */
  private async wait(until: Instant, done: () => boolean = () => false): Promise<boolean> {
    let ended: ReturnType<RouterWatch['next']>;
    const look = (): boolean => {
      this.strikes.look();
      ended ??= this.routers.next(() => this.strikes.ordered(ENDING));
      return done() || ended !== undefined;
    };
    for (;;) {
      this.strikes.healDue();
      const over = this.strikes.nextHeal() ?? until;
      const next = over < until ? over : until;
      const began = this.lab.clock.now();
      const isDone = await this.awaited(this.lab.clock.runUntil(next, look));
      if (ended !== undefined) await this.stopped(ended);
      if (next > began) this.overslept = micros(isDone ? 0 : this.lab.clock.now() - next);
      if (isDone) return true;
      if (next >= until) return false;
    }
  }

  /** The last lines of a process arrive after the news of its end. */
  private async stopped(exit: NonNullable<ReturnType<RouterWatch['next']>>): Promise<never> {
    await this.awaited(this.lab.clock.runUntil(plus(this.lab.clock.now(), DRAIN)));
    throw this.routers.error(exit);
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
