/** L2-L7: the time to a takeover after each kind of event, if all hear each other and there is no other disturbance. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { least, most } from '../arithmetic.ts';
import { always, byRouter, type Invariant, overdue } from '../monitor.ts';
import { comesToRest } from '../quiet.ts';
import { downOf, intervalOf, isComplete, nameOf, type Scene, skewOf } from '../scene.ts';
import { type Expected, expectTakeover, isDelayed, leastOf, rises } from './takeover.ts';

/** Some Backup takes over once its timer, restarted between `from` and `to`, expires; undefined: its timer does not count. */
function expires(
  scene: Scene,
  m: number,
  [from, to]: readonly [from: number, to: number],
  timer: (r: number) => number | undefined,
  what: string,
): Expected | undefined {
  const wait = leastOf(scene, m, timer);
  if (wait === undefined || !isComplete(scene)) return undefined;
  const { facts } = scene;
  return {
    least: from + facts.delayLeast + least(facts, wait),
    most: to + facts.delayMost + most(facts, wait) + facts.lateness,
    what,
  };
}

/**
 * The down timers of the Backups run from the last advert of the Active, with its interval. `takesPart`: which of them
 * may take over [all].
 */
function crashed(
  scene: Scene,
  at: Instant,
  m: number,
  what: string,
  takesPart: (r: number) => boolean = always,
): Expected | undefined {
  const follow = scene.roles.every((role, r) => role !== 'BACKUP' || scene.restartBy[r] === m);
  if (!follow) return undefined;
  const since = at - most(scene.facts, intervalOf(scene, m)) - scene.facts.lateness;
  const timer = (r: number) => (takesPart(r) ? downOf(scene, r) : undefined);
  return expires(scene, m, [since, at], timer, what);
}

function isGone(change: ElectionChange, how: 'crash' | 'stop', m: number): boolean {
  return change.kind === 'process' && change.what === how && change.router === m;
}

export const L2: Invariant = {
  id: 'L2',
  title: 'takeover after a crash',
  rule: `
    After a silent crash of the Active m at t0, the first takeover comes in [t0 + min_b M_b - AI_m
    + D-, t0 + min_b M_b + D+ + g], each timer in true time and the last advert up to g late. For
    a random t0 the time is uniform on (M_b - AI, M_b), plus the delay.
  `,
  source: 'RFC 9568 6.4.2',
  applies: comesToRest,
  watch: (scene, report) =>
    expectTakeover(scene, report, (at, change) => {
      const m = scene.incumbent;
      if (!isGone(change, 'crash', m)) return undefined;
      return crashed(scene, at, m, `after the crash of ${nameOf(scene, m)}`);
    }),
};

export const L3: Invariant = {
  id: 'L3',
  title: 'takeover after a stop',
  rule: `
    After a graceful stop of the Active whose priority 0 reached all, the takeover comes in [min_b
    S_b + D-, min_b S_b + D+ + g] after it left. Not judged if the priority 0 was lost on any
    path: then L2 gives the gap.
  `,
  source: 'RFC 9568 6.4.2',
  applies: comesToRest,
  watch: (scene, report) =>
    expectTakeover(scene, report, (at, change) => {
      const m = scene.incumbent;
      const left = scene.resignedAt[m] ?? 0;
      if (!isGone(change, 'stop', m) || at - left > scene.facts.lateness) return undefined;
      if (isFarewellLost(scene, m, left)) return undefined;
      const timer = (r: number) => skewOf(scene, r);
      return expires(scene, m, [left, left], timer, `after ${nameOf(scene, m)} stopped`);
    }),
};

/**
 * A running router did not get the last advert, the priority 0, or may have got an earlier one after it: for that router
 * the Active has crashed. In a sync group one such member is enough.
 */
export function isFarewellLost({ all }: Scene, m: number, left: number): boolean {
  return all.some(({ facts, sentAt, roles, lost, size }) => {
    const ahead = left - (sentAt[m] ?? 0);
    if (ahead <= facts.delayMost - facts.delayLeast) return true;
    return roles.some((role, r) => role === 'BACKUP' && (lost[m * size + r] ?? 0) > 0);
  });
}

export const L7: Invariant = {
  id: 'L7',
  title: 'takeover after a fault',
  rule: `
    When the Active enters FAULT by a tracked script without weight, it sends priority 0 within g,
    and the takeover comes as in L3. If its own link went down, it cannot be heard, and the
    takeover comes as in L2.
  `,
  source: 'RFC 9568 6.4.2, keepalived FAULT',
  applies: comesToRest,
  watch: (scene, report) =>
    expectTakeover(scene, report, (at, change) => {
      const m = scene.incumbent;
      if (change.kind === 'link' && !change.up && change.router === m)
        return crashed(scene, at, m, `after the link of ${nameOf(scene, m)} went down`);
      const isFault = scene.facts.check?.weight === 0;
      if (change.kind !== 'check-verdict' || change.up || change.router !== m || !isFault)
        return undefined;
      if (isFarewellLost(scene, m, at)) return undefined;
      const what = `after ${nameOf(scene, m)} entered FAULT`;
      const sent = [at, at + scene.facts.lateness] as const;
      return expires(scene, m, sent, (r) => skewOf(scene, r), what);
    }),
};

export const L6: Invariant = {
  id: 'L6',
  title: 'takeover after a drop of priority',
  rule: `
    When the claimed priority of the Active drops at t_drop below that of a preempting Backup b, b
    ignores its adverts and takes over in [t_drop + M_b - AI_m + D-, t_drop + M_b + D+ + g]. The
    old Active stays until then, so the gap is 0. Not with a preempt_delay, after which a lower
    advert is answered at once.
  `,
  source: 'RFC 9568 6.4.2',
  applies: comesToRest,
  watch: (scene, report) =>
    expectTakeover(scene, report, (at, change) => {
      const m = scene.incumbent;
      if (change.kind !== 'claimed-priority' || change.router !== m || isDelayed(scene))
        return undefined;
      const what = `after the priority of ${nameOf(scene, m)} fell to ${change.priority}`;
      const expected = crashed(scene, at, m, what, (r) => rises(scene, r, m));
      return expected && { ...expected, keeps: m };
    }),
};

export const L4: Invariant = {
  id: 'L4',
  title: 'a better router preempts in time',
  rule: `
    A better, preempting router h that starts (no owner, no tracked script) is Active M_h(AI_h) +
    g after it became Backup, because lower adverts neither restart its timer nor teach it an
    interval. The old Active stays until then, so the gap is 0. A preempt_delay of keepalived adds
    itself, one interval, and M_h(AI*).
  `,
  source: 'RFC 9568 6.4.1, 6.4.2',
  applies: (facts) => comesToRest(facts) && facts.check === undefined,
  watch: (scene, report) =>
    expectTakeover(scene, report, (at, change) => {
      const m = scene.incumbent;
      if (change.kind !== 'process' || change.what !== 'start') return undefined;
      const h = change.router;
      const one = scene.routers[h];
      if (one === undefined || one.priority === 255 || scene.link[h] === 0) return undefined;
      if (!rises(scene, h, m) || !isComplete(scene)) return undefined;
      const { facts } = scene;
      const wait = downOf(scene, h, one.interval);
      const delayed = one.preemptDelay > 0;
      const longest = delayed
        ? one.preemptDelay + scene.longest + downOf(scene, h, scene.longest)
        : wait;
      return {
        least: delayed ? at : at + least(facts, wait),
        most: at + most(facts, longest) + (delayed ? 1 : 0) * facts.delayMost + 2 * facts.lateness,
        who: h,
        keeps: m,
        what: `after ${one.name} started`,
      };
    }),
};

export const L5: Invariant = {
  id: 'L5',
  title: 'an owner starts as Active',
  rule: `
    Always: an owner (255) that starts with its link up is Active within g, whatever else happens.
    Not with a tracked script, whose first result it waits for.
  `,
  source: 'RFC 9568 6.4.1',
  applies: ({ check, routers }) =>
    check === undefined && routers.some(({ priority }) => priority === 255),
  watch(scene, report) {
    const started = byRouter(scene);
    const found = (r: number, since: Instant, at: Instant): void => {
      const because = `${nameOf(scene, r)} owns the addresses, started ${at - since} us ago and is ${scene.roles[r]}`;
      report(at, [r], because);
    };
    const judge = overdue(scene, started, found, 2);
    return {
      change(at, change) {
        if (change.kind === 'process' || change.kind === 'link' || change.kind === 'configured') {
          const r = change.router;
          const isOwner = scene.routers[r]?.priority === 255 && scene.link[r] === 1;
          const starts = change.kind === 'process' && change.what === 'start' && isOwner;
          started[r] = starts ? at : Number.NaN;
        } else if (change.kind === 'role' && change.to === 'MASTER') {
          if (at - (started[change.router] ?? at) <= scene.facts.lateness + 2)
            started[change.router] = Number.NaN;
        }
        judge(at);
      },
      settled: judge,
      ends: judge,
    };
  },
};
