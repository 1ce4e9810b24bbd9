/** The bounds of `engine/check/checker.ts`. */
import type { CheckTiming } from '../../src/engine/core/config-checker.ts';
import { type Micros, micros } from '../../src/time.ts';

/**
 * The time from a permanent failure of a server to its verdict. Earliest: a probe is in flight and fails at once.
 * Latest: the server fails just after it answered a probe, and every further probe runs into its timeout.
 */
export function downBounds({ interval, timeout, fall, retryDelay }: CheckTiming): {
  readonly earliest: Micros;
  readonly latest: Micros;
} {
  if (retryDelay === undefined) {
    const step = interval * Math.ceil(Math.max(timeout, 1) / interval);
    return {
      earliest: micros((fall - 1) * interval),
      latest: micros(interval + (fall - 1) * step + timeout),
    };
  }
  return {
    earliest: micros((fall - 1) * retryDelay),
    latest: micros(interval + timeout + (fall - 1) * (retryDelay + timeout)),
  };
}
