/** Whether something is up or down as it should be, and did not become so too early: of servers and of scripts. */
import * as z from 'zod';
import { formatMicros, type Instant, type Micros, micros } from '../../time.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import type { StepJudgement, StepView } from '../step-view.ts';
import { fail, pass, text } from '../verdict.ts';

export const is = z.enum(['up', 'down']).describe('What it must be');
export const after = duration
  .optional()
  .describe('Not sooner than this after the last fault or heal [0s]');

export interface Turned {
  readonly is: 'up' | 'down';
  readonly after?: Micros | undefined;
}

export function turned(
  { up, at }: { readonly up: boolean; readonly at: Instant | undefined },
  { is, after }: Turned,
  sentence: string,
  { since }: StepView,
): StepJudgement {
  const measured = text(up ? 'up' : 'down');
  const bound = text(is);
  if (up !== (is === 'up')) return fail({ measured, bound, because: sentence });
  const took = at === undefined || at < since ? undefined : micros(at - since);
  if (after !== undefined && took === undefined)
    return fail({
      measured,
      bound,
      because: `${sentence}, but was so before the last fault or heal`,
    });
  const when = took === undefined ? '' : ` after ${formatMicros(took)}`;
  if (after !== undefined && took !== undefined && took < after) {
    const because = `${sentence}${when}, sooner than ${formatMicros(after)}`;
    return fail({ measured, bound, because });
  }
  return pass({ measured, bound, because: `${sentence}${when}` });
}
