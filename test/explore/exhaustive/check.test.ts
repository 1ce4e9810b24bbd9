import { describe, expect, it } from 'vitest';
import type { ClusterSpec, MemberSpec } from '../../../src/explore/exhaustive/cluster.ts';
import { broken, DUEL, explored, SMALL, THREE } from '../../support/check.ts';

const nothing = { losses: 0, crashes: 0, stops: 0, restarts: 0, jitter: 0 };
const equal = { priority: 128, interval: 4, preempt: true };

const HEALTHY: Readonly<Record<string, ClusterSpec>> = {
  'two routers': SMALL,
  'three routers': THREE,
  'three routers under RFC 5798': { ...THREE, profile: 'rfc5798' },
  'three routers of version 2': { ...THREE, profile: 'rfc3768' },
  'three of equal priority': { ...THREE, routers: [equal, equal, equal] },
  'none that preempts': {
    ...THREE,
    routers: THREE.routers.map((member) => ({ ...member, preempt: false })),
  },
  'an owner of the addresses': {
    ...THREE,
    routers: [{ priority: 255, interval: 4, preempt: true }, ...SMALL.routers],
  },
  'an owner of the addresses under RFC 5798': {
    ...THREE,
    profile: 'rfc5798',
    routers: [{ priority: 255, interval: 4, preempt: true }, ...SMALL.routers],
  },
  'timers that are late': {
    ...SMALL,
    budgets: { losses: 1, crashes: 1, stops: 0, restarts: 1, jitter: 3 },
  },
  'mixed intervals, version 2: two clusters that do not hear each other': {
    ...THREE,
    profile: 'rfc3768',
    routers: [...SMALL.routers, { priority: 64, interval: 8, preempt: true }],
  },
  'a survivor that learnt a much shorter interval than its own': {
    ...THREE,
    routers: [...SMALL.routers, { priority: 64, interval: 16, preempt: true }],
    budgets: { losses: 0, crashes: 2, stops: 1, restarts: 0, jitter: 0 },
  },
  'a network slower than an interval': {
    ...SMALL,
    routers: SMALL.routers.map((member) => ({ ...member, interval: 4 })),
    delay: { least: 5, most: 5 },
  },
};

describe('exhaustive exploration', () => {
  it.each(Object.entries(HEALTHY))('finds nothing wrong with %s', (_name, spec) => {
    const report = explored(spec);
    expect(broken(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, complete: true });
    const { byActives, stableAfter, dualMost } = report.coverage;
    // States with no Active, one and two were judged.
    expect(byActives[0]).toBeGreaterThan(0);
    expect(byActives[1]).toBeGreaterThan(0);
    expect(byActives[2]).toBeGreaterThan(0);
    expect(stableAfter).toBeGreaterThan(4);
    expect(dualMost).toBeGreaterThan(0);
  });

  it('explores the same if the engine is run anew for every tick of every state', () => {
    for (const spec of [SMALL, DUEL]) {
      const once = explored(spec);
      const always = explored(spec, { remember: false });
      const { engineRuns: few, ...same } = once.coverage;
      const { engineRuns: many, ...coverage } = always.coverage;
      expect(coverage).toEqual(same);
      expect(always.states).toBe(once.states);
      expect(many).toBeGreaterThan(few);
    }
  });

  it('settles two routers without any fault in a known number of states', () => {
    const { states, coverage } = explored({
      ...SMALL,
      routers: [0, 2].map((i) => THREE.routers[i] as MemberSpec),
      budgets: nothing,
      delay: { least: 1, most: 1 },
    });
    // 13 ticks until the better router is Active, one for its advert, then a cycle of 4.
    expect({ states, ...coverage }).toMatchObject({ states: 18, byActives: [13, 5, 0] });
    expect(coverage.stableAfter).toBe(13);
  });

  it('ends at the limit of states, and does not pass', () => {
    const report = explored(THREE, {}, 100);
    expect(report.states).toBeGreaterThanOrEqual(100);
    expect(report).toMatchObject({ ok: false, complete: false, violations: [] });
  });
});
