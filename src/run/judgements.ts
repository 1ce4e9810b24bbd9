/** What is judged during one repeat. Each judgement keeps the evidence it stands on, which is checked at the end. */
import { type Assertion, witnessesOf } from '../assert/assertions.ts';
import { holdersOf, routerNamed } from '../assert/grounds.ts';
import type { Grounds, Judgement, Verdict } from '../assert/verdict.ts';
import type { Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import { agentOf } from '../observe/witness.ts';
import type { Expectation, Step } from '../scenario/scenario.ts';
import { type Instant, milliseconds, minus } from '../time.ts';
import type { Topology } from '../topology/topology.ts';
import { settle } from './status.ts';
import { ineffective, type Judged, judged } from './step-verdict.ts';

interface Open extends Judged {
  readonly grounds: readonly Grounds[];
  /** What led here: evidence by which earlier targets were chosen and earlier barriers passed. */
  readonly basis: readonly Grounds[];
}

export class Judgements {
  private readonly timeline: Timeline;
  private readonly topology: Topology;
  private readonly open: Open[] = [];
  /** The evidence by which the targets of faults were chosen, and by which barriers were passed, so far. */
  private readonly targets: Grounds[] = [];
  private readonly barriers: Grounds[] = [];

  constructor(timeline: Timeline, topology: Topology) {
    this.timeline = timeline;
    this.topology = topology;
  }

  areOk(): boolean {
    return this.open.every(({ judgement }) => judgement.ok);
  }

  /** `zero`: the times in messages count from there. */
  verdicts(zero: Instant): Verdict[] {
    return this.open.map(({ subject, judgement, grounds, basis }) => ({
      ...subject,
      ...settle(judgement, { grounds, basis, zero }),
    }));
  }

  invariant(expectation: Expectation, judgement: Judgement, window: Window): void {
    const grounds = [this.grounds(expectation.assertion, window)];
    this.open.push({ ...judged(expectation, undefined, judgement), grounds, basis: this.targets });
  }

  barrier(step: Step, expectation: Expectation, judgement: Judgement, window: Window): void {
    const grounds = [this.grounds(expectation.assertion, window)];
    this.open.push({ ...judged(expectation, step.name, judgement), grounds, basis: this.basis() });
    this.barriers.push(...grounds);
  }

  /** It stands on no witness. */
  closed(one: Judged): void {
    this.open.push({ ...one, grounds: [], basis: [] });
  }

  /** `due`: when the fault was to strike. */
  ineffective(step: Step, because: string, { due, now }: { due: Instant; now: Instant }): void {
    const { timeline } = this;
    const evidence = timeline
      .sorted({ from: minus(now, milliseconds(1_000)), to: now })
      .filter(({ kind }) => !kind.startsWith('probe') && kind !== 'advert')
      .slice(-8);
    const window = { from: due < now ? due : now, to: now };
    const on = this.topology.nodes.map(({ name }) => agentOf(name));
    const grounds = [{ timeline, window, on }];
    this.open.push({ ...ineffective(step, because, evidence), grounds, basis: this.basis() });
  }

  /** A target was chosen by the owner or backup of this virtual router, as the kernels of its members show it. */
  chosenBy(router: string, window: Window): void {
    const on = holdersOf(routerNamed(router, this.topology));
    this.targets.push({ timeline: this.timeline, on, window });
  }

  private grounds(assertion: Assertion, window: Window): Grounds {
    return { timeline: this.timeline, window, on: witnessesOf(assertion, this.topology) };
  }

  private basis(): Grounds[] {
    return [...this.targets, ...this.barriers];
  }
}
