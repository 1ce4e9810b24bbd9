/** H1 and H2: the time from a change of the service to the verdict of the tracked script. */
import type { ElectionFacts } from '../../../observe/election.ts';
import type { Instant } from '../../../time.ts';
import { least, most } from '../arithmetic.ts';
import type { ByKind, Invariant, Report } from '../monitor.ts';
import type { Scene } from '../scene.ts';
import { sayer } from './checks.ts';

/** One change of the checked service, until its verdict. */
interface Cause {
  readonly at: Instant;
  /** A run had succeeded (failed) since the last change of the cause: no contrary result was counted. */
  readonly clean: boolean;
}

/** `broken`: the service fails, as opposed to recovers. */
function verdictInTime(
  described: Pick<Invariant, 'id' | 'title' | 'rule' | 'source'>,
  broken: boolean,
): Invariant {
  return {
    ...described,
    wide: true,
    applies: ({ check }) => check !== undefined && check.timeout <= check.interval,
    watch(scene, report) {
      const state = pendingOf(scene, report, broken);
      const judge = (at: Instant): void => judgeCauses(state, at);
      return { change: judge, on: followCause(state), ends: judge };
    },
  };
}

function pendingOf(scene: Scene, report: Report, broken: boolean) {
  return {
    broken,
    scene,
    times: timesOf(scene.facts, broken),
    say: sayer(scene, report),
    /** By router. */
    causes: new Map<number, Cause>(),
    /** Whether the last run confirmed the present verdict: no contrary result counts yet. */
    same: [] as boolean[],
  };
}
type Pending = ReturnType<typeof pendingOf>;

function followCause({ broken, times, scene, say, causes, same }: Pending): ByKind {
  return {
    'check-ended'(_at, { router, ok, late }) {
      if (!late) same[router] = ok === broken;
    },
    // An unfinished run may delay the next one: the longest time is no longer certain.
    'check-timed-out'(_at, { router }) {
      same[router] = !broken;
      causes.delete(router);
    },
    noise: () => causes.clear(),
    process: (_at, { router }) => causes.delete(router),
    'check-cause'(at, { router: r, broken: breaks }) {
      causes.delete(r);
      const isDue = breaks === broken && scene.verdict[r] === (broken ? 1 : 0);
      if (isDue && scene.runs[r] === 1 && !scene.noise)
        causes.set(r, { at, clean: same[r] === true && !isJustResumed(scene, at, r) });
    },
    'check-verdict'(at, { router: r, up }) {
      const cause = causes.get(r);
      if (up === broken) return;
      causes.delete(r);
      if (cause === undefined || at >= cause.at + (cause.clean ? times.least : 0)) return;
      say(at, r, `gave its verdict ${at - cause.at} us after its cause, too early`);
    },
  };
}

/** After a pause the next run follows the delayed one in less than an interval. */
function isJustResumed({ facts, resumedAt }: Scene, at: Instant, r: number): boolean {
  const { interval = 0, timeout = 0 } = facts.check ?? {};
  return at - (resumedAt[r] ?? 0) <= most(facts, interval + timeout) + facts.lateness;
}

function judgeCauses({ broken, times, say, causes }: Pending, at: Instant): void {
  for (const [r, cause] of causes) {
    if (at <= cause.at + times.most) continue;
    causes.delete(r);
    const what = broken ? 'broke' : 'healed';
    say(at, r, `has no verdict ${at - cause.at} us after its cause ${what}`);
  }
}

/** How long a verdict takes, if no contrary result was counted before, and at most. */
function timesOf(facts: ElectionFacts, broken: boolean) {
  const { fall = 1, rise = 1, interval = 0, timeout = 0 } = facts.check ?? {};
  const needed = broken ? fall : rise;
  return {
    least: least(facts, (needed - 1) * interval) - facts.lateness,
    most: most(facts, needed * interval + timeout) + 2 * facts.lateness,
  };
}

export const H1: Invariant = verdictInTime(
  {
    id: 'H1',
    title: 'a failure is seen in time',
    rule: `
      After what the script watches breaks at t0 and stays broken, the verdict comes in [t0 + (F
      - 1) I, t0 + F I + O] + g. F: fall; I: interval; O: timeout, with O <= I. The lower limit
      needs that no contrary result was counted before, the upper one that no run was skipped
      behind one that outlived its timeout. Not judged across a pause, noise or the end of the
      process.
    `,
    source: 'keepalived interval, timeout, fall',
  },
  true,
);

export const H2: Invariant = verdictInTime(
  {
    id: 'H2',
    title: 'a recovery is seen in time',
    rule: `
      After what the script watches heals at t0 and stays healed, the verdict comes in [t0 + (U
      - 1) I, t0 + U I + O] + g. U: rise; otherwise as H1.
    `,
    source: 'keepalived interval, timeout, rise',
  },
  false,
);
