/** S3 and S9: who may send adverts, how often, and what a priority 0 means. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { most } from '../arithmetic.ts';
import { always, type Invariant, type Report } from '../monitor.ts';
import { intervalOf, nameOf, type Scene } from '../scene.ts';
import { watchEnding } from './ending.ts';

/** By router; NaN: none. */
interface Sending {
  readonly scene: Scene;
  readonly report: Report;
  /** The last advert of an Active, or when its timer was last restarted. */
  readonly sentAt: number[];
  readonly gapMost: number[];
  /** An advert of a router that is not Active, which may still become Active within g. */
  readonly early: number[];
  /** Adverts with priority 0 since it last became Active. */
  readonly zeros: number[];
}

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
    const state = sendingOf(scene, report);
    const { sentAt, gapMost } = state;
    const ending = watchEnding(scene, report);
    const restarts = scene.facts.profile === 'keepalived';
    return {
      sent(at, _virtual, r, priority) {
        ending.sent(r, priority);
        if (priority === 0 || scene.roles[r] !== 'MASTER') seldomSent(state, at, r, priority);
        else {
          if (at - (sentAt[r] as number) > (gapMost[r] as number)) sayGap(state, at, r);
          sentAt[r] = at;
        }
      },
      ...(restarts
        ? {
            heard(at: Instant, _virtual: number, r: number): void {
              if (scene.roles[r] === 'MASTER') sentAt[r] = at;
            },
          }
        : {}),
      jumped(_from, _virtual, to) {
        const active = scene.roles.indexOf('MASTER');
        if (active >= 0) sentAt[active] = to;
      },
      change(at, change) {
        ending.change(at, change);
        followSending(state, at, change);
      },
      settled(at) {
        ending.judge(at);
        judgeAll(state, at);
      },
      ends(at) {
        ending.judge(at);
        judgeAll(state, at);
      },
    };
  },
};

function sendingOf(scene: Scene, report: Report): Sending {
  const { size, facts } = scene;
  const gapMost = new Array<number>(size).fill(0);
  for (let r = 0; r < size; r++) gapMost[r] = most(facts, intervalOf(scene, r)) + facts.lateness;
  return {
    scene,
    report,
    sentAt: new Array<number>(size).fill(Number.NaN),
    gapMost,
    early: new Array<number>(size).fill(Number.NaN),
    zeros: new Array<number>(size).fill(0),
  };
}

function say(
  { scene, report }: Sending,
  at: Instant,
  r: number,
  because: string,
  since = at,
  allowed: number = scene.facts.lateness,
): void {
  report({ at, routers: [r], because, since, allowed });
}

function sayGap(state: Sending, at: Instant, r: number): void {
  const { scene, sentAt, gapMost } = state;
  if (scene.noise || scene.runs[r] !== 1) return;
  const length = at - (sentAt[r] ?? at);
  const allowed = Math.floor(gapMost[r] ?? 0);
  const because = `${nameOf(scene, r)} was silent for ${length} us as Active, allowed: ${allowed} us`;
  say(state, at, r, because, sentAt[r] as Instant, allowed);
}

/** Priority 0, or an advert of a router that is not Active. */
function seldomSent(state: Sending, at: Instant, r: number, priority: number): void {
  const { scene, zeros, early } = state;
  const { lateness, profile } = scene.facts;
  const hasLeft = scene.roles[r] !== 'MASTER';
  const isLate = hasLeft && !(at - (scene.leftAt[r] ?? 0) <= lateness);
  if (priority > 0) {
    if (isLate && Number.isNaN(early[r])) early[r] = at;
    return;
  }
  const count = (zeros[r] ?? 0) + 1;
  zeros[r] = count;
  if (isLate) say(state, at, r, `${nameOf(scene, r)} resigned, but is ${scene.roles[r]}`);
  else if (count > (profile === 'keepalived' ? 2 : 1))
    say(state, at, r, `${nameOf(scene, r)} resigned ${count} times in one stop`);
}

function followSending(state: Sending, at: Instant, change: ElectionChange): void {
  const { scene, sentAt, gapMost, early, zeros } = state;
  if (change.kind === 'role') {
    const { router: r, from, to } = change;
    if (to === 'MASTER') {
      early[r] = Number.NaN;
      zeros[r] = 0;
      sentAt[r] = at;
    } else if (from === 'MASTER') {
      if (to !== 'DOWN' && at - (sentAt[r] ?? at) > (gapMost[r] ?? 0)) sayGap(state, at, r);
      sentAt[r] = Number.NaN;
    }
  } else if (change.kind === 'process') {
    sentAt[change.router] = Number.NaN;
  } else if (change.kind === 'configured') {
    const r = change.router;
    sentAt[r] = Number.NaN;
    gapMost[r] = most(scene.facts, change.facts.interval) + scene.facts.lateness;
  } else if (change.kind === 'noise') {
    sentAt.fill(Number.NaN);
  } else if (change.kind === 'garbage' && scene.facts.profile === 'keepalived') {
    if (scene.roles[change.router] === 'MASTER') sentAt[change.router] = at;
  }
  judgeEarly(state, at);
}

function judgeEarly(state: Sending, at: Instant): void {
  const { scene, early } = state;
  for (let r = 0; r < scene.size; r++) {
    const then = early[r] as Instant;
    if (!(at - then > scene.facts.lateness)) continue;
    early[r] = Number.NaN;
    say(state, then, r, `${nameOf(scene, r)} sent an advert, but is ${scene.roles[r]}`);
  }
}

function judgeAll(state: Sending, at: Instant): void {
  const { scene, sentAt, gapMost } = state;
  judgeEarly(state, at);
  for (let r = 0; r < scene.size; r++) {
    if (!(at - (sentAt[r] ?? Number.NaN) > (gapMost[r] ?? 0))) continue;
    sayGap(state, at, r);
    sentAt[r] = at;
  }
}

export const S9: Invariant = {
  id: 'S9',
  title: 'who resigns leaves',
  rule: 'Always: a router that sends priority 0 leaves Active within g.',
  source: 'RFC 9568 6.4.3 (Shutdown)',
  applies: always,
  watch(scene, report) {
    let pending = 0;
    const resigned = new Array<number>(scene.size).fill(Number.NaN);
    const judge = (at: Instant): void => {
      if (pending === 0) return;
      for (let r = 0; r < scene.size; r++) {
        const then = resigned[r] as Instant;
        if (!(at - then > scene.facts.lateness)) continue;
        resigned[r] = Number.NaN;
        pending--;
        const because = `${nameOf(scene, r)} sent priority 0 and stayed Active`;
        const { lateness } = scene.facts;
        report({ at: then, routers: [r], because, since: then, allowed: lateness });
      }
    };
    return {
      sent(at, _virtual, r, priority) {
        judge(at);
        if (priority > 0 || scene.roles[r] !== 'MASTER' || !Number.isNaN(resigned[r])) return;
        resigned[r] = at;
        pending++;
      },
      change(at, change) {
        if (
          change.kind === 'role' &&
          change.from === 'MASTER' &&
          !Number.isNaN(resigned[change.router])
        ) {
          if (at - (resigned[change.router] ?? at) <= scene.facts.lateness) {
            resigned[change.router] = Number.NaN;
            pending--;
          }
        }
        judge(at);
      },
      settled: judge,
      ends: judge,
    };
  },
};
