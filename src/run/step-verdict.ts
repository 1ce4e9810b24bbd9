/** The verdicts of a step: of what it expects, and of the step itself. */
import { type Judgement, time, type Verdict, words } from '../assert/verdict.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Expectation, Step } from '../scenario/scenario.ts';
import { formatMicros, type Micros, micros } from '../time.ts';

export function verdict(
  { assertion, text, where }: Expectation,
  step: string | undefined,
  { violations: _, tolerated: __, ...judgement }: Judgement,
): Verdict {
  return { assertion: assertion.kind, text, where, step, ...judgement };
}

/** A fault without observed effect fails its step. */
export function ineffective(step: Step, because: string, evidence: readonly LabEvent[]): Verdict {
  return {
    assertion: 'fault-effective',
    text: `${step.fault?.kind ?? ''} has an observed effect`,
    where: step.where,
    step: step.name,
    ok: false,
    measured: words('no effect'),
    bound: words('an observed effect'),
    because,
    evidence,
  };
}

/** What is still broken says nothing about what was to be healed. */
export function unhealed({ name, where }: Step, because: string): Verdict {
  return {
    assertion: 'healed',
    text: `${name} can be healed`,
    where,
    step: name,
    ok: false,
    inconclusive: true,
    measured: words('not healed'),
    bound: words('healed'),
    because: `the lab could not heal ${because}`,
    evidence: [],
  };
}

/** Not the cluster's fault: the run says nothing about what it was to show. Times since the first step. */
export function late(
  { name, where }: Step,
  { due, now }: { readonly due: Micros; readonly now: Micros },
): Verdict {
  return {
    assertion: 'on-time',
    text: `at: ${formatMicros(due)}`,
    where,
    step: name,
    ok: false,
    inconclusive: true,
    measured: time(now),
    bound: time(due),
    because: `"${name}" was due at ${formatMicros(due)} and came ${formatMicros(micros(now - due))} later: the steps before it took longer, or this machine was too busy`,
    evidence: [],
  };
}
