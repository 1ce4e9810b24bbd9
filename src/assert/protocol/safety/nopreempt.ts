/** P3: what nopreempt protects, and what it does not. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { down, jitter, least, most } from '../arithmetic.ts';
import { disturbs } from '../disturbance.ts';
import type { Invariant, Report } from '../monitor.ts';
import { comesToRest } from '../quiet.ts';
import { actives, beats, intervalOf, isComplete, nameOf, preempts, type Scene } from '../scene.ts';

interface Watching {
  readonly scene: Scene;
  readonly report: Report;
  /** A newcomer that must not replace the Active, since the quiet that began with it. */
  newcomer:
    | { readonly from: Instant; readonly active: number; readonly router: number }
    | undefined;
  /** The Actives when a path healed, since the quiet that began with it. */
  merge: { readonly from: Instant; readonly active: readonly number[] } | undefined;
  /** If two disturbances coincide, the newcomer is not the only cause. */
  disturbedAt: number;
}

export const P3: Invariant = {
  id: 'P3',
  title: 'nopreempt keeps the Active',
  rule: `
    In quiet, where all routers hear each other: a router with nopreempt (no owner) that starts
    never replaces the Active, provided M_r(AI_r) > AI_m + J + g, so that its timer cannot expire
    before the first advert. At a merge the winner has at least the greatest (priority, address)
    of the routers that were Active then: nopreempt does not protect the older Active.
  `,
  source: 'RFC 9568 6.1, 6.4.2, 6.4.3',
  applies: comesToRest,
  watch(scene, report) {
    const state: Watching = {
      scene,
      report,
      newcomer: undefined,
      merge: undefined,
      disturbedAt: Number.NaN,
    };
    return {
      change(at, change) {
        forget(state);
        if (change.kind === 'role') replaced(state, at, change);
        else begin(state, at, change);
      },
      settled: (at) => judgeMerge(state, at),
    };
  },
};

function forget(state: Watching): void {
  const { quietFrom } = state.scene;
  if (state.newcomer !== undefined && quietFrom > state.newcomer.from) state.newcomer = undefined;
  if (state.merge !== undefined && quietFrom > state.merge.from) state.merge = undefined;
}

function begin(state: Watching, at: Instant, change: ElectionChange): void {
  const { scene } = state;
  if (!disturbs(scene, change)) return;
  const isFirst = state.disturbedAt !== at;
  state.disturbedAt = at;
  state.newcomer = undefined;
  if (change.kind === 'reach' && change.reaches) {
    state.merge = isComplete(scene) ? { from: at, active: actives(scene) } : undefined;
    return;
  }
  state.merge = undefined;
  if (change.kind !== 'process' || change.what !== 'start') return;
  if (!isFirst || scene.unsettledAt !== at) return;
  const { router } = change;
  const active = scene.incumbent;
  if (active < 0 || scene.link[router] === 0 || !isComplete(scene)) return;
  if (isHeldBack(scene, router, active)) state.newcomer = { from: at, active, router };
}

/** It has nopreempt, and an advert of the Active comes before its own timer expires. */
function isHeldBack(scene: Scene, r: number, active: number): boolean {
  const one = scene.routers[r];
  if (one === undefined || preempts(scene, r)) return false;
  const { facts } = scene;
  const wait = least(facts, down(facts, one.priority, one.interval, one.interval));
  return wait > most(facts, intervalOf(scene, active)) + jitter(facts) + facts.lateness;
}

function replaced(
  { scene, report, newcomer }: Watching,
  at: Instant,
  { router, from, to }: Extract<ElectionChange, { kind: 'role' }>,
): void {
  if (newcomer === undefined) return;
  const isTaken = router === newcomer.router && to === 'MASTER';
  if (!isTaken && !(router === newcomer.active && from === 'MASTER' && to === 'BACKUP')) return;
  const because = `${nameOf(scene, newcomer.router)} started with nopreempt, but ${nameOf(scene, newcomer.active)} did not stay the only Active`;
  report(at, [router], because);
}

function judgeMerge(state: Watching, at: Instant): void {
  const { scene, report, merge } = state;
  const winner = scene.incumbent;
  state.merge = undefined;
  if (merge === undefined || winner < 0 || scene.quietFrom !== merge.from) return;
  const better = merge.active.find((r) => r !== winner && beats(scene, r, winner));
  if (better === undefined) return;
  const because = `${nameOf(scene, winner)} won the merge, though ${nameOf(scene, better)} was Active and is better`;
  report(at, [winner, better], because);
}
