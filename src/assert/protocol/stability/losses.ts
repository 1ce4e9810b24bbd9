/** T2: with random loss, Backups take over wrongly at most as often as chance explains. */

import type { Invariant } from '../monitor.ts';
import { comesToRest } from '../quiet.ts';
import { isActive, nameOf, type Scene } from '../scene.ts';

/** Deliveries on a path before its loss can be judged. */
const SAMPLE = 2_000;
/** Chance explains the expected number, this many standard deviations, and a few more. */
const SIGMAS = 6;
const FEW = 3;

/** Counts of one path while its sender is Active and its receiver Backup. */
interface Path {
  deliveries: number;
  lost: number;
  /** Losses right after a loss: more than chance means bursts, for which the formula does not hold. */
  lostAgain: number;
  streak: number;
  takeovers: number;
}

export const T2: Invariant = {
  id: 'T2',
  title: 'false takeovers by chance only',
  rule: `
    With independent loss q on a path a -> b, false takeovers of b come at the rate (1 - q) q^3 /
    AI, so at most (1 - q) q^3 n + 6 sigma + 3 in n deliveries; where S_b < J + g two losses are
    enough, which gives q^2. q is measured from the trace. Judged at the end, for paths with at
    least 2000 deliveries and independent losses: P(lost | lost before) <= 1.5 q + 0.02. It tests
    the randomness of the simulator as much as the timers.
  `,
  source: 'probability of three losses in a row',
  applies: comesToRest,
  watch(scene, report) {
    const paths = new Map<number, Path>();
    const pathOf = (from: number, to: number): Path => {
      const key = from * scene.size + to;
      const known = paths.get(key);
      if (known !== undefined) return known;
      const fresh = { deliveries: 0, lost: 0, lostAgain: 0, streak: 0, takeovers: 0 };
      paths.set(key, fresh);
      return fresh;
    };
    return {
      missed(_at, _virtual, to, from, priority) {
        if (priority === 0 || !isListening(scene, from, to)) return;
        const path = pathOf(from, to);
        path.deliveries++;
        path.lost++;
        if (path.streak > 0) path.lostAgain++;
        path.streak++;
      },
      heard(_at, _virtual, to, from) {
        const path = paths.get(from * scene.size + to);
        if (path === undefined) return;
        path.deliveries++;
        path.streak = 0;
      },
      on: {
        role(_at, { router, to, cause }) {
          const by = scene.restartBy[router] ?? -1;
          if (to !== 'MASTER' || cause !== 'no-response' || by < 0) return;
          if (!isActive(scene, by) || scene.runs[by] !== 1) return;
          const path = paths.get(by * scene.size + router);
          if (path !== undefined && path.streak > 0) path.takeovers++;
        },
      },
      ends(at) {
        for (const [key, path] of paths) {
          const allowed = allowedIn(path);
          if (path.takeovers <= allowed) continue;
          const [from, to] = [Math.floor(key / scene.size), key % scene.size];
          const because = `${nameOf(scene, to)} took over from ${nameOf(scene, from)} ${path.takeovers} times in ${path.deliveries} deliveries, ${path.lost} lost; allowed: ${Math.floor(allowed)}`;
          report(at, [from, to], because);
        }
      },
    };
  },
};

function isListening(scene: Scene, from: number, to: number): boolean {
  if (scene.roles[from] !== 'MASTER' || scene.roles[to] !== 'BACKUP') return false;
  return scene.runs[to] === 1 && scene.link[to] === 1 && scene.reach[from * scene.size + to] === 1;
}

function allowedIn({ deliveries, lost, lostAgain }: Path): number {
  if (deliveries < SAMPLE || lost === 0) return Number.POSITIVE_INFINITY;
  const q = lost / deliveries;
  if (lostAgain / lost > 1.5 * q + 0.02) return Number.POSITIVE_INFINITY;
  // Two in a row may be enough where the skew is shorter than the jitter: the larger rate is used everywhere.
  const expected = (1 - q) * q * q * deliveries;
  return expected + SIGMAS * Math.sqrt(expected) + FEW;
}
