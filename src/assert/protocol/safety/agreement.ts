/** S4, S5, P1, P2, P4, L1, L8: what must be true once the surroundings have been quiet for T_stab. */

import type { ElectionFacts } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { equalIntervals, isFine } from '../arithmetic.ts';
import type { Invariant, Monitor, Report } from '../monitor.ts';
import {
  actives,
  addressOf,
  can,
  hears,
  isComplete,
  nameOf,
  type Scene,
  standings,
} from '../scene.ts';
import { unstable } from '../stable.ts';

/**
 * Whether a cluster comes to rest at all. Timers and network must be precise enough. And where a losing advert is
 * discarded in silence, different intervals of version 3 can keep two Backups swapping roles (duelling Backups).
 */
export function comesToRest(facts: ElectionFacts): boolean {
  if (!isFine(facts)) return false;
  const silent = facts.profile === 'rfc5798' || facts.profile === 'frr';
  return !silent || equalIntervals(facts.routers);
}

/** A monitor that asks one question in quiet surroundings. */
export function inQuiet(
  scene: Scene,
  report: Report,
  ask: () => { readonly routers: readonly number[]; readonly because: string } | undefined,
): Monitor {
  return {
    settled(at) {
      const wrong = ask();
      if (wrong === undefined) return;
      report({ at, ...wrong, since: scene.quietFrom as Instant, allowed: scene.stab });
    },
  };
}

function askStable(scene: Scene) {
  const cutOff = actives(scene).find((r) => scene.link[r] === 0);
  if (cutOff !== undefined) {
    const because = `${nameOf(scene, cutOff)} is Active, but its link is down`;
    return { routers: [cutOff], because };
  }
  const wrong = unstable(standings(scene), (from, to) => hears(scene, from, to));
  if (wrong === undefined) return undefined;
  const because = `${wrong.because}; Active: ${list(scene, actives(scene))}`;
  return { routers: [wrong.router], because };
}

function list(scene: Scene, routers: readonly number[]): string {
  return routers.map((r) => nameOf(scene, r)).join(' and ') || 'nobody';
}

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
    if (!isWhole(scene, component)) continue;
    const found = component.filter((one) => scene.roles[one] === 'MASTER');
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

function isWhole(scene: Scene, component: readonly number[]): boolean {
  return component.every((a) => component.every((b) => a === b || hears(scene, a, b)));
}

/** Those who can run, if they all hear each other and there are several. */
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
      const one = scene.routers[h];
      const preempts = one?.preempt === true || one?.priority === 255;
      const found = actives(scene);
      if (!preempts || (found.length === 1 && found[0] === h)) return undefined;
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
      change(at: Instant, change) {
        if (change.kind !== 'role' || change.cause !== 'higher-address') return;
        const r = change.router;
        const by = scene.betterBy[r] ?? -1;
        if (by < 0 || scene.betterAt[r] !== at) return;
        if (scene.priority[by] !== scene.priority[r] || at === scene.resumedAt[r]) return;
        if (addressOf(scene, by) > addressOf(scene, r)) return;
        const because = `${nameOf(scene, r)} gave way to ${nameOf(scene, by)} of the same priority and the lower address`;
        report({ at, routers: [r, by], because });
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
      const all = scene.routers.filter((one, i) => one.priority === 255 && can(scene, i));
      if (all.length !== 1) return undefined;
      return { routers: [r], because: `${nameOf(scene, r)} owns the addresses and is not Active` };
    }),
};

function isIdleOwner(scene: Scene, r: number): boolean {
  return scene.routers[r]?.priority === 255 && can(scene, r) && scene.roles[r] !== 'MASTER';
}
