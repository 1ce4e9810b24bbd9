/**
 * A case as drawn: values from lists that begin with the simplest one. `caseOf` interprets them. So
 * shrinking is the same everywhere (towards the first, towards fewer), no draft is invalid, and times are multiples of
 * the case's own interval.
 */
import fc from 'fast-check';
import type { ProfileName } from '../observe/election.ts';
import type { Case, CheckSpec, NetworkSpec, RouterSpec } from '../sim/election/case.ts';
import { RULES } from '../sim/election/profile.ts';
import { type Micros, micros } from '../time.ts';
import { EVERY_FAMILY, faultArbitrary, faultsOf, PRIORITIES, record } from './draft-faults.ts';

/** The intervals of a case: 10 ms to 40.95 s, and in version 2 whole seconds. The last one is the longest. */
const INTERVALS = {
  3: [1_000_000, 100_000, 1_000_000, 10_000, 2_000_000, 20_000, 40_950_000],
  2: [1_000_000, 2_000_000, 1_000_000, 3_000_000, 10_000_000, 1_000_000, 255_000_000],
} as const;
/** The interval of one router as a multiple of the interval of the case. */
const SLOWER = [1, 2, 3, 10, 40] as const;
/** keepalived's most. */
const MOST_PREEMPT_DELAY = 1_000_000_000;
const PREEMPT_DELAYS = [0, 2, 5] as const;
const STARTS = [0, 0, 0.1, 1, 3.2, 5] as const;
const CLOCKS = [0, 0, 100, -100, 1_000, -1_000] as const;
/** Least and most delay in thousandths of the interval. */
const DELAYS = [
  [1, 1],
  [1, 3],
  [0, 5],
  [0, 10],
  [5, 25],
] as const;
const LATENESS = [0, 0.5, 2, 5] as const;
const LOSSES = [0, 0, 10, 100, 300] as const;
const BURSTS = [1, 1, 2, 4] as const;
const COPIES = [0, 0, 50, 300] as const;
/** Of the announcements, in intervals. */
const REFRESHES = [undefined, 1, 2.5, 7] as const;
/** A tracked script; undefined: none. */
const WEIGHTS = [undefined, 0, -60, 60, -2, 2] as const;
/** Two are in a sync group. */
const VIRTUALS = [1, 2] as const;
const PREEMPTS = [true, false] as const;
const MOST_SEED = 0x7fff_ffff;

export interface DraftLimits {
  readonly leastRouters: number;
  readonly mostRouters: number;
  /** How often a router does not preempt. */
  readonly nopreempt: 'never' | 'sometimes' | 'always';
  readonly mostFaults: number;
}

export const DRAFT_LIMITS: DraftLimits = {
  leastRouters: 2,
  mostRouters: 5,
  nopreempt: 'sometimes',
  mostFaults: 12,
};

export type Draft = ReturnType<typeof draftArbitrary> extends fc.Arbitrary<infer D> ? D : never;

/** The plainest choice first, edges often. */
export function draftArbitrary({ leastRouters, mostRouters, nopreempt, mostFaults }: DraftLimits) {
  const router = record({
    priority: oneOf(PRIORITIES),
    slower: mostly(3, SLOWER),
    preempt: nopreempt === 'sometimes' ? mostly(3, PREEMPTS) : fc.constant(nopreempt === 'never'),
    preemptDelay: mostly(3, PREEMPT_DELAYS),
    start: oneOf(STARTS),
    clock: oneOf(CLOCKS),
  });
  const network = record({
    delay: oneOf(DELAYS),
    lateness: oneOf(LATENESS),
    loss: oneOf(LOSSES),
    burst: oneOf(BURSTS),
    duplicate: oneOf(COPIES),
    reorder: oneOf(COPIES),
  });
  return record({
    /** An index, because version 2 has intervals of its own. */
    interval: fc.nat(INTERVALS[3].length - 1),
    routers: fc.array(router, { minLength: leastRouters, maxLength: mostRouters }),
    /** Bit i: faults of family i may happen. */
    families: fc.oneof(fc.constant(EVERY_FAMILY), fc.nat(EVERY_FAMILY)),
    faults: fc.array(faultArbitrary(), { maxLength: mostFaults, size: 'max' }),
    network,
    // Rarely: choices that make a case slow.
    check: mostly(7, WEIGHTS),
    virtuals: mostly(7, VIRTUALS),
    seed: fc.nat(MOST_SEED),
    refresh: mostly(7, REFRESHES),
  });
}

function oneOf<T>(choices: readonly T[]): fc.Arbitrary<T> {
  return fc.nat(choices.length - 1).map((i) => choices[i] as T);
}

/** `weight`: how often the plainest is taken for each time that any of them may be. */
function mostly<T>(weight: number, choices: readonly T[]): fc.Arbitrary<T> {
  const plainest = fc.constant(choices[0] as T);
  return fc.oneof({ weight, arbitrary: plainest }, { weight: 1, arbitrary: oneOf(choices) });
}

export function caseOf(profile: ProfileName, draft: Draft): Case {
  const { version } = RULES[profile];
  const intervals = INTERVALS[version];
  const unit = micros(intervals[draft.interval] ?? 1_000_000);
  const routers = draft.routers.map((router) => routerOf(router, unit, intervals[6]));
  const check = checkOf(draft.check, unit);
  const network = networkOf(draft.network, unit);
  return {
    profile,
    seed: draft.seed,
    routers,
    virtuals: draft.virtuals,
    network,
    check,
    refresh: draft.refresh === undefined ? undefined : micros(unit * draft.refresh),
    faults: faultsOf(draft.faults, draft.families, { routers, network, check, unit, version }),
    quiet: undefined,
  };
}

function routerOf(draft: Draft['routers'][number], unit: Micros, longest: number): RouterSpec {
  return {
    priority: draft.priority,
    interval: micros(Math.min(unit * draft.slower, longest)),
    preempt: draft.preempt,
    preemptDelay: micros(Math.min(unit * draft.preemptDelay, MOST_PREEMPT_DELAY)),
    start: micros(unit * draft.start),
    ppm: draft.clock,
  };
}

function networkOf({ delay, lateness, ...rates }: Draft['network'], unit: Micros): NetworkSpec {
  const [least, most] = delay;
  return {
    delayLeast: micros((unit * least) / 1000),
    delayMost: micros((unit * most) / 1000),
    lateness: micros((unit * lateness) / 1000),
    calibrated: false,
    ...rates,
    announcementLoss: rates.loss,
    hosts: 2,
    drops: [],
  };
}

/** As usual with keepalived: a timeout below the interval, two failures, two successes. */
function checkOf(weight: Draft['check'], unit: Micros): CheckSpec | undefined {
  if (weight === undefined) return undefined;
  return {
    interval: unit,
    timeout: micros(unit / 2),
    fall: 2,
    rise: 2,
    weight,
    takes: micros(unit / 10),
  };
}
