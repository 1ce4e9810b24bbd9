/**
 * The faults of one repeat: ordered, observed or not, healed by a step or when their time is over. Several may be in
 * force at once and do not wait for each other; the runner lets the clock run and asks here.
 */
import { messageOf } from '../errors.ts';
import { definitionOf, type Fault, type FaultKind } from '../fault/faults.ts';
import { faultText } from '../fault/path.ts';
import type { Injection, InjectResult, Lab } from '../lab/lab.ts';
import type { EventOf } from '../observe/event.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Step } from '../scenario/scenario.ts';
import { between, type Instant, milliseconds, plus } from '../time.ts';
import { idlePath, type Lasting } from './idle-path.ts';

interface Entry {
  readonly step: Step;
  readonly id: string;
  readonly fault: Fault;
  readonly injection: Injection;
  /** As ordered, until its effect has been stamped. */
  at: Instant;
  seen: boolean;
  healedAt: Instant | undefined;
}

export interface FaultListener {
  readonly effective: (fault: Fault, evidence: string) => void;
  /** It had no observed effect. */
  readonly failed: (step: Step, because: string) => void;
  /** It was injected later than the time of its step. */
  readonly late: (step: Step, at: Instant) => void;
  /** Its heal failed. */
  readonly stuck: (step: Step, because: string) => void;
}

/** A fault with its own time that is injected later than this is late. */
const LATE = milliseconds(20);

export class FaultLedger {
  /** The last fault or heal. */
  since: Instant;
  private readonly lab: Lab;
  private readonly timeline: Timeline;
  private readonly listener: FaultListener;
  private readonly entries: Entry[] = [];
  private readonly healing = new Set<Promise<void>>();

  constructor(lab: Lab, timeline: Timeline, listener: FaultListener) {
    this.lab = lab;
    this.timeline = timeline;
    this.listener = listener;
    this.since = lab.clock.now();
  }

  /** `index`: of the repeat; ids of faults differ between repeats. */
  order(step: Step, faults: readonly Fault[], { index, at }: { index: number; at: Instant }): void {
    for (const [i, fault] of faults.entries()) {
      const id = `${step.id}-${index}-${i}`;
      const injection = this.lab.inject({ id, fault }, at);
      this.entries.push({ step, id, fault, injection, at, seen: false, healedAt: undefined });
    }
    this.since = at;
  }

  /** Records new observations. */
  look(): void {
    for (const entry of this.entries) {
      if (entry.seen) continue;
      const outcome = entry.injection.outcome();
      if (outcome !== undefined) this.see(entry, outcome);
    }
  }

  /** Whether a fault of the step, or any fault, has no observed outcome yet. */
  unseen(step?: Step): boolean {
    return this.entries.some((entry) => !entry.seen && (step === undefined || entry.step === step));
  }

  /** Nodes and times of faults of these kinds, observed or not. */
  ordered(kinds: readonly FaultKind[]): { readonly node: string; readonly at: Instant }[] {
    return this.entries
      .filter(({ fault }) => kinds.includes(fault.kind))
      .map(({ fault, at }) => ({ node: fault.node, at }));
  }

  /** When the next fault heals by itself. */
  nextHeal(): Instant | undefined {
    return this.entries.flatMap((entry) => overAt(entry) ?? []).sort((a, b) => a - b)[0];
  }

  /** When the last fault of the steps with `at` heals by itself. */
  lastHeal(): Instant | undefined {
    const timed = this.entries.filter(({ step }) => step.at !== undefined);
    return timed.flatMap((entry) => overAt(entry) ?? []).sort((a, b) => b - a)[0];
  }

  /** Begins to heal the faults whose time is over; `settled` resolves when that is done. */
  healDue(): void {
    const now = this.lab.clock.now();
    this.begin(
      (entry) => (overAt(entry) ?? now + 1) <= now,
      (entry) => overAt(entry) ?? now,
    );
  }

  /** `all`, or the faults of a step by its id; `due`: the time in the scenario [now]. */
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

  private begin(which: (entry: Entry) => boolean, dueAt: (entry: Entry) => Instant): void {
    const open = this.entries.filter(({ healedAt }) => healedAt === undefined);
    for (const entry of open.filter(which)) {
      const { id, fault } = entry;
      const at = this.lab.clock.now();
      const due = dueAt(entry);
      entry.healedAt = at;
      this.since = at;
      const about = { at, source: 'lab', node: fault.node } as const;
      this.timeline.add({ kind: 'heal', ...about, id, ...kindOf(fault) });
      const late = between(due, at);
      if (late > 0) this.timeline.add({ kind: 'late-heal', ...about, id, late });
      const done = this.lab.heal(id).catch((error: unknown) => {
        this.listener.stuck(entry.step, `${faultText(fault)}: ${messageOf(error)}`);
      });
      this.healing.add(done);
      void done.then(() => this.healing.delete(done));
    }
  }

  private see(entry: Entry, outcome: InjectResult): void {
    const { step, id, fault } = entry;
    const ordered = entry.at;
    entry.seen = true;
    entry.at = outcome.at as Instant;
    if (outcome.ok && step.at !== undefined && entry.at > plus(ordered, LATE))
      this.listener.late(step, entry.at);
    const evidence = outcome.ok ? outcome.evidence : this.nothingToMeet(entry);
    if (!outcome.ok && evidence === undefined) {
      this.listener.failed(step, `${faultText(fault)}: ${outcome.because}`);
      return;
    }
    if (entry.at > this.since) this.since = entry.at;
    this.listener.effective(fault, evidence ?? '');
    const about = { at: entry.at, source: 'lab', node: fault.node } as const;
    this.timeline.add({ kind: 'fault', ...about, id, ...kindOf(fault), evidence: evidence ?? '' });
  }

  /** A cut path needs no packets if the lab saw why there were none: a Backup sends no adverts. */
  private nothingToMeet(entry: Entry): string | undefined {
    const others = this.entries.filter((other) => other !== entry);
    const lasting = others.map((other) => this.lasting(other));
    return idlePath(this.lasting(entry), lasting, this.timeline);
  }

  private lasting({ fault, at, healedAt }: Entry): Lasting {
    return { fault, from: at, to: healedAt ?? this.lab.clock.now() };
  }
}

function overAt({ healedAt, step, at }: Entry): Instant | undefined {
  const length = step.fault?.for;
  return healedAt !== undefined || length === undefined ? undefined : plus(at, length);
}

function kindOf({ kind }: Fault): Pick<EventOf<'fault'>, 'fault' | 'effects'> {
  return { fault: kind, effects: definitionOf(kind).effects ?? [] };
}
