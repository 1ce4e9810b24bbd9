/** `detection`: the fault to the new owner's first advert. */
import { failoverMetric } from './samples.ts';

export const detection = failoverMetric({
  metric: 'detection',
  docs: "the fault to the new owner's first advert",
  includesTimer: true,
});
