/** H3, H4, H10: what the runs of a tracked script mean, by router. All virtual routers share the script. */
import type { ElectionChange, ElectionFacts } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import type { Invariant, Report } from '../monitor.ts';
import { nameOf, type Scene } from '../scene.ts';

export function hasCheck({ check }: ElectionFacts): boolean {
  return check !== undefined;
}

export function say(scene: Scene, report: Report, at: Instant, r: number, what: string): void {
  report({ at, routers: [r], because: `${nameOf(scene, r)} ${what}` });
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
    const state: Rows = {
      scene,
      report,
      row: new Array<number>(scene.size).fill(0),
      known: new Array<number>(scene.size).fill(-1),
    };
    return {
      change(at, change) {
        switch (change.kind) {
          case 'check-timed-out':
            addResult(state, change.router, false);
            return;
          case 'check-ended':
            if (!change.late) addResult(state, change.router, change.ok);
            return;
          case 'process':
            if (change.what === 'pause' || change.what === 'resume') return;
            state.row[change.router] = 0;
            state.known[change.router] = -1;
            return;
          case 'check-verdict':
            judgeFlip(state, at, change.router, change.up);
            return;
          default:
        }
      },
    };
  },
};

interface Rows {
  readonly scene: Scene;
  readonly report: Report;
  /** Positive: the number of successes in a row; negative: of failures. */
  readonly row: number[];
  /** -1: no verdict yet. */
  readonly known: number[];
}

function addResult({ row }: Rows, r: number, ok: boolean): void {
  const before = row[r] ?? 0;
  row[r] = ok ? Math.max(0, before) + 1 : Math.min(0, before) - 1;
}

function judgeFlip({ scene, report, row, known }: Rows, at: Instant, r: number, up: boolean): void {
  const { check } = scene.facts;
  const next = up ? 1 : 0;
  const needed = known[r] === -1 ? 1 : up ? (check?.rise ?? 1) : (check?.fall ?? 1);
  const seen = Math.max(0, (row[r] ?? 0) * (up ? 1 : -1));
  if (known[r] === next) say(scene, report, at, r, 'gave the same verdict again');
  else if (seen < needed)
    say(
      scene,
      report,
      at,
      r,
      `is ${up ? 'up' : 'down'} after ${seen} results in a row, ${needed} are needed`,
    );
  known[r] = next;
  row[r] = 0;
}

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
    const flying = new Array<number>(scene.size).fill(0);
    const lateAt = new Array<number>(scene.size).fill(Number.NaN);
    const countedAt = new Array<number>(scene.size).fill(Number.NaN);
    return {
      change(at, change) {
        switch (change.kind) {
          case 'check-started':
            if (flying[change.router] === 1)
              say(scene, report, at, change.router, 'started a run beside another');
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
              say(
                scene,
                report,
                at,
                change.router,
                'gave a verdict on a result that came too late',
              );
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
    const counted = new Array<number>(scene.size).fill(0);
    const count = (at: Instant, r: number): void => {
      const before = scene.resumedAt[r] === at ? (counted[r] ?? 0) : 0;
      counted[r] = scene.resumedAt[r] === at ? before + 1 : 0;
      if (before !== 1) return;
      say(scene, report, at, r, 'counted several results at the instant it resumed');
    };
    return {
      change(at, change) {
        const actor = actorOf(change);
        if (actor !== undefined && scene.runs[actor] === 2)
          say(scene, report, at, actor, `acted (${change.kind}) while it was paused`);
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
