/** Faults of a node's clock. */
import * as z from 'zod';
import type { Micros } from '../time.ts';
import { signedDuration } from '../topology/yaml/scalars.ts';
import { define, nothing } from './definition.ts';

export interface ClockFault {
  readonly kind: 'clock.step';
  readonly node: string;
  /** May be negative. */
  readonly by: Micros;
}

export const CLOCK_FAULTS = {
  'clock.step': define({
    docs: 'The wall clock of the node jumps.',
    target: 'router',
    with: z.strictObject({ by: signedDuration.describe('How far; backwards if negative') }),
    problems: ({ kind, with: { by } }) => nothing(kind, 'by', by),
    resolve: (node, { with: { by } }): ClockFault => ({ kind: 'clock.step', node, by }),
  }),
};
