/** S8: where clients send what is for the virtual address. */
import type { Instant } from '../../time.ts';
import { comesToRest } from './agreement.ts';
import type { Invariant } from './monitor.ts';
import { isComplete, nameOf } from './scene.ts';

/** What a host would have learnt was lost on its way. */
const LOST = -2;

/**
 * S8. Quiet, complete C: for every host, the owner it last learnt is the Active, from T_stab + D+ on: the survivor of a
 * dual window announces again. What was lost as announcement counts for nobody: a host is judged if it learnt, or
 * the Active became so, after the last noise. Where delays differ, announcements may overtake each other: the bound is
 * then that of their repetition (`reannounce`). Judged when the quiet ends. Source: keepalived issues 166, 1884.
 */
export const S8: Invariant = {
  id: 'S8',
  title: 'clients know the Active',
  applies: (facts) => facts.hosts > 0 && comesToRest(facts),
  watch(scene, report) {
    const { hosts, delayMost, delayLeast, reannounce } = scene.facts;
    // Two announcements may overtake each other only where delays differ.
    const patience = delayMost + (delayMost > delayLeast ? reannounce : 0);
    const learnt = new Int32Array(hosts).fill(-1);
    const learntAt = new Float64Array(hosts).fill(Number.NEGATIVE_INFINITY);
    let due = Number.POSITIVE_INFINITY;
    let active = -1;
    /** [router * size + from] */
    const heardAt = new Float64Array(scene.size * scene.size).fill(Number.NEGATIVE_INFINITY);
    /** RFC 9568 has the loser give way in silence: a winner that never heard it does not know that there were two. */
    const isUntold = (host: number, loser: number): boolean =>
      loser >= 0 &&
      (heardAt[active * scene.size + loser] ?? 0) < (learntAt[host] ?? 0) - 2 * delayMost;
    const judge = (at: Instant): void => {
      if (at <= due) return;
      for (let host = 0; host < hosts; host++) {
        const knownAt = Math.max(learntAt[host] ?? 0, scene.since[active] ?? 0);
        if (
          learnt[host] === active ||
          learnt[host] === LOST ||
          scene.noiseAt >= knownAt - delayMost
        )
          continue;
        const other = learnt[host] ?? -1;
        const whom = other < 0 ? 'nobody' : nameOf(scene, other);
        const because = `host ${host} sends to ${whom}, but ${nameOf(scene, active)} is the Active`;
        const routers = other < 0 ? [active] : [active, other];
        due = Number.POSITIVE_INFINITY;
        const found = { invariant: 'S8', at, routers, virtual: scene.virtual, because };
        report(isUntold(host, other) ? { ...found, known: 'winner-silent-after-split' } : found);
        return;
      }
    };
    return {
      heard(at, _virtual, router, from, priority, _interval, accepted) {
        if (accepted && priority > 0) heardAt[router * scene.size + from] = at;
      },
      change(at, change) {
        judge(at);
        if (!scene.settled || change.kind === 'role') due = Number.POSITIVE_INFINITY;
        if (change.kind === 'deaf') learnt[change.host] = LOST;
        if (change.kind !== 'learnt') return;
        learnt[change.host] = change.router;
        learntAt[change.host] = at;
      },
      settled(at) {
        active = scene.incumbent;
        const whole = scene.cuts === 0 && active >= 0 && isComplete(scene);
        due = whole ? at + patience : Number.POSITIVE_INFINITY;
      },
      ends: judge,
    };
  },
};
