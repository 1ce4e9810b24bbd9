/** S6: how long two routers that hear each other may both be Active. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { answersLosers, most } from '../arithmetic.ts';
import { disturbs } from '../disturbance.ts';
import { always, type Invariant, type Report } from '../monitor.ts';
import { beats, hears, intervalOf, nameOf, type Scene } from '../scene.ts';

/** One window of a better router h and a worse one l that hears h; `second`: which became Active second. */
interface Window {
  readonly h: number;
  readonly l: number;
  readonly from: Instant;
  readonly second: 'h' | 'l' | 'path';
  /** Lost adverts of h to l in a row, and whether one of l to h was lost. */
  lost: number;
  unheard: boolean;
}

export const S6: Invariant = {
  id: 'S6',
  title: 'dual windows are short',
  rule: `
    Always: two routers h and l, with h better and heard by l, are both Active for at most k AI_h
    + D+ + g if h became Active second; if l did, for at most 2 D+ + 2 g where the loser is
    answered and nothing was lost, else (k + 1) AI_h + D+ + g. The same (k + 1) AI_h + D+ + g
    holds after the path from h to l heals. k counts the lost adverts from h to l in that time;
    AI_h is in true time. Not judged once either router is paused, its path, link, priority or
    configuration moves, or there is noise.
  `,
  source: 'RFC 9568 6.4.3',
  applies: always,
  watch(scene, report) {
    const open: Window[] = [];
    // When an advert of a path was last lost: a new Active may lose its first one before its change of role is reported.
    const missedAt = new Array<number>(scene.size * scene.size).fill(Number.NEGATIVE_INFINITY);
    return {
      missed(at, _virtual, router, from) {
        missedAt[from * scene.size + router] = at;
        for (let i = 0; i < open.length; i++) {
          const window = open[i] as Window;
          if (from === window.h && router === window.l) window.lost++;
          else if (from === window.l && router === window.h) window.unheard = true;
        }
      },
      change(at, change) {
        if (change.kind === 'role') {
          if (change.from === 'MASTER') close(scene, open, at, change.router, report);
          if (change.to === 'MASTER') begin(scene, open, at, change.router, missedAt);
        } else if (voids(scene, change)) {
          for (const window of open) judge(scene, window, at, report);
          open.length = 0;
          if (change.kind === 'reach' && change.reaches)
            heal(scene, open, at, change.from, change.to);
        }
      },
      ends(at) {
        for (const window of open) judge(scene, window, at, report);
      },
    };
  },
};

/** Any garbage counts, and no verdict: it is the priority that moves. */
function voids(scene: Scene, change: ElectionChange): boolean {
  return change.kind === 'garbage' || (disturbs(scene, change) && change.kind !== 'check-verdict');
}

function begin(scene: Scene, open: Window[], at: Instant, r: number, missedAt: number[]): void {
  if (scene.noise) return;
  for (let s = 0; s < scene.size; s++) {
    if (s === r || scene.roles[s] !== 'MASTER') continue;
    const [h, l] = beats(scene, r, s) ? [r, s] : [s, r];
    if (!isSound(scene, h, l)) continue;
    const lost = missedAt[h * scene.size + l] === at ? 1 : 0;
    const unheard = missedAt[l * scene.size + h] === at;
    open.push({ h, l, from: at, second: h === r ? 'h' : 'l', lost, unheard });
  }
}

function heal(scene: Scene, open: Window[], at: Instant, h: number, l: number): void {
  if (scene.noise || scene.roles[h] !== 'MASTER' || scene.roles[l] !== 'MASTER') return;
  if (!beats(scene, h, l) || !isSound(scene, h, l)) return;
  open.push({ h, l, from: at, second: 'path', lost: 0, unheard: true });
}

/** Both run, and l can hear h. */
function isSound(scene: Scene, h: number, l: number): boolean {
  return scene.runs[h] === 1 && scene.runs[l] === 1 && hears(scene, h, l);
}

function close(scene: Scene, open: Window[], at: Instant, r: number, report: Report): void {
  for (let i = open.length - 1; i >= 0; i--) {
    const window = open[i] as Window;
    if (window.h !== r && window.l !== r) continue;
    judge(scene, window, at, report);
    open.splice(i, 1);
  }
}

function allowedFor(scene: Scene, { h, l, second, lost, unheard }: Window): number {
  const { facts } = scene;
  const { delayMost, lateness } = facts;
  const interval = most(facts, intervalOf(scene, h));
  if (second === 'h') return lost * interval + delayMost + lateness;
  const isAnswered = answersLosers(facts.profile) && lost === 0 && !unheard;
  if (second === 'l' && isAnswered && hears(scene, l, h)) return 2 * delayMost + 2 * lateness;
  return (lost + 1) * interval + delayMost + lateness;
}

function judge(scene: Scene, window: Window, at: Instant, report: Report): void {
  const length = at - window.from;
  const allowed = allowedFor(scene, window);
  if (length <= allowed) return;
  const { h, l, lost } = window;
  const because = `${nameOf(scene, h)} and ${nameOf(scene, l)} were both Active for ${length} us, ${lost} adverts lost; allowed: ${Math.floor(allowed)} us`;
  report(at, [h, l], because, { since: window.from, allowed });
}
