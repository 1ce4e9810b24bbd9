/** The longest of several stretches of time against a limit: of overlaps, and of gaps. */
import { lengthOf, longest, type Stretch } from '../observe/ownership.ts';
import type { Witness } from '../observe/witness.ts';
import { type Micros, micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import { storyOf } from './evidence.ts';
import type { RepeatRecord } from './metrics.ts';
import { fail, type Judgement, pass, time } from './verdict.ts';

interface Limit {
  readonly limit: Micros;
  /** The part of the limit beyond the protocol's own times. */
  readonly allowance: Micros;
  /** Why it passes without any stretch. */
  readonly none: string;
  readonly sentence: (stretch: Stretch) => string;
  readonly on: (stretch: Stretch) => readonly Witness[];
}

export function judgeLongest(
  { timeline }: RepeatRecord,
  router: VirtualRouter,
  stretches: readonly Stretch[],
  { limit, allowance, none, sentence, on }: Limit,
): Judgement {
  const worst = longest(stretches);
  const bound = time(limit);
  if (worst === undefined) return pass({ measured: time(micros(0)), bound, because: none });
  const outcome = { measured: time(lengthOf(worst)), bound, because: sentence(worst) };
  if (lengthOf(worst) <= limit) return pass(outcome);
  const violations = stretches
    .filter((one) => lengthOf(one) > limit)
    .map((one) => ({
      timeline,
      window: { from: one.from, to: one.to },
      on: on(one),
      because: sentence(one),
      allowed: allowance,
      persists: (slack: number) => lengthOf(one) > limit + slack,
    }));
  return { ...fail(outcome), evidence: storyOf(timeline, router, worst), violations };
}
