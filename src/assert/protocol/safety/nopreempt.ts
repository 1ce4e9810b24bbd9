/** P3: the effect and the limits of nopreempt. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { down, jitter, least, most } from '../arithmetic.ts';
import { disturbs } from '../disturbance.ts';
import type { Invariant } from '../monitor.ts';
import { comesToRest } from '../quiet.ts';
import { actives, beats, intervalOf, isComplete, nameOf, preempts, type Scene } from '../scene.ts';

type RoleChange = Extract<ElectionChange, { kind: 'role' }>;

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
    /** A newcomer that must not replace the Active, since the quiet that began with it. */
    let newcomer: { from: Instant; active: number; router: number } | undefined;
    /** The Actives when a path healed, since the quiet that began with it. */
    let merge: { from: Instant; active: readonly number[] } | undefined;
    /** If two disturbances coincide, the newcomer is not the only cause. */
    let disturbedAt = Number.NaN;
    const begin = (at: Instant, change: ElectionChange): void => {
      if (!disturbs(scene, change)) return;
      const isFirst = disturbedAt !== at;
      disturbedAt = at;
      newcomer = undefined;
      merge = undefined;
      if (change.kind === 'reach' && change.reaches) {
        if (isComplete(scene)) merge = { from: at, active: actives(scene) };
      } else if (isFirst && change.kind === 'process' && change.what === 'start') {
        const { router } = change;
        const active = scene.incumbent;
        if (scene.unsettledAt === at && isHeldBack(scene, router, active))
          newcomer = { from: at, active, router };
      }
    };
    const replaced = (at: Instant, { router, from, to }: RoleChange): void => {
      if (newcomer === undefined) return;
      const { router: late, active } = newcomer;
      const isTaken = router === late && to === 'MASTER';
      if (!isTaken && !(router === active && from === 'MASTER' && to === 'BACKUP')) return;
      const because = `${nameOf(scene, late)} started with nopreempt, but ${nameOf(scene, active)} did not stay the only Active`;
      report(at, [router], because);
    };
    return {
      change(at, change) {
        if (newcomer !== undefined && scene.quietFrom > newcomer.from) newcomer = undefined;
        if (merge !== undefined && scene.quietFrom > merge.from) merge = undefined;
        if (change.kind === 'role') replaced(at, change);
        else begin(at, change);
      },
      settled(at) {
        const winner = scene.incumbent;
        const before = scene.quietFrom === merge?.from ? merge.active : [];
        merge = undefined;
        const better = before.find((r) => r !== winner && beats(scene, r, winner));
        if (winner < 0 || better === undefined) return;
        const because = `${nameOf(scene, winner)} won the merge, though ${nameOf(scene, better)} was Active and is better`;
        report(at, [winner, better], because);
      },
    };
  },
};

/** It has nopreempt, and an advert of the Active comes before its own timer expires. */
function isHeldBack(scene: Scene, r: number, active: number): boolean {
  const one = scene.routers[r];
  if (active < 0 || scene.link[r] === 0 || !isComplete(scene)) return false;
  if (one === undefined || preempts(scene, r)) return false;
  const { facts } = scene;
  const wait = least(facts, down(facts, one.priority, one.interval, one.interval));
  return wait > most(facts, intervalOf(scene, active)) + jitter(facts) + facts.lateness;
}
