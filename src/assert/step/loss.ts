/** `loss`: how many packets of a UDP probe stay unanswered, counted from the last fault or heal. */
import * as z from 'zod';
import { formatMicros, micros, plus } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { probeNamed } from '../grounds.ts';
import { probe } from '../names.ts';
import { LAST_ANSWERS, type StepJudgement, type StepView, TAP_DELAY } from '../step-view.ts';
import { count, fail, pass, unmeasured } from '../verdict.ts';

const schema = z.strictObject({
  probe,
  for: duration.describe('Counted this long from the last fault or heal'),
  at_most: z.int().min(0).max(100_000).describe('More lost packets fail'),
});

export const loss = slice({
  schema,
  docs: 'how many packets of a probe stay unanswered, counted from the last fault',
  witnesses: ({ probe: name }, topology) => probeNamed(name, topology),
  step: {
    patience: (assertion) => micros(assertion.for + LAST_ANSWERS + TAP_DELAY),
    countsFrom: 'fault',
    judge,
  },
});

function judge(
  { probe: name, for: length, at_most: most }: z.output<typeof schema>,
  { timeline, since, now }: StepView,
): StepJudgement {
  const to = plus(since, length);
  const { asked, answered } = timeline.probes.get(name)?.count({ from: since, to }) ?? NONE;
  if (asked === 0) return unmeasured(`${name} sent no packet in ${formatMicros(length)}`);
  const lost = asked - answered;
  const because = `${lost} of ${asked} packets of ${name} stayed unanswered`;
  const outcome = { measured: count(lost), bound: count(most), because };
  const known = plus(to, LAST_ANSWERS);
  if (now < known) return { ...fail(outcome), retryAt: known };
  return lost <= most ? pass(outcome) : fail(outcome);
}

const NONE = { asked: 0, answered: 0 };
