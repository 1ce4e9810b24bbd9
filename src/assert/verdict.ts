/** The outcome of an assertion: the measurement, the limit, and the events that prove it. */
import type { LabEvent } from '../observe/event.ts';
import type { Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Witness } from '../observe/witness.ts';
import { formatMicros, type Micros, micros } from '../time.ts';
import type { SourceSpan } from '../topology/yaml/yaml-source.ts';

/** A measured value or a bound: a length of time in microseconds, a count, or a text. */
export type Quantity =
  | { readonly kind: 'time'; readonly value: Micros }
  | { readonly kind: 'count'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string };

/** Why a judgement that is not `ok` may not be about the cluster. `run/status.ts` decides the consequence. */
export type Doubt = 'unmeasured' | 'unsettled' | 'unhealed' | 'not-on-time';

export interface Judgement {
  readonly ok: boolean;
  readonly doubt?: Doubt;
  readonly measured: Quantity | undefined;
  readonly bound: Quantity | undefined;
  /** One sentence: why it is so. */
  readonly because: string;
  /** The events that prove it, for a failure. */
  readonly evidence: readonly LabEvent[];
  /** Each violation by itself, so that each can be compared with the lateness of the machine. */
  readonly violations?: readonly Violation[];
  /** How many of them are allowed [0]. */
  readonly tolerated?: number;
}

/** The witnesses of a judgement, and their interval. */
export interface Grounds {
  readonly timeline: Timeline;
  readonly window: Window;
  readonly on: readonly Witness[];
}

/** One violation of a bound in time: `window` is its own interval. */
export interface Violation extends Grounds {
  /** The witnesses whose lateness may explain it [`on`]. */
  readonly by?: readonly Witness[];
  readonly because: string;
  readonly allowed: Micros;
  /** Whether the bound would be missed even if every timer were allowed to be this much later. */
  readonly persists: (slack: Micros) => boolean;
}

/** A judgement after its evidence was checked. */
export interface Settled extends Omit<Judgement, 'doubt' | 'violations' | 'tolerated'> {
  /** The measurement itself cannot be trusted: neither a pass nor a failure. */
  readonly inconclusive?: boolean;
}

export interface Verdict extends Settled {
  /** The assertion's name. */
  readonly assertion: string;
  /** As written. */
  readonly text: string;
  readonly where: SourceSpan;
  /** Its step; undefined for invariants and run-level expectations. */
  readonly step: string | undefined;
}

/** No lateness explains the violation. */
export const CERTAIN: Pick<Violation, 'allowed' | 'persists'> = {
  allowed: micros(0),
  persists: () => true,
};

export type Outcome = Pick<Judgement, 'measured' | 'bound' | 'because'>;

/** Without evidence: a barrier is judged thousands of times, and its evidence is collected once it has failed. */
export function judged(ok: boolean, outcome: Outcome): Judgement {
  return { ok, ...outcome, evidence: [] };
}

export function pass(outcome: Outcome): Judgement {
  return judged(true, outcome);
}

export function fail(outcome: Outcome): Judgement {
  return judged(false, outcome);
}

/** There is no evidence. */
export function unobserved(because: string): Judgement {
  return fail({ measured: undefined, bound: undefined, because });
}

/** Nothing was measured that could pass or fail. */
export function unmeasured(because: string): Judgement {
  return { ...unobserved(because), doubt: 'unmeasured' };
}

export function time(value: Micros): Quantity {
  return { kind: 'time', value };
}

export function count(value: number): Quantity {
  return { kind: 'count', value };
}

export function text(value: string): Quantity {
  return { kind: 'text', value };
}

export function formatQuantity(quantity: Quantity | undefined): string {
  if (quantity === undefined) return 'nothing';
  return quantity.kind === 'time' ? formatMicros(quantity.value) : String(quantity.value);
}
