/** S3 and S9: which routers may send adverts, how often, and the meaning of priority 0. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { most } from '../arithmetic.ts';
import { always, byRouter, type Invariant, overdue, type Report } from '../monitor.ts';
import { nameOf, type Scene } from '../scene.ts';
import { watchEnding } from './ending.ts';

export const S3: Invariant = {
  id: 'S3',
  title: 'adverts from the Active, in time',
  rule: `
    Always: only an Active sends adverts with priority > 0; it may become Active up to g later, or
    have left up to g before. Priority 0 is sent only on leaving Active, once per stop
    (keepalived: twice), and always when an Active with a link is stopped in order. The gap
    between two own adverts of an Active is at most AI_r / (1 - rho) + g, except across a pause,
    noise or a new configuration; for keepalived it counts from the last packet heard. rfc9568
    only, a rule of halab: an Active that was paused for longer than its peers wait leaves within
    g of resuming.
  `,
  source: 'RFC 9568 6.4.1, 6.4.3 (Adver_Timer)',
  applies: always,
  watch(scene, report) {
    const ending = watchEnding(scene, report);
    const gaps = watchGaps(scene, report);
    const others = watchOthers(scene, report);
    const judge = (at: Instant): void => {
      ending.judge(at);
      others.judge(at);
      gaps.judge(at);
    };
    return {
      sent(at, _virtual, r, priority) {
        ending.sent(r, priority);
        if (priority === 0 || scene.roles[r] !== 'MASTER') others.sent(at, r, priority);
        else gaps.sent(at, r);
      },
      ...(scene.facts.profile === 'keepalived' ? { heard: gaps.heard } : {}),
      jumped(_from, _virtual, to) {
        const active = scene.roles.indexOf('MASTER');
        if (active >= 0) gaps.heard(to, 0, active);
      },
      change(at, change) {
        ending.change(at, change);
        gaps.change(at, change);
        others.change(at, change);
      },
      settled: judge,
      ends: judge,
    };
  },
};

/** The gaps between two adverts of an Active. */
function watchGaps(scene: Scene, report: Report) {
  const { facts } = scene;
  /** The last advert of an Active, or when its timer was last restarted. */
  const sentAt = byRouter(scene);
  const gapMost = scene.routers.map(({ interval }) => most(facts, interval) + facts.lateness);
  const isLate = (at: Instant, r: number): boolean =>
    at - (sentAt[r] as number) > (gapMost[r] as number);
  const say = (at: Instant, r: number): void => {
    if (scene.noise || scene.runs[r] !== 1) return;
    const since = (sentAt[r] ?? at) as Instant;
    const allowed = Math.floor(gapMost[r] ?? 0);
    const because = `${nameOf(scene, r)} was silent for ${at - since} us as Active, allowed: ${allowed} us`;
    report(at, [r], because, { since, allowed });
  };
  const heard = (at: Instant, _virtual: number, r: number): void => {
    if (scene.roles[r] === 'MASTER') sentAt[r] = at;
  };
  return {
    heard,
    sent(at: Instant, r: number): void {
      if (isLate(at, r)) say(at, r);
      sentAt[r] = at;
    },
    change(at: Instant, change: ElectionChange): void {
      switch (change.kind) {
        case 'role': {
          const { router: r, from, to } = change;
          if (from === 'MASTER' && to !== 'MASTER' && to !== 'DOWN' && isLate(at, r)) say(at, r);
          if (to === 'MASTER') sentAt[r] = at;
          else if (from === 'MASTER') sentAt[r] = Number.NaN;
          return;
        }
        case 'configured':
          gapMost[change.router] = most(facts, change.facts.interval) + facts.lateness;
          sentAt[change.router] = Number.NaN;
          return;
        case 'process':
          sentAt[change.router] = Number.NaN;
          return;
        case 'noise':
          sentAt.fill(Number.NaN);
          return;
        case 'garbage':
          if (facts.profile === 'keepalived') heard(at, change.virtual, change.router);
          return;
        default:
      }
    },
    judge(at: Instant): void {
      for (let r = 0; r < scene.size; r++) {
        if (!isLate(at, r)) continue;
        say(at, r);
        sentAt[r] = at;
      }
    },
  };
}

/** Priority 0, and adverts of a router that is not Active. */
function watchOthers(scene: Scene, report: Report) {
  const { lateness, profile } = scene.facts;
  const say = (at: Instant, r: number, what: string): void =>
    report(at, [r], `${nameOf(scene, r)} ${what}`, { since: at, allowed: lateness });
  /** An advert of a router that is not Active, which may still become Active within g. */
  const early = byRouter(scene);
  /** Adverts with priority 0 since it last became Active. */
  const zeros = byRouter(scene, 0);
  const judge = overdue(scene, early, (r, then) =>
    say(then, r, `sent an advert, but is ${scene.roles[r]}`),
  );
  return {
    judge,
    sent(at: Instant, r: number, priority: number): void {
      const hasLeft = scene.roles[r] !== 'MASTER';
      const isLate = hasLeft && !(at - (scene.leftAt[r] ?? 0) <= lateness);
      if (priority > 0) {
        if (isLate && Number.isNaN(early[r])) early[r] = at;
        return;
      }
      const count = (zeros[r] ?? 0) + 1;
      zeros[r] = count;
      if (isLate) say(at, r, `resigned, but is ${scene.roles[r]}`);
      else if (count > (profile === 'keepalived' ? 2 : 1))
        say(at, r, `resigned ${count} times in one stop`);
    },
    change(at: Instant, change: ElectionChange): void {
      if (change.kind === 'role' && change.to === 'MASTER') {
        early[change.router] = Number.NaN;
        zeros[change.router] = 0;
      }
      judge(at);
    },
  };
}

export const S9: Invariant = {
  id: 'S9',
  title: 'who resigns leaves',
  rule: 'Always: a router that sends priority 0 leaves Active within g.',
  source: 'RFC 9568 6.4.3 (Shutdown)',
  applies: always,
  watch(scene, report) {
    let pending = 0;
    const resigned = byRouter(scene);
    const { lateness } = scene.facts;
    const judge = overdue(scene, resigned, (r, since) => {
      pending--;
      const because = `${nameOf(scene, r)} sent priority 0 and stayed Active`;
      report(since, [r], because, { since, allowed: lateness });
    });
    return {
      sent(at, _virtual, r, priority) {
        if (pending > 0) judge(at);
        if (priority > 0 || scene.roles[r] !== 'MASTER' || !Number.isNaN(resigned[r])) return;
        resigned[r] = at;
        pending++;
      },
      change(at, change) {
        const isLeaving = change.kind === 'role' && change.from === 'MASTER';
        if (isLeaving && at - (resigned[change.router] ?? Number.NaN) <= lateness) {
          resigned[change.router] = Number.NaN;
          pending--;
        }
        judge(at);
      },
      settled: judge,
      ends: judge,
    };
  },
};
