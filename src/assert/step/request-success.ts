/** `request-success`: how many requests of a client succeeded, over some time or over each whole repeat. */
import * as z from 'zod';
import type { Window } from '../../observe/ownership.ts';
import { micros, plus } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { problem } from '../contradiction.ts';
import { probeNamed } from '../grounds.ts';
import type { RepeatRecord } from '../metrics.ts';
import { httpProbe } from '../names.ts';
import { percent, percentage } from '../share.ts';
import { LAST_ANSWERS, type StepJudgement, type StepView, TAP_DELAY } from '../step-view.ts';
import { type Judgement, text, unmeasured } from '../verdict.ts';

const schema = z.strictObject({
  probe: httpProbe,
  min: percentage.describe('At least this share of the requests: 99.9%'),
  over: duration
    .optional()
    .describe('In a step: how long it counts, from when the barrier begins [the whole repeat]'),
});
type RequestSuccess = z.output<typeof schema>;

export const requestSuccess = slice({
  schema,
  docs: 'how many requests of a client succeeded',
  witnesses: ({ probe }, topology) => probeNamed(probe, topology),
  contradictions: ({ over }, { place }) =>
    place !== 'step' || over !== undefined
      ? []
      : problem(undefined, 'request-success in a step counts over some time', 'Add over: 5s.'),
  step: {
    patience: ({ over }) => micros((over ?? 0) + LAST_ANSWERS + TAP_DELAY),
    countsFrom: 'barrier',
    judge: judgeStep,
  },
  run: { judge: judgeRun },
});

function judgeStep({ probe, min, over }: RequestSuccess, view: StepView): StepJudgement {
  const end = plus(view.barrierFrom, over ?? micros(0));
  const judged = successOf(view, probe, { from: view.barrierFrom, to: end }, min.share);
  const known = plus(end, LAST_ANSWERS);
  return view.now >= known ? judged : { ...judged, ok: false, retryAt: known };
}

/** Each repeat by itself: a bad one cannot hide behind good ones. */
function judgeRun({ probe, min }: RequestSuccess, records: readonly RepeatRecord[]): Judgement {
  const judged = records.map((record): Judgement => {
    const { timeline, topology, window } = record;
    const one = successOf(record, probe, window, min.share);
    if (one.ok || one.doubt !== undefined) return one;
    const about = { timeline, window, on: probeNamed(probe, topology), because: one.because };
    return { ...one, violations: [{ ...about, allowed: micros(0), persists: () => true }] };
  });
  const failed = judged.filter(({ ok }) => !ok);
  const definite = failed.filter(({ doubt }) => doubt === undefined);
  const worst = definite[0] ?? failed[0] ?? judged[0];
  if (worst === undefined) return unmeasured('no repeat was run to its end');
  const violations = definite.flatMap((one) => one.violations ?? []);
  return violations.length === 0 ? worst : { ...worst, violations };
}

/** Of the requests of a probe that were asked in a window: did enough succeed? */
function successOf(
  { timeline }: Pick<StepView, 'timeline'>,
  probe: string,
  window: Window,
  least: number,
): Judgement {
  const results = timeline.http.get(probe)?.within(window) ?? [];
  const good = results.filter(({ ok }) => ok).length;
  if (results.length === 0) return unmeasured(`no request of ${probe} ended in the window`);
  const problems = results.flatMap(({ ok, problem, status }) =>
    ok ? [] : [problem ?? `status ${status}`],
  );
  const reasons = [...new Set(problems)].slice(0, 3).join(', ');
  const because = `${good} of ${results.length} requests of ${probe} succeeded${reasons === '' ? '' : ` (${reasons})`}`;
  const outcome = {
    measured: text(percent(good / results.length)),
    bound: text(percent(least)),
    because,
    evidence: [],
  };
  return { ok: good / results.length >= least, ...outcome };
}
