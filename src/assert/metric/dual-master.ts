/** `dual-master`: overlap of owners, the longest or all added up. */
import * as z from 'zod';
import { lengthOf, longest, type Stretch, total } from '../../observe/ownership.ts';
import { agentOf } from '../../observe/witness.ts';
import { type Micros, micros } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { bound, slice } from '../assertion.ts';
import type { Bound } from '../bound.ts';
import { storyOf } from '../evidence.ts';
import { holdersOf } from '../grounds.ts';
import { compared, limitOf } from '../limit.ts';
import type { RepeatRecord } from '../metrics.ts';
import { vip } from '../names.ts';
import { fail, type Judgement, pass, unobserved } from '../verdict.ts';

const schema = z.strictObject({
  vip,
  max: bound.optional().describe('The longest overlap [0s; no limit with total]'),
  total: bound.optional().describe('All overlaps added up [no limit]'),
});

export const dualMaster = slice({
  schema,
  docs: 'overlap of owners',
  witnesses: (_assertion, _topology, router) => holdersOf(router),
  run: { judge },
});

const ZERO: Bound = { text: '0s', expression: { kind: 'duration', value: micros(0) } };

function judge(
  assertion: z.output<typeof schema>,
  records: readonly RepeatRecord[],
  router: VirtualRouter,
): Judgement {
  const longestBound = assertion.max ?? (assertion.total === undefined ? ZERO : undefined);
  const judged = [
    ...(longestBound === undefined
      ? []
      : [compare(records, router, ['the longest dual master', longestOf, longestBound])]),
    ...(assertion.total === undefined
      ? []
      : [compare(records, router, ['dual masters added up', total, assertion.total])]),
  ];
  return judged.find(({ ok }) => !ok) ?? judged[0] ?? unobserved('dual-master has no bound');
}

function longestOf(stretches: readonly Stretch[]): Micros {
  const worst = longest(stretches);
  return worst === undefined ? micros(0) : lengthOf(worst);
}

type Measure = readonly [string, (stretches: readonly Stretch[]) => Micros, Bound];

function compare(
  records: readonly RepeatRecord[],
  router: VirtualRouter,
  [label, of, bound]: Measure,
): Judgement {
  const limit = limitOf(bound, router);
  const { allowed, allowance } = limit;
  const overlaps = records.map(({ timeline, window }) =>
    timeline.ownership.overlaps(router, window),
  );
  const values = overlaps.map(of);
  const value = micros(Math.max(...values));
  const outcome = compared(label, value, limit);
  const { because } = outcome;
  if (value <= allowed) return pass(outcome);
  const worst = records[values.indexOf(value)];
  return {
    ...fail(outcome),
    evidence: worst === undefined ? [] : storyOf(worst.timeline, router, worst.window),
    violations: records.flatMap(({ timeline, window }, i) => {
      const stretches = overlaps[i] ?? [];
      const own = values[i] ?? micros(0);
      if (own <= allowed) return [];
      const nodes = new Set(stretches.flatMap((one) => one.nodes));
      const from = stretches[0]?.from ?? window.from;
      const about = { timeline, window: { from, to: stretches.at(-1)?.to ?? window.to }, because };
      const on = [...nodes].map(agentOf);
      return [
        { ...about, on, allowed: allowance, persists: (slack: number) => own > allowed + slack },
      ];
    }),
  };
}
