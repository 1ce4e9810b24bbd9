/** Judges one assertion where it stands, as the runner does before it looks at the witnesses. */
import { type Assertion, sliceOf } from '../../src/assert/assertions.ts';
import type { RepeatRecord } from '../../src/assert/metrics.ts';
import type { StepJudgement, StepView } from '../../src/assert/step-view.ts';
import { type Judgement, unobserved } from '../../src/assert/verdict.ts';
import type { Micros } from '../../src/time.ts';

export function judgeStep(assertion: Assertion, view: StepView): StepJudgement {
  return sliceOf(assertion).step?.judge(assertion, view) ?? unobserved('it stands in no step');
}

export function patience(assertion: Assertion): Micros | undefined {
  return sliceOf(assertion).step?.patience(assertion);
}

export function countsFromItsOwn(assertion: Assertion): boolean {
  return sliceOf(assertion).step?.countsFrom === 'barrier';
}

export function judgeInvariant(assertion: Assertion, record: RepeatRecord): Judgement {
  return sliceOf(assertion).invariant?.judge(assertion, record) ?? unobserved('no invariant');
}

export function judgeRun(assertion: Assertion, records: readonly RepeatRecord[]): Judgement {
  return sliceOf(assertion).run?.judge(assertion, records) ?? unobserved('not over a run');
}
