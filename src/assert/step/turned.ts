/** Whether something is up or down as it should be, and did not become so too early: of servers and of scripts. */
import * as z from 'zod';
import { formatMicros, type Instant, type Micros, micros } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { fail, judged, text } from '../verdict.ts';

export const is = z.enum(['up', 'down']).describe('What it must be');
export const after = duration
  .optional()
  .describe('Not sooner than this after the last fault or heal [0s]');

export function turned(
  { up, at }: { readonly up: boolean; readonly at: Instant | undefined },
  { is, after }: { readonly is: 'up' | 'down'; readonly after?: Micros | undefined },
  sentence: string,
  { since }: StepView,
): StepJudgement {
  const values = { measured: text(up ? 'up' : 'down'), bound: text(is) };
  if (up !== (is === 'up')) return fail({ ...values, because: sentence });
  if (at === undefined || at < since) {
    const late = after === undefined ? '' : ', but was so before the last fault or heal';
    return judged(after === undefined, { ...values, because: sentence + late });
  }
  const took = micros(at - since);
  const isEarly = after !== undefined && took < after;
  const early = isEarly ? `, sooner than ${formatMicros(after)}` : '';
  return judged(!isEarly, {
    ...values,
    because: `${sentence} after ${formatMicros(took)}${early}`,
  });
}
