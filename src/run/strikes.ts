/**
 * The faults of one repeat: ordered, seen or not, healed by hand or when their time is over. Several may be
 * under way, and none holds the others up; whoever waits lets the clock run and looks here.
 */
import { messageOf } from '../errors.ts';
import type { Fault, FaultKind } from '../fault/faults.ts';
import { faultText } from '../fault/path.ts';
import type { Injection, InjectResult, Lab } from '../lab/lab.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Step } from '../scenario/scenario.ts';
import { between, type Instant, milliseconds, plus } from '../time.ts';
import { idlePath, type Lasting } from './idle-path.ts';

interface Strike {
  readonly step: Step;
  readonly id: string;
  readonly fault: Fault;
  readonly injection: Injection;
  /** As ordered, until its effect has been stamped. */
  at: Instant;
  seen: boolean;
  healedAt: Instant | undefined;
}

export interface StrikeListener {
  readonly effective: (fault: Fault, evidence: string) => void;
  /** Nothing was seen of it. */
  readonly failed: (step: Step, because: string) => void;
  /** It struck, but later than its step says. */
  readonly late: (step: Step, at: Instant) => void;
  /** It could not be taken back. */
  readonly stuck: (step: Step, because: string) => void;
}

/** A fault with a time of its own that strikes later than this did not strike then. */
const LATE = milliseconds(20);

export class Strikes {
  /** The last fault or heal. */
  since: Instant;
  private readonly lab: Lab;
  private readonly timeline: Timeline;
  private readonly listener: StrikeListener;
  private readonly strikes: Strike[] = [];
  private readonly healing = new Set<Promise<void>>();

  constructor(lab: Lab, timeline: Timeline, listener: StrikeListener) {
    this.lab = lab;
    this.timeline = timeline;
    this.listener = listener;
    this.since = lab.clock.now();
  }

  /** `index`: of the repeat, which makes the ids its own. */
  order(step: Step, faults: readonly Fault[], { index, at }: { index: number; at: Instant }): void {
    for (const [i, fault] of faults.entries()) {
      const id = `${step.id}-${index}-${i}`;
      const injection = this.lab.inject({ id, fault }, at);
      this.strikes.push({ step, id, fault, injection, at, seen: false, healedAt: undefined });
    }
    this.since = at;
  }

  /** Takes in what has been seen since. */
  look(): void {
    for (const strike of this.strikes) {
      if (strike.seen) continue;
      const outcome = strike.injection.outcome();
      if (outcome !== undefined) this.see(strike, outcome);
    }
  }

  /** Faults of a step, or of any, of which nothing has been seen yet. */
  unseen(step?: Step): boolean {
    return this.strikes.some((one) => !one.seen && (step === undefined || one.step === step));
  }

  /** Where faults of these kinds strike, whether anything has been seen of them or not. */
  ordered(kinds: readonly FaultKind[]): { readonly node: string; readonly at: Instant }[] {
    return this.strikes
      .filter(({ fault }) => kinds.includes(fault.kind))
      .map(({ fault, at }) => ({ node: fault.node, at }));
  }

  /** When the next fault is over by itself. */
  nextHeal(): Instant | undefined {
    const times = this.strikes.flatMap((one) => overAt(one) ?? []);
    return times.length === 0 ? undefined : (Math.min(...times) as Instant);
  }

  /** When the last fault of a step with a time of its own is over by itself. */
  lastHeal(): Instant | undefined {
    const timed = this.strikes.filter(({ step }) => step.at !== undefined);
    const times = timed.flatMap((one) => overAt(one) ?? []);
    return times.length === 0 ? undefined : (Math.max(...times) as Instant);
  }

  /** Begins to heal what is over by now; `settled` tells when that is done. */
  healDue(): void {
    const now = this.lab.clock.now();
    this.begin(
      (one) => (overAt(one) ?? now + 1) <= now,
      (one) => overAt(one) ?? now,
    );
  }

  /** `all`, or the faults of a step by its id; `due`: when its scenario says [now]. */
  heal(which: string, due = this.lab.clock.now()): void {
    this.begin(
      ({ step }) => which === 'all' || step.id === which,
      () => due,
    );
  }

  async settled(): Promise<void> {
    await Promise.all(this.healing);
    this.look();
  }

  private begin(which: (strike: Strike) => boolean, dueAt: (strike: Strike) => Instant): void {
    for (const strike of this.strikes.filter((one) => one.healedAt === undefined && which(one))) {
      const { id, fault } = strike;
      const at = this.lab.clock.now();
      const due = dueAt(strike);
      strike.healedAt = at;
      this.since = at;
      const about = { at, source: 'lab', node: fault.node } as const;
      this.timeline.add({ kind: 'heal', ...about, id, fault: fault.kind });
      const late = between(due, at);
      if (late > 0) this.timeline.add({ kind: 'late-heal', ...about, id, late });
      const done = this.lab.heal(id).catch((error: unknown) => {
        this.listener.stuck(strike.step, `${faultText(fault)}: ${messageOf(error)}`);
      });
      this.healing.add(done);
      void done.then(() => this.healing.delete(done));
    }
  }

  private see(strike: Strike, outcome: InjectResult): void {
    const { step, id, fault } = strike;
    const ordered = strike.at;
    strike.seen = true;
    strike.at = outcome.at as Instant;
    if (outcome.ok && step.at !== undefined && strike.at > plus(ordered, LATE))
      this.listener.late(step, strike.at);
    const evidence = outcome.ok ? outcome.evidence : this.nothingToMeet(strike);
    if (!outcome.ok && evidence === undefined) {
      this.listener.failed(step, `${faultText(fault)}: ${outcome.because}`);
      return;
    }
    if (strike.at > this.since) this.since = strike.at;
    this.listener.effective(fault, evidence ?? '');
    const about = { at: strike.at, source: 'lab', node: fault.node } as const;
    this.timeline.add({ kind: 'fault', ...about, id, fault: fault.kind, evidence: evidence ?? '' });
  }

  /** A path may be cut on which nobody speaks, if the lab saw why: a Backup's, for one. */
  private nothingToMeet(strike: Strike): string | undefined {
    const others = this.strikes.filter((one) => one !== strike).map((one) => this.lasting(one));
    return idlePath(this.lasting(strike), others, this.timeline);
  }

  private lasting({ fault, at, healedAt }: Strike): Lasting {
    return { fault, from: at, to: healedAt ?? this.lab.clock.now() };
  }
}

function overAt({ healedAt, step, at }: Strike): Instant | undefined {
  const length = step.fault?.for;
  return healedAt !== undefined || length === undefined ? undefined : plus(at, length);
}
