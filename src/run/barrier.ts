/** Waits for an expectation of a step: judges again with every event, and when time alone may have made it true. */
import {
  type Assertion,
  judgeStep,
  patienceOf,
  routerOf,
  sliceOf,
  witnessesOf,
} from '../assert/assertions.ts';
import { storyOf } from '../assert/evidence.ts';
import type { StepJudgement, StepView } from '../assert/step-view.ts';
import { type Judgement, unobserved } from '../assert/verdict.ts';
import type { LabEvent } from '../observe/event.ts';
import { formatMicros, type Instant, type Micros, micros, plus, seconds } from '../time.ts';
import { slackOf } from './status.ts';

/** However late a machine was, a barrier waits no longer than this beyond its time. */
const MOST_SLACK = seconds(5);

export interface BarrierContext extends Omit<StepView, 'now' | 'since'> {
  /** The repeat's timeout. */
  readonly deadline: Instant;
  readonly now: () => Instant;
  /** The last fault or heal. */
  readonly since: () => Instant;
  /** Lets the lab run until then, or until it is done. */
  readonly wait: (until: Instant, done?: () => boolean) => Promise<boolean>;
}

export async function awaitBarrier(
  assertion: Assertion,
  context: BarrierContext,
): Promise<Judgement> {
  const place = sliceOf(assertion).step;
  if (place === undefined) return unobserved(`${assertion.kind} cannot stand in a step`);
  const allowed = patienceOf(assertion);
  const { barrierFrom, stepFrom, since } = context;
  const from = { barrier: barrierFrom, fault: since(), step: stepFrom }[place.countsFrom ?? 'step'];
  const limit = plus(from, allowed);
  const until = limit < context.deadline ? limit : context.deadline;
  const ask = (): StepJudgement => judgeStep(assertion, viewOf(context));
  const judgement = await becomesOk(ask, until, context);
  if (judgement.ok) return judgement;
  const { retryAt: _, ...failed } = judgement;
  const timedOut = context.now() >= context.deadline;
  const late = timedOut
    ? ` (the repeat reached its timeout of ${formatMicros(micros(context.deadline - context.stepFrom))})`
    : '';
  const evidence = proofOf(assertion, viewOf(context));
  const shown = { ...failed, because: failed.because + late, evidence };
  return { ...shown, ...(await overdue(assertion, ask, { from, until, allowed }, shown, context)) };
}

/** If the machine was late, the barrier gets as much more time as that lateness explains. */
async function overdue(
  assertion: Assertion,
  ask: () => StepJudgement,
  { from, until, allowed }: { from: Instant; until: Instant; allowed: Micros },
  { because, violations }: Judgement,
  context: BarrierContext,
): Promise<Pick<Judgement, 'violations'>> {
  const { timeline, topology } = context;
  const grounds = { timeline, on: witnessesOf(assertion, topology), window: { from, to: until } };
  const slack = slackOf(grounds, allowed);
  if (slack === undefined) return violations === undefined ? {} : { violations };
  const most = slack < MOST_SLACK ? slack : MOST_SLACK;
  const came = (await becomesOk(ask, plus(until, most), context)).ok;
  const own = { ...grounds, because, allowed, persists: () => !came };
  return { violations: came || violations === undefined ? [own] : violations };
}

/** Asks until it is ok or `until` has come. */
async function becomesOk(
  ask: () => StepJudgement,
  until: Instant,
  { timeline, now, wait }: BarrierContext,
): Promise<StepJudgement> {
  let judgement = ask();
  while (!judgement.ok && now() < until) {
    const retry = judgement.retryAt;
    let judgedAt = timeline.size();
    await wait(retry !== undefined && retry < until ? retry : until, () => {
      if (timeline.size() === judgedAt) return false;
      judgedAt = timeline.size();
      judgement = ask();
      return judgement.ok;
    });
    judgement = ask();
  }
  return judgement;
}

function viewOf(context: BarrierContext): StepView {
  return { ...context, now: context.now(), since: context.since() };
}

/** The events that prove a finally failed barrier. */
function proofOf(assertion: Assertion, view: StepView): readonly LabEvent[] {
  const router = routerOf(assertion, view.topology);
  return router === undefined
    ? []
    : storyOf(view.timeline, router, { from: view.since, to: view.now });
}
