/** S8: where clients send what is for the virtual address. */
import type { Instant } from '../../time.ts';
import { comesToRest } from './agreement.ts';
import type { Invariant } from './monitor.ts';
import { isComplete, nameOf } from './scene.ts';

/**
 * keepalived `garp_master_delay` [5 s], and halab's: who became Active announces once more after this (us), which
 * repairs what the loser's own second burst did in a dual window.
 */
const SECOND_BURST = 5_000_000;

/**
 * S8. Quiet, complete C: for every host, the owner it last learnt is the Active, from T_stab + D+ on: the survivor of a
 * dual window announces again; and not before the second burst of announcements, 5 s after it became Active. What was lost as announcement counts for nobody: a host is judged if it learnt, or
 * the Active became so, after the last noise. Judged when the quiet ends. Source: keepalived issues 166, 1884.
 */
export const S8: Invariant = {
  id: 'S8',
  title: 'clients know the Active',
  applies: (facts) => facts.hosts > 0 && comesToRest(facts),
  watch(scene, report) {
    const { hosts, delayMost } = scene.facts;
    const learnt = new Int32Array(hosts).fill(-1);
    const learntAt = new Float64Array(hosts).fill(Number.NEGATIVE_INFINITY);
    let due = Number.POSITIVE_INFINITY;
    let active = -1;
    const judge = (at: Instant): void => {
      if (at <= due) return;
      for (let host = 0; host < hosts; host++) {
        const heardAt = Math.max(learntAt[host] ?? 0, scene.since[active] ?? 0);
        if (learnt[host] === active || scene.noiseAt >= heardAt - delayMost) continue;
        const other = learnt[host] ?? -1;
        const whom = other < 0 ? 'nobody' : nameOf(scene, other);
        const because = `host ${host} sends to ${whom}, but ${nameOf(scene, active)} is the Active`;
        const routers = other < 0 ? [active] : [active, other];
        due = Number.POSITIVE_INFINITY;
        report({ invariant: 'S8', at, routers, virtual: scene.virtual, because });
        return;
      }
    };
    return {
      change(at, change) {
        judge(at);
        if (!scene.settled || change.kind === 'role') due = Number.POSITIVE_INFINITY;
        if (change.kind !== 'learnt') return;
        learnt[change.host] = change.router;
        learntAt[change.host] = at;
      },
      settled(at) {
        active = scene.incumbent;
        const whole = scene.cuts === 0 && active >= 0 && isComplete(scene);
        const repaired = Math.max(at, (scene.since[active] ?? at) + SECOND_BURST);
        due = whole ? repaired + delayMost : Number.POSITIVE_INFINITY;
      },
      ends: judge,
    };
  },
};
