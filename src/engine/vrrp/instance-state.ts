/** The state of one virtual router: plain data, its deadlines included. Only `engine/vrrp` changes it. */
import type { IpAddress } from '../../net/address.ts';
import type { LocalRouter } from '../../net/local-checks.ts';
import { type Instant, instant, type Micros, micros, minus } from '../../time.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { SyncGroupConfig } from '../core/config-track.ts';
import { type AuthState, initialAuth } from './authentication.ts';
import { type Deadlines, noDeadlines } from './deadlines.ts';
import type { InterfaceStatus, VrrpStateName } from './io.ts';
import type { PeerTable } from './peers.ts';
import { newTally, type Tally } from './tally.ts';
import type { Surroundings } from './tracking.ts';

export interface InstanceState {
  readonly config: VrrpInstanceConfig;
  /** What received adverts are compared with. */
  readonly local: LocalRouter;
  /** What all instances of the process share. */
  readonly around: Surroundings;
  readonly auth: AuthState;
  readonly peers: PeerTable;
  group: SyncGroup | undefined;
  name: VrrpStateName;
  /** Why, and since when: for people who ask. */
  why: string;
  since: Instant;
  transitions: number;
  readonly tally: Tally;
  /** Effective priority: the configured one and what the tracked objects make of it. */
  priority: number;
  /** In a sync group: would be Active if the others were ready. */
  wants: boolean;
  /** The last the host told of the interface; undefined: nothing yet. */
  status: InterfaceStatus | undefined;
  /** Source of our adverts: primary IPv4 or link-local IPv6 address, or the configured one. */
  source: IpAddress | undefined;
  /** Who was last heard as Active, and whose address list was checked. */
  active: IpAddress | undefined;
  /** Active_Adver_Interval: learned from the Active in version 3. */
  interval: Micros;
  skewInterval: Micros;
  readonly deadlines: Deadlines;
  /** Who resigned, if the Active_Down_Timer is only the skew after its priority 0. */
  resigned: IpAddress | undefined;
  /** How many announcements of each address the second burst has. */
  announceRepeat: number;
  /** The last advert that went out, or the first try to become Active; undefined: the last advert did go out. */
  silentSince: Instant | undefined;
  /** How long it waits in FAULT, which it went to because it could not act. */
  backOff: Micros;
  /** preempt_delay: lower adverts are obeyed until then. */
  preemptFrom: Instant;
  /** When the surviving Active of a merge last announced again; not too often. */
  reannouncedAt: Instant;
  /** Whom it has answered in the last interval; at most `MOST_ANSWERED`. */
  answered: readonly Answer[];
  /** The shortest interval that was heard while Active, its own included. */
  shortest: Micros;
  /** Until then priority 0 is not answered at once. */
  zeroFrom: Instant;
  /** Encoded adverts by destination and what they were made for; they seldom change. */
  encoded:
    | {
        readonly source: IpAddress;
        readonly priority: number;
        readonly messages: Map<IpAddress, Uint8Array>;
      }
    | undefined;
}

/** An answer to a losing advert. */
export interface Answer {
  /** Of the losing advert. */
  readonly source: IpAddress;
  readonly at: Instant;
}

/** Here and not in `sync-group.ts`, because the types of an instance and of its group refer to each other. */
export interface SyncGroup {
  readonly config: SyncGroupConfig;
  readonly members: readonly InstanceState[];
  /** Added to a group that was MASTER: its state does not count before they have become Active, too. */
  readonly joining: Set<InstanceState>;
  name: VrrpStateName;
}

export function initialState(config: VrrpInstanceConfig, around: Surroundings): InstanceState {
  return {
    config,
    local: localOf(config),
    around,
    auth: initialAuth(),
    peers: new Map(),
    group: undefined,
    name: 'INIT',
    why: 'not started',
    since: instant(0),
    transitions: 0,
    tally: newTally(),
    priority: config.priority,
    wants: false,
    status: undefined,
    source: undefined,
    active: undefined,
    interval: config.advertInterval,
    skewInterval: config.advertInterval,
    deadlines: noDeadlines(),
    resigned: undefined,
    announceRepeat: 0,
    silentSince: undefined,
    backOff: micros(0),
    preemptFrom: instant(0),
    reannouncedAt: minus(instant(0), config.advertInterval),
    answered: [],
    shortest: config.advertInterval,
    zeroFrom: instant(0),
    encoded: undefined,
  };
}

function localOf(config: VrrpInstanceConfig): LocalRouter {
  const { authentication, unicast } = config;
  return {
    version: config.version,
    priority: config.priority,
    interval: config.advertInterval,
    addresses: config.addresses.map(({ address }) => address),
    ownerListens: config.profile === 'rfc9568' && !config.ownerIgnoreAdverts,
    authType: authentication === undefined ? 0 : authentication.type === 'PASS' ? 1 : 2,
    signed: config.hmac !== undefined,
    unicast: unicast && {
      checkSource: unicast.checkSource,
      peers: new Map(
        unicast.peers.map(({ address, minTtl, maxTtl }) => [
          address,
          { minTtl: minTtl ?? 0, maxTtl: maxTtl ?? 255 },
        ]),
      ),
    },
  };
}
