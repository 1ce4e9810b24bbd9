/** S2: when a Backup may take over. */
import { roundedTwice } from '../down-timer.ts';
import { always, type Invariant } from '../monitor.ts';
import { nameOf } from '../scene.ts';

/** Causes that do not wait for the timer; S1 judges them. */
const NOT_BY_TIMER = ['sync-group', 'owner', 'preempted', 'resumed'];

export const S2: Invariant = {
  id: 'S2',
  title: 'no takeover before the down interval',
  rule: `
    Always: when a Backup becomes Active at tau by its timer, it accepted no advert that restarts
    the timer in (tau - M_r(AAI_r), tau), and no priority 0 in (tau - S_r, tau). AAI_r is learnt
    from the adverts that are not ignored (priority >= own, no preemption, or within
    preempt_delay); version 2 uses AI_r. The timer runs on the router's own clock, so in true time
    the wait is at least M / (1 + rho). Entering Backup restarts the timer. If the priority moved
    meanwhile, the shorter wait counts.
  `,
  source: 'RFC 9568 6.4.2, RFC 3768 6.4.2',
  applies: always,
  watch(scene, report) {
    return {
      on: {
        role(at, { router, from, to, cause }) {
          if (from !== 'BACKUP' || to !== 'MASTER') return;
          if (NOT_BY_TIMER.includes(cause) || scene.routers[router]?.priority === 255) return;
          const waited = at - (scene.restart[router] ?? 0);
          // An advert read at the end of a pause may have moved a timer that FRR had already rounded down once.
          const atResume = scene.restart[router] === scene.resumedAt[router];
          const needed = (scene.wait[router] ?? 0) - (atResume ? roundedTwice(scene) : 0);
          if (waited >= needed || at === scene.resumedAt[router]) return;
          const because = `${nameOf(scene, router)} became Active ${waited} us after its down timer was restarted, which takes ${Math.ceil(needed)} us at least`;
          report(at, [router], because);
        },
      },
    };
  },
};
