/** S12: a router that becomes Active sends its first advert before it announces the addresses. */
import type { Instant } from '../../../time.ts';
import { always, byRouter, type Invariant } from '../monitor.ts';
import { nameOf } from '../scene.ts';

/** A pause does not end a process: an Active stays Active. */
const ENDS: readonly string[] = ['start', 'stop', 'crash'];

export const S12: Invariant = {
  id: 'S12',
  title: 'the first advert before the announcements',
  rule: `
    Always: a router that becomes Active sends its first advert before its first announcement
    (gratuitous ARP or NA); otherwise clients move to a router that its peers do not know yet. An
    announcement belongs to the takeover if the first advert follows within g. Not judged under
    noise, which hides adverts. keepalived before 2.1 announced first.
  `,
  source: 'RFC 9568 6.4.1, 6.4.2 (order of the actions), RFC 3768 6.4.2',
  applies: always,
  watch(scene, report) {
    /** It has sent adverts since it became Active. */
    const speaks = byRouter(scene, 0);
    /** Its first announcement without such an advert; NaN: none. */
    const announcedAt = byRouter(scene);
    const reset = (r: number): void => {
      speaks[r] = 0;
      announcedAt[r] = Number.NaN;
    };
    return {
      sent(at, _virtual, r, priority) {
        const since = announcedAt[r] as Instant;
        const early = at - since <= scene.facts.lateness && speaks[r] === 0 && !scene.noise;
        reset(r);
        if (priority === 0) return;
        speaks[r] = 1;
        if (!early) return;
        const because = `${nameOf(scene, r)} announced the addresses ${at - since} us before its first advert`;
        report(at, [r], because);
      },
      on: {
        role: (_at, { router, from }) => from === 'MASTER' && reset(router),
        process: (_at, { router, what }) => ENDS.includes(what) && reset(router),
        noise: () => announcedAt.fill(Number.NaN),
        announce(at, { router: r, count }) {
          if (count > 0 && speaks[r] === 0 && Number.isNaN(announcedAt[r])) announcedAt[r] = at;
        },
      },
    };
  },
};
