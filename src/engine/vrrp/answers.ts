/**
 * How often an Active answers, in addition to its own adverts. A flood of losing adverts, or of priority 0, must not
 * make it flood the network. An answer reaches all losers, so these bounds do not delay a legitimate one.
 */
import type { IpAddress } from '../../net/address.ts';
import { between, type Instant, type Micros, micros, plus } from '../../time.ts';
import type { Answer, InstanceState } from './instance-state.ts';
import { skewTime } from './timers.ts';

/** Losers that are answered in one interval; any others hear these answers, too. */
export const MOST_ANSWERED = 4;

/** Part of an interval that must pass: an advert may arrive early if the one before it was delayed. */
const SPACING = 5 / 8;

/**
 * Whether this loser is answered now: once per interval. If intervals are mixed, the shortest that was heard counts:
 * a Backup that yielded may have learnt it, becomes Active again, and then needs another answer.
 */
export function takesAnswer(
  state: InstanceState,
  source: IpAddress,
  interval: Micros,
  now: Instant,
): boolean {
  if (interval < state.shortest) state.shortest = interval;
  const recent = lastAnswers(state, now);
  const taken = recent.length < MOST_ANSWERED && !recent.some((answer) => answer.source === source);
  state.answered = taken ? [...recent, { source, at: now }] : recent;
  return taken;
}

/** Answers of the last interval. */
export function lastAnswers(
  { answered, shortest }: InstanceState,
  now: Instant,
): readonly Answer[] {
  return answered.filter(({ at }) => between(at, now) < shortest * SPACING);
}

/**
 * When priority 0 may be answered again after `last`. Priority 0 starts the skew timers of all Backups, so the answer
 * cannot wait for the next advert. Half of the shortest Skew_Time that a Backup can have is early enough.
 */
export function nextZeroAnswer(state: InstanceState, last: Instant): Instant {
  return plus(last, micros(skewTime(state) / 2));
}
