/** S10 and S11: an owner reports other owners, and refused packets change nothing. */
import type { Instant } from '../../../time.ts';
import { least, ownerListens } from '../arithmetic.ts';
import { always, byRouter, type Invariant, overdue } from '../monitor.ts';
import { intervalOf, nameOf } from '../scene.ts';

export const S10: Invariant = {
  id: 'S10',
  title: 'two owners are reported',
  rule: `
    Always, where two routers have priority 255: an owner that is Active and hears another owner
    reports a configuration error within g, once in the life of its process. Under RFC 3768 and
    5798 owners discard adverts, so both stay Active; under RFC 9568 with erratum 8298 the address
    decides (S1, S4).
  `,
  source: 'RFC 5798 7.1, RFC 9568 7.1, erratum 8298',
  applies: ({ routers }) => routers.filter(({ priority }) => priority === 255).length > 1,
  watch(scene, report) {
    const reported = byRouter(scene, 0);
    const owes = byRouter(scene);
    const judge = overdue(scene, owes, (r, _since, at) => {
      reported[r] = 1;
      report(at, [r], `${nameOf(scene, r)} heard another owner and did not report it`);
    });
    return {
      heard(at, _virtual, r, _from, priority) {
        if (priority !== 255 || scene.routers[r]?.priority !== 255 || reported[r] === 1) return;
        const isJudged = scene.roles[r] === 'MASTER' && scene.runs[r] === 1;
        if (isJudged && Number.isNaN(owes[r])) owes[r] = at;
      },
      change(at, change) {
        if (change.kind === 'owner-conflict') {
          owes[change.router] = Number.NaN;
          reported[change.router] = 1;
        } else if (change.kind === 'process') {
          owes[change.router] = Number.NaN;
          if (change.what === 'start') reported[change.router] = 0;
        } else if (change.kind === 'role' && change.from === 'MASTER' && change.to === 'BACKUP') {
          const { router: r, cause } = change;
          owes[r] = Number.NaN;
          // At the end of a pause it still uses the priority from before.
          const stays = scene.routers[r]?.priority === 255 && scene.resumedAt[r] !== at;
          const isOwn = cause !== 'stalled' && cause !== 'sync-group';
          if (stays && isOwn && !ownerListens(scene.facts.profile))
            report(at, [r], `${nameOf(scene, r)} owns the addresses and gave way`);
        }
        judge(at);
      },
      settled: judge,
      ends: judge,
    };
  },
};

export const S11: Invariant = {
  id: 'S11',
  title: 'refused packets change nothing',
  rule: `
    Always: a packet that a receive check refuses changes nothing but counters. At the instant it
    is delivered the router changes no role and sends no advert, unless its own timer, an accepted
    advert or its surroundings are the cause. In keepalived any packet restarts the Adver_Timer,
    which delays adverts and sends none.
  `,
  source: 'RFC 9568 7.1',
  applies: always,
  watch(scene, report) {
    const garbageAt = byRouter(scene);
    // The last advert of its timer, which an answer does not restart; an advert after a pause does not count.
    const timedAt = byRouter(scene, Number.NEGATIVE_INFINITY);
    let pestered = false;
    const hasCause = (at: Instant, r: number): boolean =>
      garbageAt[r] !== at ||
      scene.movedAt === at ||
      scene.noise ||
      // In a sync group an advert for one virtual router moves all of them.
      scene.all.some(({ heardAt }) => heardAt[r] === at);
    return {
      sent(at, _virtual, r, priority) {
        const since = at - (timedAt[r] ?? 0);
        if (scene.heardAt[r] !== at && scene.resumedAt[r] !== at) timedAt[r] = at;
        if (!pestered || priority === 0 || scene.roles[r] !== 'MASTER' || hasCause(at, r)) return;
        if (since < least(scene.facts, intervalOf(scene, r)) - scene.facts.lateness)
          report(at, [r], `${nameOf(scene, r)} answered a packet it must refuse`);
      },
      on: {
        garbage(at, { router }) {
          garbageAt[router] = at;
          pestered = true;
        },
        role(at, { router: r, from, to }) {
          // A stop at the same instant: its process ends next.
          if (hasCause(at, r) || to === 'INIT' || to === 'DOWN') return;
          const due = at - (scene.restart[r] ?? 0) >= (scene.wait[r] ?? 0);
          const elected = from === 'BACKUP' && to === 'MASTER' && !due;
          const beaten = from === 'MASTER' && to === 'BACKUP';
          const because = `${nameOf(scene, r)} went from ${from} to ${to} on a packet it must refuse`;
          if (elected || beaten) report(at, [r], because);
        },
      },
    };
  },
};
