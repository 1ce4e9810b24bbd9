/** H3, H4, H10: the meaning of the runs of a tracked script, by router. All virtual routers share the script. */
import type { ElectionChange, ElectionFacts } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { byRouter, type Invariant, type Report } from '../monitor.ts';
import { nameOf, type Scene } from '../scene.ts';

export function hasCheck({ check }: ElectionFacts): boolean {
  return check !== undefined;
}

type Say = (at: Instant, r: number, what: string) => void;

/** Reports one router: `what` follows its name. */
export function sayer(scene: Scene, report: Report): Say {
  return (at, r, what) => report(at, [r], `${nameOf(scene, r)} ${what}`);
}

export const H3: Invariant = {
  id: 'H3',
  title: 'a verdict takes results in a row',
  rule: `
    Always: a verdict changes only after F failures (U successes) in a row since the last change;
    the first verdict of a process needs one result. A run that timed out has failed; its later
    result does not count.
  `,
  source: 'keepalived fall, rise',
  wide: true,
  applies: hasCheck,
  watch(scene, report) {
    const say = sayer(scene, report);
    const { fall = 1, rise = 1 } = scene.facts.check ?? {};
    /** Positive: the number of successes in a row; negative: of failures. */
    const row = byRouter(scene, 0);
    /** The verdict: 0 down, 1 up; -1: none yet. */
    const known = byRouter(scene, -1);
    const addResult = (r: number, ok: boolean): void => {
      const before = row[r] ?? 0;
      row[r] = ok ? Math.max(0, before) + 1 : Math.min(0, before) - 1;
    };
    const judgeFlip = (at: Instant, r: number, up: boolean): void => {
      const next = up ? 1 : 0;
      const needed = known[r] === -1 ? 1 : up ? rise : fall;
      const seen = Math.max(0, (row[r] ?? 0) * (up ? 1 : -1));
      if (known[r] === next) say(at, r, 'gave the same verdict again');
      else if (seen < needed) {
        const what = `is ${up ? 'up' : 'down'} after ${seen} results in a row, ${needed} are needed`;
        say(at, r, what);
      }
      known[r] = next;
      row[r] = 0;
    };
    return {
      change(at, change) {
        switch (change.kind) {
          case 'check-timed-out':
            addResult(change.router, false);
            return;
          case 'check-ended':
            if (!change.late) addResult(change.router, change.ok);
            return;
          case 'process':
            if (change.what === 'pause' || change.what === 'resume') return;
            row[change.router] = 0;
            known[change.router] = -1;
            return;
          case 'check-verdict':
            judgeFlip(at, change.router, change.up);
            return;
          default:
        }
      },
    };
  },
};

export const H4: Invariant = {
  id: 'H4',
  title: 'one run at a time',
  rule: `
    Always: at most one run of a script is in flight; a run that timed out is in flight until it
    has ended. A result after the timeout is ignored: it alone brings no verdict.
  `,
  source: 'keepalived timeout',
  wide: true,
  applies: hasCheck,
  watch(scene, report) {
    const say = sayer(scene, report);
    const flying = byRouter(scene, 0);
    const lateAt = byRouter(scene);
    const countedAt = byRouter(scene);
    return {
      change(at, change) {
        switch (change.kind) {
          case 'check-started':
            if (flying[change.router] === 1) say(at, change.router, 'started a run beside another');
            flying[change.router] = 1;
            return;
          case 'check-ended':
            flying[change.router] = 0;
            (change.late ? lateAt : countedAt)[change.router] = at;
            return;
          case 'check-timed-out':
            countedAt[change.router] = at;
            return;
          case 'check-verdict':
            if (lateAt[change.router] === at && countedAt[change.router] !== at)
              say(at, change.router, 'gave a verdict on a result that came too late');
            return;
          case 'process':
            if (change.what !== 'pause' && change.what !== 'resume') flying[change.router] = 0;
            return;
          default:
        }
      },
    };
  },
};

export const H10: Invariant = {
  id: 'H10',
  title: 'a pause is not caught up',
  rule: `
    Always: a paused process acts on nothing. At the instant it resumes, at most one result of its
    script counts: it does not catch up with stale results.
  `,
  source: "keepalived's scheduler",
  wide: true,
  applies: hasCheck,
  watch(scene, report) {
    const say = sayer(scene, report);
    const counted = byRouter(scene, 0);
    const count = (at: Instant, r: number): void => {
      const before = scene.resumedAt[r] === at ? (counted[r] ?? 0) : 0;
      counted[r] = scene.resumedAt[r] === at ? before + 1 : 0;
      if (before === 1) say(at, r, 'counted several results at the instant it resumed');
    };
    return {
      change(at, change) {
        const actor = actorOf(change);
        if (actor !== undefined && scene.runs[actor] === 2)
          say(at, actor, `acted (${change.kind}) while it was paused`);
        if (change.kind === 'check-timed-out' || (change.kind === 'check-ended' && !change.late))
          count(at, change.router);
      },
    };
  },
};

/** The router whose process acts; undefined: none, as at the end of a script, which is not paused. */
function actorOf(change: ElectionChange): number | undefined {
  switch (change.kind) {
    case 'check-started':
    case 'check-timed-out':
    case 'check-verdict':
    case 'claimed-priority':
      return change.router;
    case 'role':
      return change.to === 'DOWN' ? undefined : change.router;
    default:
      return undefined;
  }
}
