/** T3, T4, T5: how many routers become Active, and how often roles change, between two disturbances. */
import type { ElectionChange, Role } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { equalIntervals, isVersion2, spaced } from '../arithmetic.ts';
import { disturbs } from '../disturbance.ts';
import { isFarewellLost } from '../liveness/liveness.ts';
import type { Invariant } from '../monitor.ts';
import { comesToRest } from '../quiet.ts';
import { intervalOf, isComplete, isSwap, nameOf, type Scene } from '../scene.ts';

export const T3: Invariant = {
  id: 'T3',
  title: 'one winner where priorities are spaced',
  rule: `
    After the only Active of a quiet cluster crashed, stopped or lost its link, no second router
    becomes Active before something else happens. Needs S_2 - S_1 > J + D+ + g + 2 rho M for every
    pair, so that the advert of the first comes in time (FRR: by whole centiseconds), and that all
    Backups have learnt its interval.
  `,
  source: 'RFC 9568 6.1 (Skew_Time), 6.4.2',
  applies: comesToRest,
  watch(scene, report) {
    let from = Number.NaN;
    let winner = -1;
    const begins = (at: Instant, change: ElectionChange): boolean => {
      if (!endsActive(scene, at, change) || !isComplete(scene)) return false;
      const m = scene.incumbent;
      const interval = intervalOf(scene, m);
      const isStop = change.kind === 'process' && change.what === 'stop';
      if (isStop && isFarewellLost(scene, m, at)) return false;
      const { facts, routers, priority } = scene;
      return spaced(facts, routers, priority, interval) && haveLearnt(scene, at, interval);
    };
    return {
      change(at, change) {
        if (disturbs(scene, change)) {
          from = begins(at, change) ? at : Number.NaN;
          winner = -1;
        }
        if (Number.isNaN(from) || change.kind !== 'role' || change.to !== 'MASTER') return;
        if (scene.quietFrom !== from) from = Number.NaN;
        else if (winner < 0) winner = change.router;
        else if (winner !== change.router) {
          const because = `${nameOf(scene, change.router)} became Active after ${nameOf(scene, winner)}, though their skews are further apart than J + D+ + g`;
          report(at, [winner, change.router], because);
        }
      },
    };
  },
};

/** The only Active of a settled cluster ends, without another event at this instant. */
function endsActive(scene: Scene, at: Instant, change: ElectionChange): boolean {
  if (scene.unsettledAt !== at || scene.quietFrom !== at || scene.crowdedAt === at) return false;
  const goes =
    (change.kind === 'process' && (change.what === 'crash' || change.what === 'stop')) ||
    (change.kind === 'link' && !change.up);
  return goes && change.router === scene.incumbent;
}

/** All Backups have heard the Active, and none became Backup at this instant. */
function haveLearnt(scene: Scene, at: Instant, interval: number): boolean {
  return scene.roles.every(
    (role, r) => role !== 'BACKUP' || (scene.learnt[r] === interval && (scene.since[r] ?? at) < at),
  );
}

function isOrderly({ facts, routers, priority, longest }: Scene): boolean {
  if (!equalIntervals(routers)) return false;
  return !isVersion2(facts.profile) || spaced(facts, routers, priority, longest);
}

/** Each role as a digit: the vector of roles as a number; exact for up to 22 routers, then a hash. */
function vectorOf(roles: readonly Role[]): number {
  let vector = 0;
  for (const role of roles) vector = (vector * 5 + ROLES.indexOf(role)) % 2 ** 52;
  return vector;
}

const ROLES: readonly Role[] = ['DOWN', 'INIT', 'BACKUP', 'MASTER', 'FAULT'];
/** How often the roles of all may come back to the same values. */
const REVISITS = 3;

export const T4: Invariant = {
  id: 'T4',
  title: 'no oscillation',
  rule: `
    Between two disturbances the vector of roles does not come back to the same value three times,
    each for longer than 2 D+ + g. Where intervals differ, it may come back as often as there are
    members: each may once use its own interval. A lost advert is a disturbance, and so is noise
    while it lasts. Under RFC 5798 and FRR it needs equal intervals (duelling Backups).
  `,
  source: 'RFC 9568 6.4.2, 6.4.3',
  applies: comesToRest,
  watch(scene, report) {
    const visits = new Map<number, number>();
    let since = Number.NaN;
    let last = -1;
    let changedAt = Number.NEGATIVE_INFINITY;
    // Only roles that last longer than two routers need to agree count, not the steps between.
    const agrees = 2 * scene.facts.delayMost + scene.facts.lateness;
    const note = (at: Instant): void => {
      if (at - changedAt <= agrees || last < 0) return;
      const count = (visits.get(last) ?? 0) + 1;
      visits.set(last, count);
      const allowed = equalIntervals(scene.routers)
        ? REVISITS
        : Math.max(REVISITS, scene.size * scene.facts.virtuals);
      if (count !== allowed + 1) return;
      const because = `the roles ${scene.routers.map(({ name }) => name).join(', ')} came back to the same ${allowed} times without a cause`;
      report(at, [], because, known(scene));
    };
    return {
      change(at, change) {
        if (change.kind !== 'role' || scene.noise) return;
        if (scene.quietFrom !== since) {
          visits.clear();
          last = -1;
          since = scene.quietFrom;
        }
        note(at);
        last = vectorOf(scene.roles);
        changedAt = at;
      },
      ends: note,
    };
  },
};

/**
 * RFC 9568 ends the duel of Backups with different intervals by an advert to the loser. Where the slowest path takes as
 * long as two of the fastest (D+ >= 2 D-), an advert of the loser may arrive after it: a weakness of the protocol.
 */
function known({ facts, routers }: Scene): { readonly known?: string } {
  const overtaken = !equalIntervals(routers) && facts.delayMost >= 2 * facts.delayLeast;
  return overtaken ? { known: 'duelling-backups-overtaken' } : {};
}

export const T5: Invariant = {
  id: 'T5',
  title: 'few changes for each event',
  rule: `
    After one disturbance and until the next, at most 2 |C| changes between Backup and Active; 4
    |C| where intervals differ (a starting router uses its own interval until it hears another),
    and for version 2 where its skews are too close for the network. The same again for each
    further cause at that instant, and once for what was still under way before. The count starts
    anew when the cluster has settled. An empirical limit.
  `,
  source: 'measured in campaigns of the explorer',
  applies: comesToRest,
  watch(scene, report) {
    let since = Number.NaN;
    let count = 0;
    let causes = 0;
    let settledFrom = Number.NaN;
    return {
      change(at, change) {
        if (scene.quietFrom !== since) {
          count = 0;
          causes = settledFrom === since ? 0 : 1;
          // A lost advert disturbs without a change.
          if (!disturbs(scene, change)) causes++;
        }
        since = scene.quietFrom;
        if (disturbs(scene, change)) causes++;
        if (change.kind !== 'role' || !isSwap(change) || scene.noise) return;
        count++;
        const allowed = (isOrderly(scene) ? 2 : 4) * scene.size * causes;
        if (count !== allowed + 1) return;
        const because = `${count} changes between Backup and Active after ${causes} things that happened, allowed: ${allowed}`;
        report(at, [change.router], because, known(scene));
      },
      settled() {
        if (settledFrom === scene.quietFrom) return;
        settledFrom = scene.quietFrom;
        count = 0;
        causes = 1;
      },
    };
  },
};
