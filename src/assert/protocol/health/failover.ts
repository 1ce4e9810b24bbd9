/** H7, H9, H11: the effect of a failing script on the cluster, from its cause to the last change of a role. */
import type { ElectionChange } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { equalIntervals, jitter, least, most, spaced } from '../arithmetic.ts';
import { disturbs, isVerdict } from '../disturbance.ts';
import { isDelayed, leastOf, rises } from '../liveness/takeover.ts';
import type { Invariant } from '../monitor.ts';
import { comesToRest } from '../quiet.ts';
import { downOf, intervalOf, isComplete, isSwap, nameOf, type Scene, skewOf } from '../scene.ts';
import { hasCheck } from './checks.ts';
import { rivals } from './weights.ts';

export const H7: Invariant = {
  id: 'H7',
  title: 'failover from cause to takeover',
  rule: `
    In quiet: when what the script of the Active watches breaks, another router is Active after F
    I + O + (L3 for weight 0; L6 where the weight takes it below a preempting Backup) + g. Not
    judged if the cause heals, a run times out, or anything but its own verdict and priority
    moves, and not with a preempt_delay.
  `,
  source: 'H1, L3, L6',
  applies: (facts) => {
    const { check } = facts;
    return comesToRest(facts) && check !== undefined && check.timeout <= check.interval;
  },
  watch(scene, report) {
    let open: { readonly at: Instant; readonly m: number; readonly most: number } | undefined;
    const judge = (at: Instant): void => {
      if (open === undefined || at <= open.most) return;
      const { m, at: from } = open;
      open = undefined;
      const because = `nobody took over from ${nameOf(scene, m)} in ${at - from} us since what its script watches broke`;
      report(at, [m], because);
    };
    return {
      change(at, change) {
        const isLoss = scene.quietFrom !== scene.movedAt;
        if (open !== undefined && isForeign(scene, change, open.m)) open = undefined;
        if (open !== undefined && isLoss && scene.quietFrom > open.at) open = undefined;
        judge(at);
        if (change.kind === 'check-cause' && scene.settled && change.router === scene.incumbent)
          open = change.broken ? expected(scene, at, change.router) : undefined;
        else if (change.kind === 'role' && change.to === 'MASTER' && change.router !== open?.m)
          open = undefined;
      },
      settled: judge,
      ends: judge,
    };
  },
};

function isForeign(scene: Scene, change: ElectionChange, m: number): boolean {
  if (isVerdict(change)) return change.router !== m;
  if (change.kind === 'check-timed-out' || change.kind === 'check-cause')
    return change.router === m;
  return disturbs(scene, change);
}

function expected(scene: Scene, at: Instant, m: number) {
  const { facts } = scene;
  const { check } = facts;
  if (check === undefined || scene.verdict[m] !== 1 || !isComplete(scene)) return undefined;
  if (isDelayed(scene)) return undefined;
  const loss = check.weight > 0 ? check.weight : -check.weight;
  const left = Math.max(1, (scene.priority[m] ?? 0) - loss);
  const isOwner = scene.routers[m]?.priority === 255;
  const beaten = check.weight === 0 ? undefined : rivals(scene, m, left);
  if (beaten?.length === 0 || (isOwner && check.weight !== 0)) return undefined;
  const wait = leastOf(scene, m, (r) => {
    if (beaten === undefined) return skewOf(scene, r);
    return beaten.includes(r) ? downOf(scene, r) : undefined;
  });
  if (wait === undefined) return undefined;
  const seen = check.fall * check.interval + check.timeout;
  return { at, m, most: at + most(facts, seen + wait) + facts.delayMost + 4 * facts.lateness };
}

export const H9: Invariant = {
  id: 'H9',
  title: 'each flip costs two changes at most',
  rule: `
    Between two other disturbances, f changes of verdict make at most 2 f changes between Backup
    and Active. Needs that a takeover has one winner: intervals equal and priorities spaced as in
    T3, before and after.
  `,
  source: 'RFC 9568 6.4.2; T3',
  applies: (facts) => comesToRest(facts) && hasCheck(facts) && equalIntervals(facts.routers),
  watch(scene, report) {
    let flips = 0;
    let changes = 0;
    let counts = false;
    // Only verdicts and their consequences since the scene was settled.
    const isStill = (at: Instant, change: ElectionChange): boolean => {
      const begins = change.kind === 'check-verdict' && flips === 0 && scene.unsettledAt === at;
      const isOther = disturbs(scene, change) && !isVerdict(change);
      const isLoss = scene.quietFrom !== scene.movedAt;
      return (counts || begins) && !isOther && !isLoss && areSpaced(scene);
    };
    return {
      change(at, change) {
        counts = isStill(at, change);
        if (change.kind === 'check-verdict') flips++;
        if (!counts || change.kind !== 'role' || !isSwap(change)) return;
        changes++;
        if (changes <= 2 * flips) return;
        counts = false;
        const because = `${changes} changes between Backup and Active after ${flips} flips of scripts`;
        report(at, [change.router], because);
      },
      settled() {
        flips = 0;
        changes = 0;
        counts = false;
      },
    };
  },
};

function areSpaced(scene: Scene): boolean {
  const { facts, routers, priority } = scene;
  return isComplete(scene) && spaced(facts, routers, priority, scene.longest);
}

export const H11: Invariant = {
  id: 'H11',
  title: 'a short dip of priority changes nothing',
  rule: `
    In otherwise quiet surroundings: if the claimed priority of the Active falls below that of a
    Backup and is above again within T < M_b - 2 AI_m - J - g, no role changes. The Backup's timer
    runs since an advert before the fall, and the next advert after the return restarts it in
    time.
  `,
  source: 'RFC 9568 6.4.2',
  applies: comesToRest,
  watch(scene, report) {
    let dip: Dip | undefined;
    const claimed = (at: Instant, router: number): Dip | undefined => {
      if (dip === undefined)
        return scene.unsettledAt === at && scene.crowdedAt !== at && router === scene.incumbent
          ? dipOf(scene, at, router)
          : undefined;
      const returns = router === dip.m && !dip.isBack && at - dip.from < dip.most;
      return returns && !isRivalled(scene, dip.m) ? { ...dip, at, isBack: true } : undefined;
    };
    return {
      change(at, change) {
        if (scene.crowdedAt === dip?.from || scene.crowdedAt === dip?.at) dip = undefined;
        if (change.kind === 'claimed-priority') dip = claimed(at, change.router);
        else if (dip !== undefined && isOther(scene, change, dip)) dip = undefined;
        if (change.kind !== 'role' || dip === undefined) return;
        const { isBack, m, most: allowed } = dip;
        dip = undefined;
        // L6 judges changes of role while the priority is low.
        if (!isBack) return;
        const because = `${nameOf(scene, change.router)} went from ${change.from} to ${change.to}, though the priority of ${nameOf(scene, m)} was low for less than ${Math.floor(allowed)} us`;
        report(at, [change.router], because);
      },
      settled() {
        dip = undefined;
      },
    };
  },
};

/** Something else than the verdict of the router itself moves. */
function isOther(scene: Scene, change: ElectionChange, { at, m }: Dip): boolean {
  if (change.kind === 'check-verdict') return change.router !== m;
  return scene.quietFrom > at;
}

interface Dip {
  readonly from: number;
  /** When the priority last moved. */
  readonly at: number;
  readonly m: number;
  readonly most: number;
  readonly isBack: boolean;
}

function isRivalled(scene: Scene, m: number): boolean {
  return scene.roles.some((role, r) => r !== m && role === 'BACKUP' && rises(scene, r, m));
}

function dipOf(scene: Scene, at: number, m: number): Dip | undefined {
  const { facts } = scene;
  const wait = leastOf(scene, m, (r) => (rises(scene, r, m) ? downOf(scene, r) : undefined));
  if (wait === undefined || !isComplete(scene) || isDelayed(scene)) return undefined;
  const slack = 2 * most(facts, intervalOf(scene, m)) + jitter(facts) + 2 * facts.lateness;
  return { from: at, at, m, most: least(facts, wait) - slack, isBack: false };
}
