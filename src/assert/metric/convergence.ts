/** `convergence`: the fault to the first reply of the new owner after which nothing is lost. */
import { failoverMetric } from './samples.ts';

export const convergence = failoverMetric({
  metric: 'convergence',
  docs: 'the fault to the first reply of the new owner after which nothing is lost',
  isProbed: true,
  includesTimer: true,
});
