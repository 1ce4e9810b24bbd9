/** L1 and L8: a cluster settles after a disturbance, and after a pause. */
import type { Invariant, Monitor, Report } from '../monitor.ts';
import { askStable, comesToRest, inQuiet } from '../quiet.ts';
import type { Scene } from '../scene.ts';

export const L1: Invariant = {
  id: 'L1',
  title: 'a cluster heals within T_stab',
  rule: `
    The first state after T_stab of quiet is stable as in S4, whatever happened before: a router
    is Active if any can be.
  `,
  source: 'RFC 9568 6.4.2, 6.4.3',
  applies: comesToRest,
  watch: (scene, report) => firstQuiet(scene, report, () => true),
};

export const L8: Invariant = {
  id: 'L8',
  title: 'a paused router finds its place',
  rule: `
    A paused router that resumes agrees with S4 within T_stab of draining its queue, which it does
    at the instant it resumes. Judged where nothing moved after it resumed.
  `,
  source: 'RFC 9568 6.4.2, 6.4.3',
  applies: comesToRest,
  watch: (scene, report) =>
    firstQuiet(scene, report, () => scene.resumedAt.includes(scene.quietFrom)),
};

function firstQuiet(scene: Scene, report: Report, when: () => boolean): Monitor {
  let judged = Number.NEGATIVE_INFINITY;
  return inQuiet(scene, report, () => {
    if (scene.quietFrom === judged || !when()) return undefined;
    judged = scene.quietFrom;
    return askStable(scene);
  });
}
