/** The tracked scripts of the routers: how their runs end, and which priority their verdicts must lead to. */
import type { ElectionListener } from '../../observe/election.ts';
import { type Instant, milliseconds, plus } from '../../time.ts';
import type { Case } from './case.ts';
import type { Member } from './member.ts';

interface Run {
  readonly start: number;
  ended: boolean;
  timedOut: boolean;
}

/** From SIGTERM to the end of a script. */
const DIES = milliseconds(1);

export class Checks {
  private readonly case: Case;
  private readonly stage: {
    readonly listener: ElectionListener;
    plan(at: Instant, action: (at: Instant) => void): void;
  };
  private readonly causes: number[];
  private readonly verdicts: (boolean | undefined)[];
  private readonly runs: (Run | undefined)[];
  private readonly priorities: number[];

  constructor(whole: Case, stage: Checks['stage']) {
    const size = whole.routers.length;
    this.case = whole;
    this.stage = stage;
    this.causes = new Array<number>(size).fill(0);
    this.verdicts = new Array<boolean | undefined>(size).fill(undefined);
    this.runs = new Array<Run | undefined>(size).fill(undefined);
    this.priorities = whole.routers.map(({ priority }) => priority);
  }

  broken(router: number, by: 1 | -1, at: Instant): void {
    const before = (this.causes[router] ?? 0) > 0;
    const causes = (this.causes[router] ?? 0) + by;
    this.causes[router] = causes;
    if (before !== causes > 0)
      this.stage.listener.change(at, { kind: 'check-cause', router, broken: causes > 0 });
  }

  /** The result of a run; undefined: it may or may not exceed its timeout. */
  outcome(router: number): boolean | undefined {
    const { check } = this.case;
    const isQuick = check !== undefined && check.takes * 2 <= check.timeout;
    return isQuick ? !this.isBroken(router) : undefined;
  }

  private isBroken(router: number): boolean {
    return (this.causes[router] ?? 0) > 0;
  }

  run(member: Member, at: Instant): void {
    const { check } = this.case;
    if (check === undefined) return;
    const run: Run = { start: member.process.starts, ended: false, timedOut: false };
    this.runs[member.index] = run;
    this.stage.listener.change(at, { kind: 'check-started', router: member.index });
    this.stage.plan(plus(at, check.takes), (then) => this.ends(member, run, then));
  }

  /** The router's timeout for the run has expired. */
  end(member: Member, at: Instant): void {
    const run = this.runs[member.index];
    if (run === undefined || run.ended || run.timedOut) return;
    run.timedOut = true;
    this.stage.listener.change(at, { kind: 'check-timed-out', router: member.index });
    this.stage.plan(plus(at, DIES), (then) => this.ends(member, run, then));
  }

  private ends(member: Member, run: Run, at: Instant): void {
    if (run.ended || run.start !== member.process.starts || member.life === 'dead') return;
    run.ended = true;
    const ok = !run.timedOut && !this.isBroken(member.index);
    this.stage.listener.change(at, {
      kind: 'check-ended',
      router: member.index,
      ok,
      late: run.timedOut,
    });
    member.scriptEnded(at, ok);
  }

  verdict(member: Member, at: Instant, up: boolean): void {
    const router = member.index;
    this.verdicts[router] = up;
    this.stage.listener.change(at, { kind: 'check-verdict', router, up });
    const priority = this.priority(router, this.priorities[router] ?? 0);
    this.stage.listener.change(at, { kind: 'priority', router, priority });
  }

  /** The effective priority by keepalived's manual, computed independently of the engine. */
  priority(router: number, configured: number): number {
    this.priorities[router] = configured;
    const { check } = this.case;
    const up = this.verdicts[router];
    if (check === undefined || configured === 255 || up === undefined || check.weight === 0)
      return configured;
    const counts = check.weight > 0 ? up : !up;
    return Math.max(1, Math.min(254, configured + (counts ? check.weight : 0)));
  }
}
