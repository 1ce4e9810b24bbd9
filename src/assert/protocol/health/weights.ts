/** H5, H6, H8: the effect of verdicts on the priority, on adverts, and on a sync group. */
import type { Instant } from '../../../time.ts';
import { usesOldConfig } from '../down-timer.ts';
import { always, byRouter, type Invariant, overdue } from '../monitor.ts';
import { can, nameOf, preempts, type Scene, tracked } from '../scene.ts';
import { hasCheck, sayer } from './checks.ts';

export const H5: Invariant = {
  id: 'H5',
  title: 'the effective priority is the sum',
  rule: `
    Effective priority = clamp(base + weights of the scripts that pass (positive) and fail
    (negative), 1, 254); an owner never moves; weight 0 means FAULT. Judged with every claimed
    priority, and in quiet: a router whose script of weight 0 is down is in FAULT. Where the case
    sets the effective priority itself, that value is right as well.
  `,
  source: 'keepalived weight',
  applies: always,
  watch(scene, report) {
    const say = sayer(scene, report);
    const wanted = byRouter(scene);
    return {
      on: {
        priority(_at, { router, priority }) {
          wanted[router] = priority;
        },
        'claimed-priority'(at, { router: r, priority }) {
          const expected = effective(scene, r);
          if (priority !== expected && priority !== wanted[r] && !usesOldConfig(scene, at, r))
            say(at, r, `claims priority ${priority}, it should be ${expected}`);
        },
      },
      settled(at) {
        const { check } = scene.facts;
        if (check?.weight !== 0) return;
        for (let r = 0; r < scene.size; r++) {
          const isDown = scene.runs[r] === 1 && scene.verdict[r] === 0;
          if (!isDown || scene.roles[r] === 'FAULT') continue;
          say(at, r, `is ${scene.roles[r]} while its script fails`);
        }
      },
    };
  },
};

function effective(scene: Scene, r: number): number {
  const base = scene.routers[r]?.priority ?? 0;
  return base === 255 ? 255 : Math.max(1, Math.min(254, base + tracked(scene, r)));
}

export const H6: Invariant = {
  id: 'H6',
  title: 'adverts carry the verdict',
  rule: `
    The next advert of an Active carries its claimed priority, at most one interval later (S3). An
    Active whose script of weight 0 fails sends priority 0 within g, if its link is up. Not judged
    while it is paused or timers are late.
  `,
  source: 'RFC 9568 6.4.3',
  applies: hasCheck,
  watch(scene, report) {
    const say = sayer(scene, report);
    const owes = byRouter(scene);
    const judge = overdue(scene, owes, (r, _since, at) => {
      if (!scene.noise) say(at, r, 'was Active, its script failed, and it did not resign');
    });
    const forgive = (_at: Instant, { router }: { readonly router: number }): void => {
      owes[router] = Number.NaN;
    };
    return {
      sent(at, _virtual, r, priority) {
        if (priority === 0) {
          owes[r] = Number.NaN;
          return;
        }
        const claimed = scene.priority[r];
        if (priority === claimed || scene.roles[r] !== 'MASTER') return;
        if (scene.movedAt === at || scene.resumedAt[r] === at || scene.runs[r] !== 1) return;
        say(at, r, `advertises priority ${priority}, its own is ${claimed}`);
      },
      change: judge,
      on: {
        'check-verdict'(at, { router: r, up }) {
          const resigns = !up && scene.facts.check?.weight === 0 && scene.link[r] === 1;
          const sent = at - (scene.resignedAt[r] ?? 0) <= scene.facts.lateness;
          if (resigns && scene.roles[r] === 'MASTER' && !sent) owes[r] = at;
        },
        process: forgive,
        link: forgive,
      },
      settled: judge,
      ends: judge,
    };
  },
};

export const H8: Invariant = {
  id: 'H8',
  title: 'a sync group moves as one',
  rule: `
    Always: the virtual routers of a sync group enter and leave Active within g of each other on
    one router, and none is Active while another is in FAULT, except for g. Not judged across
    pauses and noise.
  `,
  source: 'keepalived vrrp_sync_group',
  wide: true,
  applies: ({ virtuals }) => virtuals > 1,
  watch(scene, report) {
    const since = byRouter(scene);
    const judge = (at: Instant): void => {
      for (let r = 0; r < scene.size; r++) {
        if (!(at - (since[r] ?? Number.NaN) > scene.facts.lateness) || scene.noise) continue;
        since[r] = Number.POSITIVE_INFINITY;
        const roles = scene.all.map((one) => one.roles[r]).join(', ');
        const who = nameOf(scene, r);
        report(at, [r], `the virtual routers of ${who} do not move together: ${roles}`);
      }
    };
    return {
      change: judge,
      on: {
        role(at, { router: r }) {
          if (!isSplit(scene, r)) since[r] = Number.NaN;
          else if (Number.isNaN(since[r])) since[r] = at;
        },
      },
      settled: judge,
      ends: judge,
    };
  },
};

/** Some of its virtual routers are Active, but not all. */
function isSplit(scene: Scene, r: number): boolean {
  const active = scene.all.filter((virtual) => virtual.roles[r] === 'MASTER').length;
  return active > 0 && active < scene.all.length;
}

/** Those that can run and would preempt `m` if its priority were `priority`. */
export function rivals(scene: Scene, m: number, priority: number): number[] {
  return scene.routers
    .map((_, r) => r)
    .filter((r) => r !== m && can(scene, r) && preempts(scene, r))
    .filter((r) => (scene.priority[r] ?? 0) > priority);
}
