/** A router's own clock, which may run fast or slow, and how late its timers fire. */
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import type { Instant } from '../../time.ts';
import type { Case } from './case.ts';
import { draw, STREAM } from './draws.ts';
import { calibratedLateness } from './lateness.ts';

const PPM = 1e6;

export class MemberClock {
  /** Every timer fires this much later, in microseconds. */
  slow = 0;
  private readonly case: Case;
  private readonly router: number;
  private readonly rate: number;

  constructor(whole: Case, router: number) {
    this.case = whole;
    this.router = router;
    this.rate = 1 + (whole.routers[router]?.ppm ?? 0) / PPM;
  }

  localOf(at: Instant): Instant {
    return this.rate === 1 ? at : (Math.floor(at * this.rate) as Instant);
  }

  /** The first true instant at which it shows `local` or more. */
  trueOf(local: Instant): Instant {
    if (this.rate === 1) return local;
    let at = Math.floor(local / this.rate) as Instant;
    while (this.localOf(at) < local) at++;
    return at;
  }

  /** When the timer for a deadline really fires. */
  firesAt(deadline: Instant, instances: readonly InstanceState[]): number {
    return this.trueOf(deadline) + this.lateness(deadline, instances) + this.slow;
  }

  /** A function of the deadline alone, so that it does not matter how often the timer was moved. */
  private lateness(deadline: Instant, instances: readonly InstanceState[]): number {
    const { network, profile, seed } = this.case;
    if (network.lateness === 0) return 0;
    const uniform = draw(seed, STREAM.lateness, this.router, deadline);
    if (!network.calibrated) return Math.floor(uniform * (network.lateness + 1));
    return Math.min(network.lateness, calibratedLateness(profile, instances, deadline, uniform));
  }
}
