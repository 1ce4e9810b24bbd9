/**
 * How often an Active answers beyond its own adverts. Whoever floods it with losing adverts, or with priority 0,
 * must not make it flood the network. One answer reaches everybody, so these bounds cost an honest loser nothing.
 */
import type { IpAddress } from '../../net/address.ts';
import { between, type Instant, type Micros, micros, plus } from '../../time.ts';
import type { Answer, InstanceState } from './instance-state.ts';
import { basis, skewTime } from './timers.ts';

/** Losers that are answered in the same interval: more than that hear the answers to the others. */
export const MOST_ANSWERED = 4;

/** Of an interval: an advert may be on its way for less time than the one before it was. */
const SPACING = 5 / 8;

/**
 * Whether this loser is answered now: once an interval. Where intervals are mixed the shortest counts that was heard:
 * a Backup that yielded has learnt it perhaps, and comes back, and must be told again.
 */
export function takesAnswer(
  state: InstanceState,
  source: IpAddress,
  interval: Micros,
  now: Instant,
): boolean {
  if (interval < state.shortest) state.shortest = interval;
  const lately = lastAnswers(state, now);
  const taken = lately.length < MOST_ANSWERED && !lately.some((one) => one.source === source);
  state.answered = taken ? [...lately, { source, at: now }] : lately;
  return taken;
}

/** Those that still count. */
export function lastAnswers(
  { answered, shortest }: InstanceState,
  now: Instant,
): readonly Answer[] {
  return answered.filter(({ at }) => between(at, now) < shortest * SPACING);
}

/**
 * When the next priority 0 may be answered after that at `last`. It starts the skew timers of all Backups, so it
 * cannot wait for the next advert; half of the shortest Skew_Time that one of them can have is soon enough.
 */
export function nextZeroAnswer(state: InstanceState, last: Instant): Instant {
  return plus(last, micros(skewTime(basis(state)) / 2));
}
