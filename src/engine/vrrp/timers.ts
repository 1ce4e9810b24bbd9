/**
 * The arithmetic of VRRP's timers, in whole microseconds and rounded once: neighbours in priority are
 * 39 us apart at 10 ms adverts, so a coarser unit would merge them.
 */
import { type Micros, micros } from '../../time.ts';
import type { InstanceState } from './instance-state.ts';

/** What the timers of a Backup depend on. */
export interface TimerBasis {
  readonly version: 2 | 3;
  /** The priority used in our adverts, 1..255. */
  readonly priority: number;
  /** Active_Adver_Interval: our own, or the one learned from the Active (version 3). */
  readonly interval: Micros;
  /** The interval Skew_Time is taken from; RFC 5798 forgot to renew it when an interval is learned. */
  readonly skewInterval: Micros;
  /** Adverts that may be missed, keepalived `down_timer_adverts` [3]. */
  readonly adverts?: number;
}

/**
 * Skew_Time. Version 3: (256 - priority) / 256 of the interval (RFC 9568 6.1). Version 2: of one
 * second, whatever the interval (RFC 3768 6.1).
 */
export function skewTime({ version, priority, skewInterval }: TimerBasis): Micros {
  return micros(((256 - priority) * (version === 2 ? 1_000_000 : skewInterval)) / 256);
}

/** Active_Down_Interval: 3 * Active_Adver_Interval + Skew_Time (RFC 9568 6.1; RFC 3768 6.1). */
export function activeDownInterval(basis: TimerBasis): Micros {
  return micros((basis.adverts ?? 3) * basis.interval + skewTime(basis));
}

/** The basis of an instance's own timers. */
export function basis(state: InstanceState): TimerBasis {
  const { version, advertInterval, downTimerAdverts } = state.config;
  return {
    version,
    priority: state.priority,
    interval: version === 2 ? micros(advertInterval) : state.interval,
    skewInterval: state.skewInterval,
    adverts: downTimerAdverts,
  };
}

export function downInterval(state: InstanceState): Micros {
  return activeDownInterval(basis(state));
}

/**
 * The least time that the Backups of an Active wait for its adverts. They use the interval that it advertises,
 * not the one that it learnt itself as a Backup.
 */
export function patienceOfPeers(state: InstanceState): Micros {
  const { advertInterval } = state.config;
  return activeDownInterval({
    ...basis(state),
    interval: advertInterval,
    skewInterval: advertInterval,
  });
}
