/**
 * The arithmetic of VRRP's timers, in whole microseconds and rounded once: neighbours in priority are
 * 39 us apart at 10 ms adverts, so a coarser unit would merge them.
 */
import { type Micros, micros } from '../../time.ts';
import type { InstanceState } from './instance-state.ts';

/**
 * Skew_Time. Version 3: (256 - priority) / 256 of the interval (RFC 9568 6.1). Version 2: of one
 * second, with any interval (RFC 3768 6.1).
 */
export function skewTime(
  { config, priority, skewInterval }: InstanceState,
  interval: Micros = skewInterval,
): Micros {
  return micros(((256 - priority) * (config.version === 2 ? 1_000_000 : interval)) / 256);
}

/**
 * Active_Down_Interval: 3 * Active_Adver_Interval + Skew_Time (RFC 9568 6.1; RFC 3768 6.1). Version 3 counts the interval
 * learnt from the Active; RFC 5798 forgot to renew the one that Skew_Time is taken from.
 */
export function downInterval(state: InstanceState): Micros {
  const { version, advertInterval } = state.config;
  return waitOf(state, version === 2 ? advertInterval : state.interval, state.skewInterval);
}

/**
 * The least time that the Backups of an Active wait for its adverts. They use the interval that it advertises,
 * not the one that it learnt itself as a Backup.
 */
export function patienceOfPeers(state: InstanceState): Micros {
  const { advertInterval } = state.config;
  return waitOf(state, advertInterval, advertInterval);
}

/** keepalived `down_timer_adverts` [3]: the adverts that may be missed. */
function waitOf(state: InstanceState, interval: Micros, skewInterval: Micros): Micros {
  return micros(state.config.downTimerAdverts * interval + skewTime(state, skewInterval));
}
