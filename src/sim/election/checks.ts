/** The tracked scripts of the routers: how their runs end, and which priority their verdicts must lead to. */
import type { ElectionListener } from '../../observe/election.ts';
import { type Instant, milliseconds, plus } from '../../time.ts';
import type { Case } from './case.ts';
import type { Member } from './member.ts';
import { SCRIPT } from './profile.ts';

interface Run {
  /** Which start of the process it belongs to. */
  readonly start: number;
  ended: boolean;
  timedOut: boolean;
}

/** The script of one router. */
interface Tracked {
  /** Faults that make it fail. */
  causes: number;
  verdict: boolean | undefined;
  run: Run | undefined;
  /** Configured. */
  priority: number;
}

export interface CheckStage {
  readonly members: readonly Member[];
  readonly listener: ElectionListener;
  /** Runs `action` then, before deliveries and timers of the same instant. */
  plan(at: Instant, action: (at: Instant) => void): void;
}

/** From SIGTERM to the end of a script. */
const DIES = milliseconds(1);

export class Checks {
  private readonly check: Case['check'];
  private readonly stage: CheckStage;
  private readonly tracked: readonly Tracked[];

  constructor({ check, routers }: Case, stage: CheckStage) {
    this.check = check;
    this.stage = stage;
    this.tracked = routers.map(({ priority }) => {
      return { causes: 0, verdict: undefined, run: undefined, priority };
    });
  }

  private of(router: number): Tracked {
    return this.tracked[router] as Tracked;
  }

  /** One more, or one less, fault makes the script of a router fail. */
  broken(router: number, by: 1 | -1, at: Instant): void {
    const tracked = this.of(router);
    const before = tracked.causes > 0;
    tracked.causes += by;
    const broken = tracked.causes > 0;
    if (before !== broken) this.stage.listener.change(at, { kind: 'check-cause', router, broken });
  }

  /** The result of a run; undefined: it may or may not exceed its timeout. */
  outcome(router: number): boolean | undefined {
    const { check } = this;
    const isQuick = check !== undefined && check.takes * 2 <= check.timeout;
    return isQuick ? this.of(router).causes === 0 : undefined;
  }

  run(router: number, at: Instant): void {
    const { check, stage } = this;
    const member = stage.members[router];
    if (check === undefined || member === undefined) return;
    const run: Run = { start: member.process.starts, ended: false, timedOut: false };
    this.of(router).run = run;
    stage.listener.change(at, { kind: 'check-started', router });
    stage.plan(plus(at, check.takes), (then) => this.ends(member, run, then));
  }

  /** The router's timeout for the run has expired. */
  end(router: number, at: Instant): void {
    const { run } = this.of(router);
    const member = this.stage.members[router];
    if (member === undefined || run === undefined || run.ended || run.timedOut) return;
    run.timedOut = true;
    this.stage.listener.change(at, { kind: 'check-timed-out', router });
    this.stage.plan(plus(at, DIES), (then) => this.ends(member, run, then));
  }

  private ends(member: Member, run: Run, at: Instant): void {
    if (run.ended || run.start !== member.process.starts || member.life === 'dead') return;
    run.ended = true;
    const router = member.index;
    const ok = !run.timedOut && this.of(router).causes === 0;
    this.stage.listener.change(at, { kind: 'check-ended', router, ok, late: run.timedOut });
    member.later(at, () => ({ kind: 'script-ended', name: SCRIPT, ok }));
  }

  verdict(router: number, at: Instant, up: boolean): void {
    const tracked = this.of(router);
    tracked.verdict = up;
    this.stage.listener.change(at, { kind: 'check-verdict', router, up });
    const priority = this.priority(router, tracked.priority);
    this.stage.listener.change(at, { kind: 'priority', router, priority });
  }

  /** The effective priority by keepalived's manual, computed independently of the engine. */
  priority(router: number, configured: number): number {
    const tracked = this.of(router);
    tracked.priority = configured;
    const { check } = this;
    const up = tracked.verdict;
    if (check === undefined || configured === 255 || up === undefined || check.weight === 0)
      return configured;
    const counts = check.weight > 0 ? up : !up;
    return Math.max(1, Math.min(254, configured + (counts ? check.weight : 0)));
  }
}
