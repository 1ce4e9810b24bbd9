/** `traffic-split`: which node answered how often. */
import * as z from 'zod';
import { micros, plus } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { problem } from '../contradiction.ts';
import { probeNamed } from '../grounds.ts';
import { httpProbe, node } from '../names.ts';
import { percent, percentage } from '../share.ts';
import { LAST_ANSWERS, TAP_DELAY } from '../step-view.ts';
import { fail, judged, text, unmeasured } from '../verdict.ts';

/** A percentage of fewer answers is meaningless. */
const LEAST_ANSWERS = 10;
const ROUNDING = 1e-9;

export const trafficSplit = slice({
  schema: z.strictObject({
    probe: httpProbe,
    shares: z.record(node, percentage).describe('Node to its share of the answers: 50% +- 10%'),
    over: duration.describe('Counted over this long'),
  }),
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
    judge({ probe, shares, over }, { timeline, barrierFrom, now }) {
      const end = plus(barrierFrom, over);
      const known = plus(end, LAST_ANSWERS);
      const ended = timeline.requests(probe, { from: barrierFrom, to: end });
      const answered = ended.filter(({ ok }) => ok);
      const counts = new Map<string, number>();
      for (const { by = '?' } of answered) counts.set(by, (counts.get(by) ?? 0) + 1);
      const listed = [...counts]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([name, n]) => `${name} ${percent(n / answered.length)}`)
        .join(', ');
      const wanted = Object.entries(shares)
        .map(([name, { share, tolerance }]) => `${name} ${percent(share)} +- ${percent(tolerance)}`)
        .join(', ');
      const values = { measured: text(listed || 'no answers'), bound: text(wanted) };
      const because = `${answered.length} answers to ${probe}: ${values.measured.value}`;
      if (now < known) return { ...fail({ ...values, because }), retryAt: known };
      if (ended.length === 0) return unmeasured(`no request of ${probe} ended in the window`);
      if (answered.length < LEAST_ANSWERS)
        return fail({ ...values, because: `${because}; ${LEAST_ANSWERS} are needed` });
      const right = [...new Set([...Object.keys(shares), ...counts.keys()])].every((name) => {
        const { share, tolerance } = shares[name] ?? { share: 0, tolerance: 0 };
        return Math.abs((counts.get(name) ?? 0) / answered.length - share) <= tolerance + ROUNDING;
      });
      return judged(right, { ...values, because });
    },
  },
});
