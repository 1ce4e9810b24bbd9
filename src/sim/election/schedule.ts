/**
 * The faults of a case in virtual time: when each starts (an edge is looked up when its turn comes), and when it
 * is undone.
 */
import { type Instant, instant, type Micros, micros, plus } from '../../time.ts';
import type { AppliedFault, Case, ExactFault, FaultSpec } from './case.ts';
import { EXACT_FAULTS, type ExactActions, type FaultStage, type Undo } from './faults.ts';

/** A restarted process needs this long with any fault. */
const SHORTEST = micros(1_000);

export interface Schedule {
  readonly applied: readonly AppliedFault[];
  /** `over` is called once: when the last fault has ended. */
  begin(at: Instant, over: (at: Instant) => void): void;
}

export function newSchedule({ faults }: Case, stage: FaultStage): Schedule {
  const applied: AppliedFault[] = [];
  /** Faults whose time has been planned, and those of them that are not over. */
  let begun = 0;
  let running = 0;
  let over: ((at: Instant) => void) | undefined;
  const maybeOver = (at: Instant): void => {
    if (running > 0 || begun < faults.length) return;
    over?.(at);
    over = undefined;
  };
  const ended = (at: Instant): void => {
    running--;
    maybeOver(at);
  };
  const strike = (at: Instant, { faults: struck, for: length }: FaultSpec, index: number): void => {
    const outcomes = struck.map((fault) => apply(fault, at, length, stage));
    const undos = outcomes.filter((outcome) => typeof outcome === 'function');
    const lasts = undos.length === 0 ? micros(0) : micros(Math.max(length, SHORTEST));
    if (outcomes.some((outcome) => outcome !== 'nothing'))
      applied.push({ index, faults: struck, from: micros(at), to: micros(at + lasts) });
    if (undos.length === 0) ended(at);
    else
      stage.plan(plus(at, lasts), (then) => {
        for (const undo of undos) undo(then);
        ended(then);
      });
    next(at);
  };
  const next = (since: Instant): void => {
    const index = begun;
    const fault = faults[index];
    if (fault === undefined) {
      maybeOver(since);
      return;
    }
    begun++;
    running++;
    stage.plan(plus(since, fault.after), (at) => {
      const edge = edgeOf(at, fault, stage);
      if (edge > at) stage.plan(edge, (then) => strike(then, fault, index));
      else strike(at, fault, index);
    });
  };
  return {
    applied,
    begin: (at, then) => {
      over = then;
      next(at);
    },
  };
}

function edgeOf(at: Instant, { edge }: FaultSpec, { members }: FaultStage): Instant {
  if (edge === undefined) return at;
  const member = members[edge.router];
  const deadline = member?.instances[0]?.deadlines[edge.timer];
  if (member === undefined || deadline === undefined) return at;
  return instant(member.clock.trueOf(deadline) + edge.offset);
}

function apply(fault: ExactFault, at: Instant, lasts: Micros, stage: FaultStage): Undo {
  const member = stage.members[stage.routerOn(fault.node)];
  if (member === undefined) return 'nothing';
  const actions: ExactActions<never> = EXACT_FAULTS[fault.kind];
  return actions.apply(fault as never, { at, lasts, member, stage });
}
