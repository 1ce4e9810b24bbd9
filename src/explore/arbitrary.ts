/** Random drafts as fast-check arbitraries: the plainest choice first, edges often. */
import fc from 'fast-check';
import { LIMITS } from './choices.ts';
import { type Draft, FAMILY_COUNT, type FaultDraft, type RouterDraft } from './draft.ts';

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

/** Router indexes are taken modulo the cluster's size. */
const MOST_INDEX = 6;
const EVERY_FAMILY = 2 ** FAMILY_COUNT - 1;
const MOST_SEED = 0x7fff_ffff;

export function draftArbitrary(limits: DraftLimits): fc.Arbitrary<Draft> {
  const { leastRouters, mostRouters, mostFaults } = limits;
  return fc.record(
    {
      interval: fc.nat(LIMITS.intervals),
      routers: fc.array(routerArbitrary(limits), {
        minLength: leastRouters,
        maxLength: mostRouters,
      }),
      families: fc.oneof(fc.constant(EVERY_FAMILY), fc.nat(EVERY_FAMILY)),
      faults: fc.array(faultArbitrary(), { maxLength: mostFaults, size: 'max' }),
      network: fc.record(
        {
          delay: fc.nat(LIMITS.delays),
          lateness: fc.nat(LIMITS.lateness),
          loss: fc.nat(LIMITS.losses),
          burst: fc.nat(LIMITS.bursts),
          duplicate: fc.nat(LIMITS.copies),
          reorder: fc.nat(LIMITS.copies),
        },
        { noNullPrototype: true },
      ),
      check: rarely(LIMITS.checks),
      group: rarely(1),
      seed: fc.nat(MOST_SEED),
      refresh: rarely(LIMITS.refreshes),
    },
    { noNullPrototype: true },
  );
}

function routerArbitrary({ nopreempt }: DraftLimits): fc.Arbitrary<RouterDraft> {
  return fc.record(
    {
      priority: fc.nat(LIMITS.priorities),
      slower: seldom(LIMITS.slower),
      nopreempt:
        nopreempt === 'sometimes' ? seldom(1) : fc.constant(nopreempt === 'always' ? 1 : 0),
      preemptDelay: seldom(LIMITS.preemptDelays),
      start: fc.nat(LIMITS.starts),
      clock: fc.nat(LIMITS.clocks),
    },
    { noNullPrototype: true },
  );
}

function faultArbitrary(): fc.Arbitrary<FaultDraft> {
  return fc.record(
    {
      kind: fc.nat(FAMILY_COUNT - 1),
      a: fc.nat(MOST_INDEX),
      b: fc.nat(MOST_INDEX),
      after: fc.nat(LIMITS.after),
      edge: fc.nat(2),
      offset: fc.nat(LIMITS.offsets),
      for: fc.nat(LIMITS.lasts),
    },
    { noNullPrototype: true },
  );
}

/** 0 in three of four. */
function seldom(most: number): fc.Arbitrary<number> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(most) });
}

/** 0 in seven of eight: for choices that make a case slow. */
function rarely(most: number): fc.Arbitrary<number> {
  return fc.oneof({ weight: 7, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(most) });
}
