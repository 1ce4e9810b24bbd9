/** H3, H4, H10: the meaning of the runs of a tracked script, by router. All virtual routers share the script. */
import type { ElectionFacts } from '../../../observe/election.ts';
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
      on: {
        'check-timed-out': (_at, { router }) => addResult(router, false),
        'check-ended': (_at, { router, ok, late }) => late || addResult(router, ok),
        'check-verdict': (at, { router, up }) => judgeFlip(at, router, up),
        process(_at, { router, what }) {
          if (what === 'pause' || what === 'resume') return;
          row[router] = 0;
          known[router] = -1;
        },
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
      on: {
        'check-started'(at, { router }) {
          if (flying[router] === 1) say(at, router, 'started a run beside another');
          flying[router] = 1;
        },
        'check-ended'(at, { router, late }) {
          flying[router] = 0;
          (late ? lateAt : countedAt)[router] = at;
        },
        'check-timed-out'(at, { router }) {
          countedAt[router] = at;
        },
        'check-verdict'(at, { router }) {
          if (lateAt[router] === at && countedAt[router] !== at)
            say(at, router, 'gave a verdict on a result that came too late');
        },
        process(_at, { router, what }) {
          if (what !== 'pause' && what !== 'resume') flying[router] = 0;
        },
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
    // The end of a script is not its act: a script is not paused.
    const acts = (at: Instant, { kind, router: r }: { kind: string; router: number }): void => {
      if (scene.runs[r] === 2) say(at, r, `acted (${kind}) while it was paused`);
    };
    return {
      on: {
        'check-started': acts,
        'check-verdict': acts,
        'claimed-priority': acts,
        role: (at, change) => change.to === 'DOWN' || acts(at, change),
        'check-timed-out'(at, change) {
          acts(at, change);
          count(at, change.router);
        },
        'check-ended': (at, { router, late }) => late || count(at, router),
      },
    };
  },
};
