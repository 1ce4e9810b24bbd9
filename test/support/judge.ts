/** Properties of an assertion other than its judgement. */
import { type Assertion, patienceOf, sliceOf } from '../../src/assert/assertions.ts';
import type { Micros } from '../../src/time.ts';

export function patience(assertion: Assertion): Micros | undefined {
  return sliceOf(assertion).step && patienceOf(assertion);
}

export function countsFromItsOwn(assertion: Assertion): boolean {
  return sliceOf(assertion).step?.countsFrom === 'barrier';
}
