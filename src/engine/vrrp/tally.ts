/** Counters of an instance since its start, for status and SNMP (RFC 6527). */
import type { Instant } from '../../time.ts';
import type { TransitionReason, VrrpStateName } from './io.ts';

export interface Tally {
  /** How often it became Active, and the reason of the last time. */
  becameActive: number;
  activeReason: TransitionReason | undefined;
  /** Adverts of priority 0. */
  resignationsSent: number;
  /** Since when it is neither in INIT nor in FAULT. */
  upSince: Instant | undefined;
}

export function newTally(): Tally {
  return { becameActive: 0, activeReason: undefined, resignationsSent: 0, upSince: undefined };
}

export function tallyState(
  tally: Tally,
  to: VrrpStateName,
  reason: TransitionReason,
  now: Instant,
): void {
  if (to === 'INIT' || to === 'FAULT') tally.upSince = undefined;
  else tally.upSince ??= now;
  if (to !== 'MASTER') return;
  tally.becameActive++;
  tally.activeReason = reason;
}
