/** Counters of an instance since its start, for status and SNMP (RFC 6527). */
import type { Instant } from '../../time.ts';
import type { TransitionReason, VrrpStateName } from './io.ts';

export type Tally = ReturnType<typeof newTally>;

export function newTally() {
  return {
    /** How often it became Active, and the reason of the last time. */
    becameActive: 0,
    activeReason: undefined as TransitionReason | undefined,
    /** Adverts of priority 0. */
    resignationsSent: 0,
    /** Since when it is neither in INIT nor in FAULT. */
    upSince: undefined as Instant | undefined,
  };
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
