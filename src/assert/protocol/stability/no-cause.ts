/** T1: no role changes without a cause, and no Backup takes over after fewer losses than it must tolerate. */
import { isFine, jitter, least, toleratedLosses } from '../arithmetic.ts';
import type { Invariant } from '../monitor.ts';
import { comesToRest, suspicion } from '../quiet.ts';
import { downOf, intervalOf, nameOf, type Scene } from '../scene.ts';

export const T1: Invariant = {
  id: 'T1',
  title: 'no change without cause',
  rule: `
    In quiet from T_stab on, no role changes. With losses, a Backup b that hears the Active takes
    over only after k lost adverts in a row with (k + 1) AI + J + g + 2 rho (k + 1) AI >= M_b. A
    role that ends with its process or interface has a cause at the same instant. Needs J + g <
    AI. Under RFC 5798 and FRR the first part needs equal intervals (duelling Backups).
  `,
  source: 'RFC 9568 6.4.2, 6.4.3',
  applies: (facts) => isFine(facts),
  watch(scene, report) {
    const rests = comesToRest(scene.facts);
    const { forget, note, judge } = suspicion(scene, report);
    return {
      change: forget,
      on: {
        role(at, { router, from, to, cause }) {
          if (scene.settled && rests && to !== 'DOWN' && to !== 'INIT') {
            const because = `${nameOf(scene, router)} went from ${from} to ${to} in quiet surroundings`;
            note(at, router, because);
          } else if (from === 'BACKUP' && to === 'MASTER' && cause === 'no-response') {
            const because = tooFewLosses(scene, router);
            if (because !== undefined) report(at, [router], because);
          }
        },
      },
      settled: judge,
      ends: judge,
    };
  },
};

/** Why a takeover from an Active that it hears came after too few losses; undefined: it did not. */
function tooFewLosses(scene: Scene, b: number): string | undefined {
  const a = scene.restartBy[b] ?? -1;
  const { facts, size } = scene;
  if (a < 0 || scene.roles[a] !== 'MASTER' || facts.virtuals > 1) return undefined;
  // Only losses since the restart, no other disturbance.
  const from = (scene.restart[b] ?? 0) - intervalOf(scene, a) - facts.delayMost - facts.lateness;
  const moved = scene.noise || scene.noiseAt >= from || scene.movedAt >= from;
  if ((scene.since[a] ?? 0) > from || moved) return undefined;
  const isLower = (scene.priority[a] ?? 0) < (scene.priority[b] ?? 0);
  if (isLower || scene.learnt[b] !== intervalOf(scene, a)) return undefined;
  const lost = scene.lost[a * size + b] ?? 0;
  const allowed = toleratedLosses(facts, intervalOf(scene, a), least(facts, downOf(scene, b)));
  if (lost > allowed || scene.zeroAt[b] === scene.restart[b]) return undefined;
  return `${nameOf(scene, b)} took over from ${nameOf(scene, a)} after ${lost} lost adverts in a row (J ${jitter(facts)} us), which it must bear`;
}
