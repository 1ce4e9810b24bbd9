/** `announcement`: the new owner's first advert until every address is announced. */
import { failoverMetric } from './samples.ts';

export const announcement = failoverMetric({
  metric: 'announcement',
  docs: "the new owner's first advert until every address is announced",
});
