/**
 * What an assertion is: one file says all about one, and `assertions.ts` lists them. A new one is a file in `step`,
 * `metric` or `invariant`, a line in the list, its names in `scenario/assertion-names.ts` if it has new ones, its test,
 * and a line in README.
 */
import * as z from 'zod';
import type { Witness } from '../observe/witness.ts';
import { type Micros, micros } from '../time.ts';
import type { Topology } from '../topology/topology.ts';
import { duration, durationProblem } from '../topology/yaml/scalars.ts';
import { type Bound, parseBound } from './bound.ts';
import type { RepeatRecord } from './metrics.ts';
import type { StepJudgement, StepView } from './step-view.ts';
import type { Judgement } from './verdict.ts';

/** `step`: a barrier inside a step. `invariant`: holds through the whole repeat. `run`: over all repeats. */
export type Place = 'step' | 'invariant' | 'run';

/** Whose evidence a judgement stands on. It is neither a pass nor a failure where one of them was silent. */
export type WitnessesOf<A> = (assertion: A, topology: Topology) => readonly Witness[];

/** `A`: the parameters as read. */
export interface Slice<A, S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  /** One sentence for lists and README. */
  readonly docs: string;
  /** The virtual router it speaks of; undefined: the first one of the topology. */
  subject(assertion: A): string | undefined;
  witnesses(assertion: A, topology: Topology): readonly Witness[];
  readonly step?: StepPlace<A>;
  readonly invariant?: { judge(assertion: A, record: RepeatRecord): Judgement };
  readonly run?: { judge(assertion: A, records: readonly RepeatRecord[]): Judgement };
}

/** A barrier: asked again and again, so each judgement looks only at what has been observed so far. */
export interface StepPlace<A> {
  /** How long it waits before it fails. */
  patience(assertion: A): Micros;
  /** From when its patience counts: its own beginning, or the last fault or heal [the beginning of its step]. */
  readonly countsFrom?: 'barrier' | 'fault';
  judge(assertion: A, view: StepView): StepJudgement;
}

/** Checks the types of a slice: its judges get what its schema gives. */
export function slice<S extends z.ZodObject>(one: Slice<z.output<S>, S>): Slice<z.output<S>, S> {
  return one;
}

/** A barrier that waits as long as it says. */
export function patient({ within }: { readonly within?: Micros | undefined }): Micros {
  return within ?? micros(0);
}

export const within = duration
  .optional()
  .describe(
    'How long the barrier waits for it, counted from the beginning of its step [0s: at once]',
  );

export const bound = z
  .union([z.string(), z.number()], { error: (issue) => durationProblem(issue.input) })
  .transform((value, context): Bound => {
    const parsed = parseBound(String(value));
    if (typeof parsed !== 'string') return parsed;
    context.issues.push({ code: 'custom', message: parsed, input: value });
    return z.NEVER;
  })
  .meta({ description: 'A duration, or times of the protocol: mdi + 50ms, 3 x advert, skew' });
