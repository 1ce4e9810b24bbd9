/**
 * The part of a virtual router's state that decides its future, as one row of whole numbers: two rows are equal if
 * and only if the routers will do the same. Deadlines are relative to now, which makes the states of a cluster
 * finite. All other fields of `InstanceState` are bookkeeping, caches or constants; a test classifies every field,
 * so that a new one cannot be forgotten here.
 */
import type { IpAddress } from '../../net/address.ts';
import { between, type Instant, micros, minus, plus } from '../../time.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import { lastAnswers, MOST_ANSWERED } from './answers.ts';
import type { Answer, InstanceState } from './instance-state.ts';
import type { InterfaceStatus, VrrpStateName } from './io.ts';
import { calmAfter } from './transition.ts';

/** Numbers in a row. */
const ANSWERS_AT = 24;
export const SNAPSHOT_WIDTH = ANSWERS_AT + 2 * MOST_ANSWERED;

/** Values that rows name by index. */
export interface SnapshotFrame {
  readonly addresses: readonly IpAddress[];
  readonly statuses: readonly InterfaceStatus[];
}

/** Of the first number of a row. */
export const SNAPSHOT_NAMES: readonly VrrpStateName[] = ['INIT', 'BACKUP', 'MASTER', 'FAULT'];

/** No deadline. */
const NEVER = -0x8000_0000;

/** Writes the row at `row[at..]`. The router is in no sync group, whose members move together. */
export function snapshot(
  state: InstanceState,
  now: Instant,
  frame: SnapshotFrame,
  row: Int32Array,
  at: number,
): void {
  const { config, status, deadlines } = state;
  row[at] = SNAPSHOT_NAMES.indexOf(state.name);
  row[at + 1] = state.priority;
  row[at + 2] = state.wants ? 1 : 0;
  row[at + 3] = status === undefined ? -1 : frame.statuses.indexOf(status);
  row[at + 4] = indexOf(frame, state.source);
  row[at + 5] = remembersActive(config) ? indexOf(frame, state.active) : -1;
  row[at + 6] = state.interval;
  row[at + 7] = state.skewInterval;
  row[at + 8] = relative(deadlines.start, now);
  row[at + 9] = relative(deadlines.down, now);
  row[at + 10] = indexOf(frame, state.resigned);
  row[at + 11] = relative(deadlines.advert, now);
  row[at + 12] = relative(deadlines.announce, now);
  row[at + 13] = deadlines.announce === undefined ? 0 : state.announceRepeat;
  row[at + 14] = relative(deadlines.refresh, now);
  row[at + 15] = relative(deadlines.retry, now);
  // The past has no effect.
  row[at + 16] = Math.max(0, between(now, state.preemptFrom));
  row[at + 17] = answersLosers(state) ? sinceAnswered(state, now) : 0;
  row[at + 18] = answersLosers(state) ? relative(deadlines.answer, now) : NEVER;
  row[at + 19] = relative(state.silentSince, now);
  row[at + 20] = state.backOff;
  row[at + 21] = sinceFault(state, now);
  row[at + 22] = state.name === 'MASTER' ? Math.max(0, between(now, state.zeroFrom)) : 0;
  row[at + 23] = state.name === 'MASTER' ? state.shortest : config.advertInterval;
  const answers = state.name === 'MASTER' ? answersOf(state, now, frame) : [];
  for (let i = 0; i < MOST_ANSWERED; i++) {
    const [source, since] = answers[i] ?? [-1, 0];
    row[at + ANSWERS_AT + 2 * i] = source;
    row[at + ANSWERS_AT + 2 * i + 1] = since;
  }
}

/** Whether its Active matters: for the check of the address list, and for preemption after preempt_delay. */
function remembersActive({ skipCheckAddresses, preemptDelay }: VrrpInstanceConfig): boolean {
  return skipCheckAddresses || preemptDelay > 0;
}

/** Sets the state that `snapshot` wrote, relative to `now`; bookkeeping is left as it is. */
export function restore(
  state: InstanceState,
  now: Instant,
  frame: SnapshotFrame,
  row: Int32Array,
  at: number,
): void {
  const { deadlines } = state;
  state.name = SNAPSHOT_NAMES[row[at] ?? 0] ?? 'INIT';
  state.priority = row[at + 1] ?? 0;
  state.wants = row[at + 2] === 1;
  state.status = frame.statuses[row[at + 3] ?? -1];
  state.source = frame.addresses[row[at + 4] ?? -1];
  state.active = frame.addresses[row[at + 5] ?? -1];
  state.interval = micros(row[at + 6] ?? 0);
  state.skewInterval = micros(row[at + 7] ?? 0);
  deadlines.start = absolute(row[at + 8], now);
  deadlines.down = absolute(row[at + 9], now);
  state.resigned = frame.addresses[row[at + 10] ?? -1];
  deadlines.advert = absolute(row[at + 11], now);
  deadlines.announce = absolute(row[at + 12], now);
  state.announceRepeat = row[at + 13] ?? 0;
  deadlines.refresh = absolute(row[at + 14], now);
  deadlines.retry = absolute(row[at + 15], now);
  state.preemptFrom = plus(now, micros(row[at + 16] ?? 0));
  state.reannouncedAt = minus(now, micros(row[at + 17] ?? 0));
  deadlines.answer = absolute(row[at + 18], now);
  state.silentSince = absolute(row[at + 19], now);
  state.backOff = micros(row[at + 20] ?? 0);
  state.tally.upSince = absolute(row[at + 21], now);
  state.zeroFrom = plus(now, micros(row[at + 22] ?? 0));
  state.shortest = micros(row[at + 23] ?? 0);
  state.answered = answersIn(row, at + ANSWERS_AT, now, frame);
}

/** Whether the time of the last announcement for a loser matters. */
function answersLosers({ name, config }: InstanceState): boolean {
  return name === 'MASTER' && config.garp.lowerPrioRepeat > 0;
}

/** As indices and times since then, sorted, because the order of the answers does not matter. */
function answersOf(
  state: InstanceState,
  now: Instant,
  frame: SnapshotFrame,
): readonly (readonly [number, number])[] {
  if (state.answered.length === 0) return [];
  return lastAnswers(state, now)
    .map(({ source, at }) => [indexOf(frame, source), between(at, now)] as const)
    .sort(([a], [b]) => a - b);
}

function answersIn(
  row: Int32Array,
  from: number,
  now: Instant,
  { addresses }: SnapshotFrame,
): readonly Answer[] {
  const found: Answer[] = [];
  for (let i = from; i < from + 2 * MOST_ANSWERED; i += 2) {
    const source = addresses[row[i] ?? -1];
    if (source !== undefined) found.push({ source, at: minus(now, micros(row[i + 1] ?? 0)) });
  }
  return found;
}

/** At most an interval: longer times have the same effect. */
function sinceAnswered({ config, reannouncedAt }: InstanceState, now: Instant): number {
  return Math.min(between(reannouncedAt, now), config.advertInterval);
}

/** Matters only after a back-off, which ends when the router has been well for long enough. */
function sinceFault(state: InstanceState, now: Instant): number {
  const { upSince } = state.tally;
  if (state.backOff === 0 || upSince === undefined) return NEVER;
  return Math.max(between(now, upSince), -calmAfter(state) - 1);
}

function relative(at: Instant | undefined, now: Instant): number {
  return at === undefined ? NEVER : between(now, at);
}

function absolute(value: number | undefined, now: Instant): Instant | undefined {
  return value === undefined || value === NEVER ? undefined : plus(now, micros(value));
}

function indexOf({ addresses }: SnapshotFrame, address: IpAddress | undefined): number {
  return address === undefined ? -1 : addresses.indexOf(address);
}
