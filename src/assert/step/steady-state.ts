/** `steady-state`: no owner changes for this long; a measurement must not begin while the cluster still moves. */
import * as z from 'zod';
import { formatMicros, micros, plus, seconds } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { holdersOf } from '../grounds.ts';
import { virtualRouter } from '../names.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { fail, pass, text, time } from '../verdict.ts';

/** How long a settled state is waited for beyond its own length. */
const STEADY_PATIENCE = seconds(10);

const schema = z.strictObject({
  for: duration.describe('Nothing changes for this long; otherwise the run is inconclusive'),
  vip: virtualRouter.optional().describe('A virtual router [all of them]'),
});

export const steadyState = slice({
  schema,
  docs: 'nothing changes for this long; otherwise the run is inconclusive',
  witnesses: ({ vip }, { virtualRouters }) =>
    virtualRouters.filter(({ name: own }) => vip === undefined || own === vip).flatMap(holdersOf),
  needs: ({ vip }) => vip,
  step: { patience: (assertion) => micros(assertion.for + STEADY_PATIENCE), judge },
});

function judge(assertion: z.output<typeof schema>, view: StepView): StepJudgement {
  const routers = view.topology.virtualRouters.filter(
    ({ name: own }) => assertion.vip === undefined || own === assertion.vip,
  );
  const unsettled = routers.find((router) => view.timeline.ownership.owners(router).length !== 1);
  const since = view.timeline.ownership.lastChange();
  const bound = time(assertion.for);
  const router = unsettled ?? routers[0];
  if (router === undefined || since === undefined || unsettled !== undefined) {
    const measured = text('not settled');
    const because = `${router?.name ?? 'the lab'} has no single owner`;
    return { ...fail({ measured, bound, because }), doubt: 'unsettled' };
  }
  const calm = micros(view.now - since);
  const because = `nothing has changed for ${formatMicros(calm)}`;
  const outcome = { measured: time(calm), bound, because };
  if (calm >= assertion.for) return pass(outcome);
  return { ...fail(outcome), doubt: 'unsettled', retryAt: plus(since, assertion.for) };
}
