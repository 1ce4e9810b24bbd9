/** The state of one virtual router: plain data, its deadlines included. Only `instance.ts` changes it. */
import type { IpAddress } from '../../net/address.ts';
import type { LocalRouter } from '../../net/receive-checks.ts';
import { type Instant, instant, type Micros, minus } from '../../time.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { InterfaceStatus, VrrpStateName } from './io.ts';

export interface InstanceState {
  readonly config: VrrpInstanceConfig;
  /** What received adverts are compared with. */
  readonly local: LocalRouter;
  name: VrrpStateName;
  /** The last the host told of the interface; undefined: nothing yet. */
  status: InterfaceStatus | undefined;
  /** Source of our adverts: primary IPv4 or link-local IPv6 address. */
  source: IpAddress | undefined;
  /** Active_Adver_Interval: learned from the Active in version 3. */
  interval: Micros;
  skewInterval: Micros;
  /** Active_Down_Timer, while Backup. */
  downAt: Instant | undefined;
  /** Who resigned, if the Active_Down_Timer is only the skew after its priority 0. */
  resigned: IpAddress | undefined;
  /** Adver_Timer, while Active. */
  advertAt: Instant | undefined;
  /** Second burst of announcements after a takeover. */
  announceAt: Instant | undefined;
  /** Leave FAULT after a failed send. */
  retryAt: Instant | undefined;
  /** preempt_delay: lower adverts are obeyed until then. */
  preemptFrom: Instant;
  /** The surviving Active of a merge announces at most once an interval. */
  reannouncedAt: Instant;
  /** The encoded advert and what it was made for; adverts seldom change. */
  encoded:
    | { readonly source: IpAddress; readonly priority: number; readonly message: Uint8Array }
    | undefined;
}

export function initialState(config: VrrpInstanceConfig): InstanceState {
  return {
    config,
    local: {
      version: config.version,
      priority: config.priority,
      interval: config.advertInterval,
      addresses: config.addresses.map(({ address }) => address),
      ownerListens: config.profile === 'rfc9568',
    },
    name: 'INIT',
    status: undefined,
    source: undefined,
    interval: config.advertInterval,
    skewInterval: config.advertInterval,
    downAt: undefined,
    resigned: undefined,
    advertAt: undefined,
    announceAt: undefined,
    retryAt: undefined,
    preemptFrom: instant(0),
    reannouncedAt: minus(instant(0), config.advertInterval),
    encoded: undefined,
  };
}

/** The earliest deadline; undefined: only an input can change anything. */
export function nextDeadline(state: InstanceState): Instant | undefined {
  let next = state.downAt;
  if (state.advertAt !== undefined && (next === undefined || state.advertAt < next))
    next = state.advertAt;
  if (state.announceAt !== undefined && (next === undefined || state.announceAt < next))
    next = state.announceAt;
  if (state.retryAt !== undefined && (next === undefined || state.retryAt < next))
    next = state.retryAt;
  return next;
}
