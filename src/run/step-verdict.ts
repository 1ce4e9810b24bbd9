/** The verdicts of a step: each of its expectations, and the step itself. */
import { type Judgement, text, time, type Verdict } from '../assert/verdict.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Expectation, Step } from '../scenario/scenario.ts';
import { formatMicros, type Micros, micros } from '../time.ts';

/** A judgement and the line of the scenario that it is about. */
export interface Judged {
  readonly subject: Pick<Verdict, 'assertion' | 'text' | 'where' | 'step'>;
  readonly judgement: Judgement;
}

export function judged(
  { assertion, text, where }: Expectation,
  step: string | undefined,
  judgement: Judgement,
): Judged {
  return { subject: { assertion: assertion.kind, text, where, step }, judgement };
}

/** A fault without an observed effect fails its step. */
export function ineffective(step: Step, because: string, evidence: readonly LabEvent[]): Judged {
  const wanted = `${step.fault?.kind ?? ''} has an observed effect`;
  return failed(step, 'fault-effective', wanted, {
    measured: text('no effect'),
    bound: text('an observed effect'),
    because,
    evidence,
  });
}

/** While a fault is still in effect, expectations after its heal cannot be judged. */
export function unhealed(step: Step, because: string): Judged {
  return failed(step, 'healed', `${step.name} can be healed`, {
    doubt: 'unhealed',
    measured: text('not healed'),
    bound: text('healed'),
    because: `the lab could not heal ${because}`,
  });
}

/** If earlier steps overrun a step's `at`, the run is inconclusive. Times count from the first step. */
export function late(
  step: Step,
  { due, now }: { readonly due: Micros; readonly now: Micros },
): Judged {
  return failed(step, 'on-time', `at: ${formatMicros(due)}`, {
    doubt: 'not-on-time',
    measured: time(now),
    bound: time(due),
    because: `"${step.name}" was due at ${formatMicros(due)} and came ${formatMicros(micros(now - due))} later: the steps before it took longer, or this machine was too busy`,
  });
}

function failed(
  { name, where }: Step,
  assertion: string,
  text: string,
  about: Omit<Judgement, 'ok' | 'evidence'> & Partial<Pick<Judgement, 'evidence'>>,
): Judged {
  const subject = { assertion, text, where, step: name };
  return { subject, judgement: { ok: false, evidence: [], ...about } };
}
