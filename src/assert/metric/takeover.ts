/** `takeover`: the fault to the last address on the new owner. */
import { failoverMetric } from './samples.ts';

export const takeover = failoverMetric(
  'takeover',
  'the fault to the last address on the new owner',
);
