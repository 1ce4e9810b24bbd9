/** `steady-state`: no owner changes for this long; a measurement must not begin while the cluster still moves. */
import * as z from 'zod';
import { formatMicros, micros, plus, seconds } from '../../time.ts';
import type { Topology, VirtualRouter } from '../../topology/topology.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice } from '../assertion.ts';
import { holdersOf } from '../grounds.ts';
import { virtualRouter } from '../names.ts';
import { fail, pass, text, time } from '../verdict.ts';

/** How long a settled state is waited for beyond its own length. */
const STEADY_PATIENCE = seconds(10);

export const steadyState = slice({
  schema: z.strictObject({
    for: duration.describe('Nothing changes for this long; otherwise the run is inconclusive'),
    vip: virtualRouter.optional().describe('A virtual router [all of them]'),
  }),
  docs: 'nothing changes for this long; otherwise the run is inconclusive',
  witnesses: ({ vip }, topology) => routersOf(vip, topology).flatMap(holdersOf),
  needs: ({ vip }) => vip,
  step: {
    patience: (assertion) => micros(assertion.for + STEADY_PATIENCE),
    judge({ vip, for: length }, { timeline: { ownership }, topology, now }) {
      const routers = routersOf(vip, topology);
      const unsettled = routers.find((router) => ownership.owners(router).length !== 1);
      const since = ownership.lastChange();
      const bound = time(length);
      const router = unsettled ?? routers[0];
      if (router === undefined || since === undefined || unsettled !== undefined) {
        const measured = text('not settled');
        const because = `${router?.name ?? 'the lab'} has no single owner`;
        return { ...fail({ measured, bound, because }), doubt: 'unsettled' };
      }
      const calm = micros(now - since);
      const because = `nothing has changed for ${formatMicros(calm)}`;
      const outcome = { measured: time(calm), bound, because };
      if (calm >= length) return pass(outcome);
      return { ...fail(outcome), doubt: 'unsettled', retryAt: plus(since, length) };
    },
  },
});

function routersOf(vip: string | undefined, { virtualRouters }: Topology): VirtualRouter[] {
  return virtualRouters.filter(({ name }) => vip === undefined || name === vip);
}
