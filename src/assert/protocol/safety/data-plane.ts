/** S8: which router clients send to for the virtual address. */
import type { Instant } from '../../../time.ts';
import { answersLosers, most } from '../arithmetic.ts';
import { byRouter, type Invariant } from '../monitor.ts';
import { comesToRest } from '../quiet.ts';
import { isComplete, nameOf } from '../scene.ts';

const WEAKNESS = { known: 'winner-silent-after-split' };
/** The announcement for this host was lost. */
const LOST = -2;

/**
 * keepalived `garp_master_delay` and `garp_lower_prio_delay` [5 s], and the same in halab: a router that became Active
 * or answered a loser announces again after this (us). That repairs the second burst of the loser in a dual window.
 */
const SECOND_BURST = 5_000_000;

export const S8: Invariant = {
  id: 'S8',
  title: 'clients know the Active',
  rule: `
    In quiet, where all routers hear each other, from T_stab + D+ on and after the second burst of
    announcements: every host last learnt the Active. The second burst comes 5 s after a router
    became Active or answered a loser. A host is judged only if it learnt, or the Active became
    Active, after the last noise, and not if the Active announced after the router that it learnt:
    announcements may overtake each other. Judged when the quiet ends.
  `,
  source: 'keepalived issues 166 and 1884',
  addresses: true,
  applies: (facts) => facts.hosts > 0 && comesToRest(facts),
  watch(scene, report) {
    const { hosts, delayMost } = scene.facts;
    const announcedAt = byRouter(scene, Number.NEGATIVE_INFINITY);
    const learnt = new Array<number>(hosts).fill(-1);
    const learntAt = new Array<number>(hosts).fill(Number.NEGATIVE_INFINITY);
    let due = Number.POSITIVE_INFINITY;
    let active = -1;
    /** [router * size + from] */
    const heardAt = new Array<number>(scene.size * scene.size).fill(Number.NEGATIVE_INFINITY);
    /**
     * In RFC 9568 the loser steps down without an advert: a winner that never heard it does not know of two Actives. Where
     * the loser is not answered either, it stays until the winner's next advert, and may announce again meanwhile.
     */
    const isUntold = (host: number, loser: number): boolean => {
      const answered = answersLosers(scene.facts.profile) ? 2 * delayMost : 0;
      const heard = heardAt[active * scene.size + loser] ?? 0;
      return loser >= 0 && heard < (learntAt[host] ?? 0) - answered;
    };
    /** The network explains it: an announcement was lost in noise, or overtaken by an older one. */
    const isExcused = (host: number): boolean => {
      const other = learnt[host] ?? -1;
      if (other === LOST) return true;
      const knownAt = Math.max(learntAt[host] ?? 0, scene.since[active] ?? 0);
      if (scene.noiseAt >= knownAt - delayMost) return true;
      return other >= 0 && (announcedAt[active] ?? 0) >= (announcedAt[other] ?? 0);
    };
    const judge = (at: Instant): void => {
      if (at <= due) return;
      for (let host = 0; host < hosts; host++) {
        if (learnt[host] === active || isExcused(host)) continue;
        due = Number.POSITIVE_INFINITY;
        sayWrong(at, host, learnt[host] ?? -1);
        return;
      }
    };
    const sayWrong = (at: Instant, host: number, other: number): void => {
      const target = other < 0 ? 'nobody' : nameOf(scene, other);
      const because = `host ${host} sends to ${target}, but ${nameOf(scene, active)} is the Active`;
      const routers = other < 0 ? [active] : [active, other];
      report(at, routers, because, isUntold(host, other) ? WEAKNESS : undefined);
    };
    return {
      heard(at, _virtual, router, from, priority, _interval, accepted) {
        if (accepted && priority > 0) heardAt[router * scene.size + from] = at;
      },
      change(at, change) {
        judge(at);
        if (!scene.settled || change.kind === 'role') due = Number.POSITIVE_INFINITY;
        if (change.kind === 'announce') announcedAt[change.router] = at;
        if (change.kind === 'deaf') learnt[change.host] = LOST;
        if (change.kind !== 'learnt') return;
        learnt[change.host] = change.router;
        learntAt[change.host] = at;
      },
      settled(at) {
        active = scene.incumbent;
        const whole = scene.cuts === 0 && active >= 0 && isComplete(scene);
        const burst = most(scene.facts, SECOND_BURST) + scene.facts.lateness;
        const announced = Math.max(scene.since[active] ?? at, announcedAt[active] ?? at);
        const repaired = Math.max(at, announced + burst);
        due = whole ? repaired + delayMost : Number.POSITIVE_INFINITY;
      },
      ends: judge,
    };
  },
};
