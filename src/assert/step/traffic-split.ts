/** `traffic-split`: which node answered how often. */
import * as z from 'zod';
import { micros, plus } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { problem } from '../contradiction.ts';
import { probeNamed } from '../grounds.ts';
import { httpProbe, node } from '../names.ts';
import { percent, percentage } from '../share.ts';
import { LAST_ANSWERS, type StepJudgement, type StepView, TAP_DELAY } from '../step-view.ts';
import { fail, pass, text, unmeasured } from '../verdict.ts';

/** A percentage of fewer answers says nothing. */
const LEAST_ANSWERS = 10;
const ROUNDING = 1e-9;

const schema = z.strictObject({
  probe: httpProbe,
  shares: z.record(node, percentage).describe('Node to its share of the answers: 50% +- 10%'),
  over: duration.describe('Counted over this long'),
});
type TrafficSplit = z.output<typeof schema>;

export const trafficSplit = slice({
  schema,
  docs: 'which node answered how often: `web1: 50% +- 10%`',
  witnesses: ({ probe }, topology) => probeNamed(probe, topology),
  contradictions: ({ shares }) => {
    const least = Object.values(shares).reduce(
      (sum, { share, tolerance }) => sum + Math.max(0, share - tolerance),
      0,
    );
    if (least <= 1.000_001) return [];
    const message = `the shares come to ${Math.round(least * 100)}% at least`;
    return problem('shares', message, 'Together they are at most 100%.');
  },
  step: {
    patience: ({ over }) => micros(over + LAST_ANSWERS + TAP_DELAY),
    countsFrom: 'barrier',
    judge: judgeSplit,
  },
});

function judgeSplit(assertion: TrafficSplit, view: StepView): StepJudgement {
  const { probe, shares, over } = assertion;
  const end = plus(view.barrierFrom, over);
  const known = plus(end, LAST_ANSWERS);
  const ended = view.timeline.http.get(probe)?.within({ from: view.barrierFrom, to: end }) ?? [];
  const answered = ended.filter(({ ok }) => ok);
  const counts = new Map<string, number>();
  for (const { by } of answered) counts.set(by ?? '?', (counts.get(by ?? '?') ?? 0) + 1);
  const listed = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, n]) => `${name} ${percent(n / answered.length)}`)
    .join(', ');
  const bound = text(
    Object.entries(shares)
      .map(([name, { share, tolerance }]) => `${name} ${percent(share)} +- ${percent(tolerance)}`)
      .join(', '),
  );
  const measured = text(listed || 'no answers');
  const because = `${answered.length} answers to ${probe}: ${measured.value}`;
  if (view.now < known) return { ...fail({ measured, bound, because }), retryAt: known };
  if (ended.length === 0) return unmeasured(`no request of ${probe} ended in the window`);
  if (answered.length < LEAST_ANSWERS)
    return fail({ measured, bound, because: `${because}; ${LEAST_ANSWERS} are needed` });
  const right = [...new Set([...Object.keys(shares), ...counts.keys()])].every((name) => {
    const { share, tolerance } = shares[name] ?? { share: 0, tolerance: 0 };
    return Math.abs((counts.get(name) ?? 0) / answered.length - share) <= tolerance + ROUNDING;
  });
  return right ? pass({ measured, bound, because }) : fail({ measured, bound, because });
}
