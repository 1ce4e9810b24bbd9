/** `request-success`: how many requests of a client succeeded, over some time or over each whole repeat. */
import * as z from 'zod';
import type { Window } from '../../observe/ownership.ts';
import type { Timeline } from '../../observe/timeline.ts';
import { micros, plus } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { problem } from '../contradiction.ts';
import { probeNamed } from '../grounds.ts';
import { httpProbe } from '../names.ts';
import { percent, percentage } from '../share.ts';
import { LAST_ANSWERS, TAP_DELAY } from '../step-view.ts';
import { CERTAIN, type Judgement, judged, text, unmeasured } from '../verdict.ts';

export const requestSuccess = slice({
  schema: z.strictObject({
    probe: httpProbe,
    min: percentage.describe('At least this share of the requests: 99.9%'),
    over: duration
      .optional()
      .describe('In a step: how long it counts, from when the barrier begins [the whole repeat]'),
  }),
  docs: 'how many requests of a client succeeded',
  witnesses: ({ probe }, topology) => probeNamed(probe, topology),
  contradictions: ({ over }, { place }) =>
    place !== 'step' || over !== undefined
      ? []
      : problem(undefined, 'request-success in a step counts over some time', 'Add over: 5s.'),
  step: {
    patience: ({ over }) => micros((over ?? 0) + LAST_ANSWERS + TAP_DELAY),
    countsFrom: 'barrier',
    judge({ probe, min, over }, { timeline, barrierFrom, now }) {
      const end = plus(barrierFrom, over ?? micros(0));
      const judgement = successOf(timeline, probe, { from: barrierFrom, to: end }, min.share);
      const known = plus(end, LAST_ANSWERS);
      return now >= known ? judgement : { ...judgement, ok: false, retryAt: known };
    },
  },
  run: {
    /** Each repeat separately: good repeats must not hide a bad one. */
    judge({ probe, min }, records) {
      const judgements = records.map(({ timeline, topology, window }): Judgement => {
        const one = successOf(timeline, probe, window, min.share);
        if (one.ok || one.doubt !== undefined) return one;
        const about = { timeline, window, on: probeNamed(probe, topology), because: one.because };
        return { ...one, violations: [{ ...about, ...CERTAIN }] };
      });
      const failed = judgements.filter(({ ok }) => !ok);
      const definite = failed.filter(({ doubt }) => doubt === undefined);
      const worst = definite[0] ?? failed[0] ?? judgements[0];
      if (worst === undefined) return unmeasured('no repeat was run to its end');
      const violations = definite.flatMap((one) => one.violations ?? []);
      return violations.length === 0 ? worst : { ...worst, violations };
    },
  },
});

/** Whether enough requests of a probe in a window succeeded. */
function successOf(timeline: Timeline, probe: string, window: Window, least: number): Judgement {
  const results = timeline.requests(probe, window);
  if (results.length === 0) return unmeasured(`no request of ${probe} ended in the window`);
  const good = results.filter(({ ok }) => ok).length;
  const problems = results.flatMap(({ ok, problem, status }) =>
    ok ? [] : [problem ?? `status ${status}`],
  );
  const reasons = [...new Set(problems)].slice(0, 3).join(', ');
  const because = `${good} of ${results.length} requests of ${probe} succeeded${reasons === '' ? '' : ` (${reasons})`}`;
  const share = good / results.length;
  return judged(share >= least, {
    measured: text(percent(share)),
    bound: text(percent(least)),
    because,
  });
}
