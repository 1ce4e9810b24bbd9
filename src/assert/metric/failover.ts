/** The metrics of a failover: each name is an assertion over the repeats of a run. */
import { failoverMetric } from './samples.ts';

export const FAILOVER_METRICS = {
  convergence: failoverMetric({
    metric: 'convergence',
    docs: 'the fault to the first reply of the new owner without later losses',
    isProbed: true,
    includesTimer: true,
  }),
  detection: failoverMetric({
    metric: 'detection',
    docs: "the fault to the new owner's first advert",
    includesTimer: true,
  }),
  takeover: failoverMetric({
    metric: 'takeover',
    docs: 'the fault to the last address on the new owner',
  }),
  announcement: failoverMetric({
    metric: 'announcement',
    docs: "the new owner's first advert until every address is announced",
  }),
  overhead: failoverMetric({
    metric: 'overhead',
    docs: "the new owner's first advert, compared with when its timer was due",
  }),
} as const;
