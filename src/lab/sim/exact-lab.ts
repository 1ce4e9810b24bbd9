/**
 * The exact simulator as a Lab: it plays a scenario with `simulation:` as a whole, to the microsecond, and reports
 * every change of the election. It knows routers, paths and clocks; nodes with kernels and frames are `sim-lab.ts`.
 */
import type { ElectionFacts, ElectionListener } from '../../observe/election.ts';
import type { Case } from '../../sim/election/case.ts';
import { runElection } from '../../sim/election/election.ts';
import { factsOf } from '../../sim/election/facts.ts';
import { type Instant, instant } from '../../time.ts';
import type { Engines, Injection, Lab, LabClock } from '../lab.ts';

export class ExactLab implements Lab {
  readonly backend = 'sim';
  readonly clock: LabClock;
  private readonly case: Case;
  private end = instant(0);

  constructor(whole: Case) {
    this.case = whole;
    this.clock = { now: () => this.end, runUntil: () => Promise.resolve(false) };
  }

  play(judge: (facts: ElectionFacts, play: (listener: ElectionListener) => void) => void): Instant {
    judge(factsOf(this.case), (listener) => {
      this.end = instant(runElection(this.case, listener).simulated);
    });
    return this.end;
  }

  up(): Promise<void> {
    return Promise.resolve();
  }

  inject(): Injection {
    throw new Error('the faults of a simulated election are part of its case');
  }

  heal(): Promise<void> {
    return Promise.resolve();
  }

  down(): Promise<void> {
    return Promise.resolve();
  }

  environment(): Readonly<Record<string, string>> {
    return { world: 'exact simulator', profile: this.case.profile };
  }

  engines(): Engines {
    return {};
  }
}
