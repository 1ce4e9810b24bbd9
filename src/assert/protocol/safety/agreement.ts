/** S4 and S5: which sets of routers may be Active once the surroundings have been quiet for T_stab. */
import type { Invariant } from '../monitor.ts';
import { askStable, comesToRest, inQuiet, list } from '../quiet.ts';
import { can, hears, type Scene } from '../scene.ts';

export const S4: Invariant = {
  id: 'S4',
  title: 'the Active set is stable',
  rule: `
    In quiet from T_stab on: the set of Active routers is stable. No Active hears a better Active,
    and each router that is not Active hears one that holds it back. Judged at the first event
    after T_stab and after each later change of a role. Where not all routers hear each other,
    T_stab is the form with the depth.
  `,
  source: 'RFC 9568 6.4.2, 6.4.3',
  applies: comesToRest,
  watch: (scene, report) => inQuiet(scene, report, () => askStable(scene)),
};

export const S5: Invariant = {
  id: 'S5',
  title: 'one Active where all hear each other',
  rule: `
    In quiet from T_stab on: exactly one router is Active in each group of routers that all hear
    each other, if one of them can run and no router outside the group reaches into it.
  `,
  source: 'RFC 9568 6.4.2, 6.4.3',
  applies: comesToRest,
  watch: (scene, report) => inQuiet(scene, report, () => askSingle(scene)),
};

function askSingle(scene: Scene) {
  const seen = new Array<number>(scene.size).fill(0);
  for (let r = 0; r < scene.size; r++) {
    if (seen[r] === 1 || !can(scene, r)) continue;
    const component = componentOf(scene, r, seen);
    if (!component.every((a) => component.every((b) => a === b || hears(scene, a, b)))) continue;
    const found = component.filter((member) => scene.roles[member] === 'MASTER');
    if (found.length === 1) continue;
    const because = `of ${list(scene, component)}, who all hear each other, ${list(scene, found)} ${found.length === 0 ? 'is' : 'are'} Active`;
    return { routers: component, because };
  }
  return undefined;
}

function componentOf(scene: Scene, first: number, seen: number[]): number[] {
  const component = [first];
  seen[first] = 1;
  for (const a of component) {
    for (let b = 0; b < scene.size; b++) {
      if (seen[b] === 1 || !can(scene, b)) continue;
      if (!hears(scene, a, b) && !hears(scene, b, a)) continue;
      seen[b] = 1;
      component.push(b);
    }
  }
  return component;
}
