/** Faults of a node's clock. */
import * as z from 'zod';
import { signedDuration } from '../topology/yaml/scalars.ts';
import { define, nothing, type PlainFault } from './definition.ts';

const stepped = z.strictObject({ by: signedDuration.describe('How far; backwards if negative') });

export type ClockFault = PlainFault<'clock.step', typeof stepped>;

export const CLOCK_FAULTS = {
  'clock.step': define({
    docs: 'The wall clock of the node jumps.',
    target: 'router',
    with: stepped,
    problems: ({ kind, with: { by } }, _, report) => nothing(kind, 'by', by, report),
  }),
};
