/** What an assertion comes to: a verdict with what was measured, what was allowed, and the proof. */
import type { LabEvent } from '../observe/event.ts';
import { formatMicros, type Micros } from '../time.ts';
import type { SourceSpan } from '../topology/yaml-source.ts';

/** A measured value or a bound: a length of time in microseconds, a count, or words. */
export type Quantity =
  | { readonly kind: 'time'; readonly value: Micros }
  | { readonly kind: 'count'; readonly value: number }
  | { readonly kind: 'words'; readonly value: string };

export interface Judgement {
  readonly ok: boolean;
  /** The measurement itself cannot be trusted: neither a pass nor a failure. */
  readonly inconclusive?: boolean;
  readonly measured: Quantity | undefined;
  readonly bound: Quantity | undefined;
  /** One sentence: why it is so. */
  readonly because: string;
  /** The events that prove it, for a failure. */
  readonly evidence: readonly LabEvent[];
}

export interface Verdict extends Judgement {
  /** The assertion's name. */
  readonly assertion: string;
  /** As written. */
  readonly text: string;
  readonly where: SourceSpan;
  /** The step it stands in; undefined for invariants and run-level expectations. */
  readonly step: string | undefined;
}

export function time(value: Micros): Quantity {
  return { kind: 'time', value };
}

export function count(value: number): Quantity {
  return { kind: 'count', value };
}

export function words(value: string): Quantity {
  return { kind: 'words', value };
}

export function formatQuantity(quantity: Quantity | undefined): string {
  if (quantity === undefined) return 'nothing';
  return quantity.kind === 'time' ? formatMicros(quantity.value) : String(quantity.value);
}
