/** `dual-master`: overlap of owners, the longest or all added up. */
import * as z from 'zod';
import { total } from '../../observe/ownership.ts';
import { agentOf } from '../../observe/witness.ts';
import { micros } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { bound, slice } from '../assertion.ts';
import { type Bound, parseBound } from '../bound.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf } from '../grounds.ts';
import { compared, exceeds, limitOf } from '../limit.ts';
import { longestOf, type RepeatRecord } from '../metrics.ts';
import { vip } from '../names.ts';
import { fail, type Judgement, pass, unobserved } from '../verdict.ts';

const ZERO = parseBound('0s') as Bound;

export const dualMaster = slice({
  schema: z.strictObject({
    vip,
    max: bound.optional().describe('The longest overlap [0s; no limit with total]'),
    total: bound.optional().describe('All overlaps added up [no limit]'),
  }),
  docs: 'overlap of owners',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  run: {
    judge({ total: sum, max = sum === undefined ? ZERO : undefined }, records, router) {
      const measures: [string, typeof total, Bound | undefined][] = [
        ['the longest dual master', longestOf, max],
        ['dual masters added up', total, sum],
      ];
      const judgements = measures.flatMap(([label, of, limit]) =>
        limit === undefined ? [] : [compare(records, router, [label, of, limit])],
      );
      const failed = judgements.find(({ ok }) => !ok);
      return failed ?? judgements[0] ?? unobserved('dual-master has no bound');
    },
  },
});

function compare(
  records: readonly RepeatRecord[],
  router: VirtualRouter,
  [label, of, bound]: readonly [string, typeof total, Bound],
): Judgement {
  const limit = limitOf(bound, router);
  const measured = records.map(({ timeline, window }) => {
    const stretches = timeline.ownership.overlaps(router, window);
    return { timeline, window, stretches, value: of(stretches) };
  });
  const value = micros(Math.max(...measured.map((overlap) => overlap.value)));
  const outcome = compared(label, value, limit);
  if (value <= limit.allowed) return pass(outcome);
  const worst = measured.find((overlap) => overlap.value === value);
  return {
    ...fail(outcome),
    evidence: worst === undefined ? [] : storyOf(worst.timeline, router, worst.window),
    violations: measured
      .filter((overlap) => overlap.value > limit.allowed)
      .map(({ timeline, window, stretches, value: own }) => ({
        timeline,
        window: {
          from: stretches[0]?.from ?? window.from,
          to: stretches.at(-1)?.to ?? window.to,
        },
        on: [...new Set(stretches.flatMap(({ nodes }) => nodes))].map(agentOf),
        because: outcome.because,
        ...exceeds(own, limit),
      })),
  };
}
