/** The findings of the search are real: the simulator, which shares no code with it, gets the same result from the exported case. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClusterSpec, clusterOf } from '../../../src/explore/exhaustive/cluster.ts';
import { newCheck } from '../../../src/explore/exhaustive/exhaustive.ts';
import type { Model } from '../../../src/explore/exhaustive/model.ts';
import { type Step, stepsAlong } from '../../../src/explore/exhaustive/trace.ts';
import { caseOf } from '../../../src/explore/exhaustive/trace-case.ts';
import { judgeCase } from '../../../src/explore/judge.ts';
import { NO_LISTENER } from '../../../src/explore/no-listener.ts';
import { random } from '../../../src/random.ts';
import { runElection } from '../../../src/sim/election/election.ts';
import { DUEL, explored, SMALL, THREE } from '../../support/check.ts';
import { cases } from '../../support/nightly.ts';

/** A path of `ticks` ticks with a transition at each. */
function somewhere(model: Model, seed: number, ticks: number): Step[] {
  const draw = random(seed);
  const rows: Int32Array[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const choices: Int32Array[] = [];
    const found = (): void => {
      choices.push(model.next.slice());
    };
    const from = rows.at(-1);
    if (from === undefined) model.begin(found);
    else model.expand(from, 0, found);
    // Mostly the first transition, with the fewest faults.
    const pick = draw.next() < 0.5 ? 0 : Math.floor(draw.next() * choices.length);
    rows.push(choices[pick] as Int32Array);
  }
  return stepsAlong(model, rows);
}

/** Changes of Active by tick. */
function expected(steps: readonly Step[]): string[] {
  return steps.flatMap(({ tick, routers }) =>
    routers.flatMap(({ router, from, to }) =>
      (from === 'MASTER') === (to === 'MASTER') ? [] : [`${tick} r${router} ${to === 'MASTER'}`],
    ),
  );
}

function simulated(spec: ClusterSpec, steps: readonly Step[]): string[] {
  const cluster = clusterOf(spec);
  const lines: string[] = [];
  const active = new Map<string, boolean>();
  runElection(caseOf(cluster, { steps, loopsTo: undefined }), {
    ...NO_LISTENER,
    change: (at, change) => {
      if (change.kind !== 'role' || (change.from === 'MASTER') === (change.to === 'MASTER')) return;
      const tick = Math.round(at / spec.tick);
      if (tick >= steps.length) return;
      const key = `${tick} r${change.router}`;
      // Two changes within a tick cancel out.
      if (active.has(key)) active.delete(key);
      else active.set(key, change.to === 'MASTER');
      lines.push(key);
    },
  });
  return [...active].map(([key, is]) => `${key} ${is}`);
}

const sorted = (list: readonly string[]): string[] =>
  [...list].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || a.localeCompare(b));

describe('a trace as a case', () => {
  it.each([
    ['two routers', SMALL],
    ['three routers', { ...THREE, delay: { least: 1, most: 3 } }],
    ['mixed intervals', DUEL],
    ['version 2', { ...SMALL, profile: 'rfc3768' as const }],
  ])('has the same course in the simulator: %s', (_name, spec) => {
    const { model } = newCheck(clusterOf(spec));
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const steps = somewhere(model, seed, 250);
        expect(sorted(simulated(spec, steps))).toEqual(sorted(expected(steps)));
      }),
      { numRuns: cases(80, 2_000) },
    );
  });

  it.each([
    ['RFC 5798', { ...DUEL, profile: 'rfc5798' as const }],
    ['RFC 9568 with one way as slow as two', { ...DUEL, delay: { least: 1, most: 2 } }],
  ])('reproduces the found livelock in the simulator: %s', (_name, spec) => {
    const [livelock] = explored(spec).violations;
    expect(livelock?.invariant).toBe('T4');
    if (livelock === undefined) return;
    const { case: whole } = livelock;
    let takeovers = 0;
    runElection(whole, {
      ...NO_LISTENER,
      change: (_at, change) => {
        if (change.kind === 'role' && change.to === 'MASTER') takeovers++;
      },
    });
    // At least two in each of four rounds, and three before them.
    expect(takeovers).toBeGreaterThanOrEqual(11);
    // With different intervals RFC 5798 guarantees nothing, so nothing is violated.
    // Under RFC 9568 the livelock is known for such different delays (duelling-backups-overtaken).
    const violated = judgeCase(whole).known.map(({ invariant }) => invariant);
    expect(violated.includes('T4')).toBe(spec.profile === 'rfc9568');
  });
});
