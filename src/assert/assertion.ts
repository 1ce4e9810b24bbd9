/**
 * What an assertion is: one file holds all of it, and `assertions.ts` lists them. A new assertion is a file in `step`,
 * `metric` or `invariant`, a line in the list, and its test.
 */
import * as z from 'zod';
import type { Witness } from '../observe/witness.ts';
import type { Micros } from '../time.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';
import { duration, durationProblem } from '../topology/yaml/scalars.ts';
import { type Bound, parseBound } from './bound.ts';
import type { RepeatRecord } from './metrics.ts';
import type { StepJudgement, StepView } from './step-view.ts';
import type { Judgement } from './verdict.ts';

/** `step`: a barrier inside a step. `invariant`: holds through the whole repeat. `run`: over all repeats. */
export type Place = 'step' | 'invariant' | 'run';

/** An error in the parameters, independent of the cluster. */
export interface Problem {
  /** The parameter; undefined: the assertion as a whole. */
  readonly key: string | undefined;
  readonly message: string;
  readonly hint: string;
}

export interface Situation {
  readonly topology: Topology;
  /** The virtual router that the assertion is about. */
  readonly router: VirtualRouter | undefined;
  readonly place: Place;
}

/** `A`: the parameters as read. */
export interface Slice<A, S extends z.ZodType = z.ZodType> {
  /** Every parameter with its documentation: a sentence, and the default in square brackets at its end. */
  readonly schema: S;
  /** One sentence for lists and the reference. */
  readonly docs: string;
  /** The evidence that it needs. If a witness was silent, the judgement is neither a pass nor a failure. */
  witnesses(
    assertion: A,
    topology: Topology,
    router: VirtualRouter | undefined,
  ): readonly Witness[];
  /** Parameters that contradict each other or the topology. */
  contradictions?(assertion: A, situation: Situation): readonly Problem[];
  /** The virtual router without which it cannot be judged [the one it names, else the first]; undefined: any. */
  needs?(assertion: A, topology: Topology): string | undefined;
  /** It needs a metric that only a failover produces; `isMeasured`: a probe measures it [always]. */
  readonly metric?: {
    isMeasured?(assertion: A, topology: Topology, router: VirtualRouter): boolean;
  };
  /** The bound within which another router must take over after a silent fault; undefined: it sets none. */
  takeoverWithin?(assertion: A, router: VirtualRouter): TakeoverBound | undefined;
  readonly step?: StepPlace<A>;
  readonly invariant?: {
    judge(assertion: A, record: RepeatRecord, router: VirtualRouter): Judgement;
  };
  readonly run?: {
    judge(assertion: A, records: readonly RepeatRecord[], router: VirtualRouter): Judgement;
  };
}

export interface TakeoverBound {
  /** As written. */
  readonly text: string;
  readonly length: number;
}

/** A barrier: judged repeatedly, so each judgement uses only past observations. */
export interface StepPlace<A> {
  /** How long it waits before it fails [its `within`]. */
  patience?(assertion: A): Micros;
  /** From when its patience counts: its own beginning, or the last fault or heal [the beginning of its step]. */
  readonly countsFrom?: 'barrier' | 'fault';
  judge(assertion: A, view: StepView, router: VirtualRouter): StepJudgement;
}

/** Checks the types of a slice: its judges get the output of its schema. */
export function slice<S extends z.ZodObject>(one: Slice<z.output<S>, S>): Slice<z.output<S>, S> {
  return one;
}

export const within = duration
  .optional()
  .describe(
    'How long the barrier waits for it, counted from the beginning of its step [0s: at once]',
  );
export const forLength = duration.optional().describe('It must stay so for this long [0s]');

export const bound = z
  .union([z.string(), z.number()], { error: (issue) => durationProblem(issue.input) })
  .transform((value, context): Bound => {
    const parsed = parseBound(String(value));
    if (typeof parsed !== 'string') return parsed;
    context.issues.push({ code: 'custom', message: parsed, input: value });
    return z.NEVER;
  })
  .meta({ description: 'A duration, or times of the protocol: mdi + 50ms, 3 x advert, skew' });
