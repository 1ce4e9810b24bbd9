/** `overhead`: the new owner's first advert, compared with when its timer was due. */
import { failoverMetric } from './samples.ts';

export const overhead = failoverMetric({
  metric: 'overhead',
  docs: "the new owner's first advert, compared with when its timer was due",
});
