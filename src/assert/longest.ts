/** The longest of several stretches of time against a limit: of overlaps, and of gaps. */
import { lengthOf, longest, type Stretch } from '../observe/ownership.ts';
import type { Witness } from '../observe/witness.ts';
import { micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import { storyOf } from './evidence.ts';
import { exceeds, type Limit } from './limit.ts';
import type { RepeatRecord } from './metrics.ts';
import { fail, type Judgement, pass, time } from './verdict.ts';

interface Longest extends Omit<Limit, 'text'> {
  /** Why it passes without any stretch. */
  readonly none: string;
  readonly sentence: (stretch: Stretch) => string;
  readonly on: (stretch: Stretch) => readonly Witness[];
}

export function judgeLongest(
  { timeline }: RepeatRecord,
  router: VirtualRouter,
  stretches: readonly Stretch[],
  { allowed, allowance, none, sentence, on }: Longest,
): Judgement {
  const worst = longest(stretches);
  const bound = time(allowed);
  if (worst === undefined) return pass({ measured: time(micros(0)), bound, because: none });
  const outcome = { measured: time(lengthOf(worst)), bound, because: sentence(worst) };
  if (lengthOf(worst) <= allowed) return pass(outcome);
  const violations = stretches
    .filter((one) => lengthOf(one) > allowed)
    .map((one) => ({
      ...{ timeline, window: { from: one.from, to: one.to }, on: on(one), because: sentence(one) },
      ...exceeds(lengthOf(one), { allowed, allowance }),
    }));
  return { ...fail(outcome), evidence: storyOf(timeline, router, worst), violations };
}
