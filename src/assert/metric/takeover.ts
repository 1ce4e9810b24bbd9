/** `takeover`: the fault to the last address on the new owner. */
import { failoverMetric } from './samples.ts';

export const takeover = failoverMetric({
  metric: 'takeover',
  docs: 'the fault to the last address on the new owner',
});
