/**
 * The faults of a case in virtual time: when each strikes (an edge is looked up when its turn has come), and when it
 * is undone.
 */
import { type Instant, instant, type Micros, micros, plus } from '../../time.ts';
import type { AppliedFault, Case, ExactFault, FaultSpec } from './case.ts';
import { EXACT_FAULTS, type ExactActions, type FaultStage, type Undo } from './faults.ts';

/** A restarted process needs this long, whatever the fault says. */
const SHORTEST = micros(1_000);

export class Schedule {
  readonly applied: AppliedFault[] = [];
  private readonly faults: readonly FaultSpec[];
  private readonly stage: FaultStage;
  private running = 0;
  private begun = 0;
  private over: (at: Instant) => void = () => undefined;

  constructor(whole: Case, stage: FaultStage) {
    this.faults = whole.faults;
    this.stage = stage;
  }

  /** `over` is called once: when the last fault has ended. */
  begin(at: Instant, over: (at: Instant) => void): void {
    this.over = over;
    this.next(at);
  }

  private next(since: Instant): void {
    const index = this.begun;
    const fault = this.faults[index];
    if (fault === undefined) {
      this.maybeOver(since);
      return;
    }
    this.begun++;
    this.running++;
    this.stage.plan(plus(since, fault.after), (at) => this.due(at, fault, index));
  }

  private due(at: Instant, fault: FaultSpec, index: number): void {
    const edge = this.edgeOf(at, fault);
    if (edge > at) this.stage.plan(edge, (then) => this.strike(then, fault, index));
    else this.strike(at, fault, index);
  }

  private edgeOf(at: Instant, { edge }: FaultSpec): Instant {
    if (edge === undefined) return at;
    const member = this.stage.members[edge.router];
    const [instance] = member?.instances ?? [];
    const deadline = instance?.deadlines[edge.timer];
    if (member === undefined || deadline === undefined) return at;
    return instant(member.clock.trueOf(deadline) + edge.offset);
  }

  private strike(at: Instant, spec: FaultSpec, index: number): void {
    const { faults } = spec;
    const outcomes = faults.map((fault) => this.apply(at, fault, spec.for));
    const undos = outcomes.filter((outcome) => typeof outcome === 'function');
    const lasts = undos.length === 0 ? micros(0) : micros(Math.max(spec.for, SHORTEST));
    if (outcomes.some((outcome) => outcome !== 'nothing'))
      this.applied.push({ index, faults, from: micros(at), to: micros(at + lasts) });
    if (undos.length === 0) this.ended(at);
    else
      this.stage.plan(plus(at, lasts), (then) => {
        for (const undo of undos) undo(then);
        this.ended(then);
      });
    this.next(at);
  }

  private apply(at: Instant, fault: ExactFault, lasts: Micros): Undo {
    const { stage } = this;
    const member = stage.members[stage.routerOn(fault.node)];
    if (member === undefined) return 'nothing';
    const actions: ExactActions<never> = EXACT_FAULTS[fault.kind];
    return actions.apply(fault as never, { at, lasts, member, stage });
  }

  private ended(at: Instant): void {
    this.running--;
    this.maybeOver(at);
  }

  private maybeOver(at: Instant): void {
    if (this.running > 0 || this.begun < this.faults.length) return;
    const { over } = this;
    this.over = () => undefined;
    over(at);
  }
}
