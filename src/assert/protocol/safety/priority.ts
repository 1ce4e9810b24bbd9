/** P1, P2, P4: which router must be Active, by priority, address and ownership. */
import type { Invariant } from '../monitor.ts';
import { comesToRest, inQuiet, list } from '../quiet.ts';
import { actives, addressOf, can, isComplete, nameOf, preempts, type Scene } from '../scene.ts';

/** The routers that can run, if all of them hear each other. */
function complete(scene: Scene): number[] | undefined {
  if (!isComplete(scene)) return undefined;
  const able = scene.routers.map((_, r) => r).filter((r) => can(scene, r));
  return able.length > 0 ? able : undefined;
}

function topOf(scene: Scene, able: readonly number[]): number[] {
  const best = Math.max(...able.map((r) => scene.priority[r] ?? 0));
  return able.filter((r) => scene.priority[r] === best);
}

export const P1: Invariant = {
  id: 'P1',
  title: 'the highest priority wins',
  rule: `
    In quiet, where all routers hear each other: if one router alone has the highest priority and
    preempts (an owner always does), it is the Active after T_stab.
  `,
  source: 'RFC 9568 6.1 (Preempt_Mode), 6.4.2',
  applies: comesToRest,
  watch: (scene, report) =>
    inQuiet(scene, report, () => {
      const able = complete(scene);
      if (able === undefined) return undefined;
      const [h, rival] = topOf(scene, able);
      if (h === undefined || rival !== undefined) return undefined;
      const found = actives(scene);
      if (!preempts(scene, h) || (found.length === 1 && found[0] === h)) return undefined;
      const because = `${nameOf(scene, h)} has the highest priority, but Active: ${list(scene, found)}`;
      return { routers: [h, ...found], because };
    }),
};

export const P2: Invariant = {
  id: 'P2',
  title: 'among equals the address decides',
  rule: `
    In quiet, where all routers hear each other and all preempt: the Active is one of those with
    the highest priority. A router that gave way to an equal priority has the lower address: two
    routers that are Active at once are ordered by address, as unsigned numbers.
  `,
  source: 'RFC 9568 6.4.2 (a Backup compares priorities only), 6.4.3',
  applies: comesToRest,
  watch(scene, report) {
    const quiet = inQuiet(scene, report, () => {
      const able = complete(scene);
      if (able === undefined || !able.every((r) => scene.routers[r]?.preempt)) return undefined;
      const top = topOf(scene, able);
      const wrong = actives(scene).filter((r) => !top.includes(r));
      if (wrong.length === 0 || top.length < 2) return undefined;
      const because = `${list(scene, wrong)} is Active beside ${list(scene, top)} with the higher priority`;
      return { routers: wrong, because };
    });
    return {
      ...quiet,
      on: {
        role(at, { router: r, cause }) {
          const by = scene.betterBy[r] ?? -1;
          if (cause !== 'higher-address' || by < 0 || scene.betterAt[r] !== at) return;
          if (scene.priority[by] !== scene.priority[r] || at === scene.resumedAt[r]) return;
          if (addressOf(scene, by) > addressOf(scene, r)) return;
          const because = `${nameOf(scene, r)} gave way to ${nameOf(scene, by)} of the same priority and the lower address`;
          report(at, [r, by], because);
        },
      },
    };
  },
};

export const P4: Invariant = {
  id: 'P4',
  title: 'an owner always preempts',
  rule: `
    In quiet: nopreempt does not hold an owner (255) back. If exactly one owner can run, it is
    Active, whoever hears it. S10 judges two owners.
  `,
  source: 'RFC 9568 6.1 (Preempt_Mode), 6.4.1',
  applies: comesToRest,
  watch: (scene, report) =>
    inQuiet(scene, report, () => {
      const r = scene.routers.findIndex((_, i) => isIdleOwner(scene, i));
      if (r < 0) return undefined;
      const all = scene.routers.filter((router, i) => router.priority === 255 && can(scene, i));
      if (all.length !== 1) return undefined;
      return { routers: [r], because: `${nameOf(scene, r)} owns the addresses and is not Active` };
    }),
};

function isIdleOwner(scene: Scene, r: number): boolean {
  return scene.routers[r]?.priority === 255 && can(scene, r) && scene.roles[r] !== 'MASTER';
}
