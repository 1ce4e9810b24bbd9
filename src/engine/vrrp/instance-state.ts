/** The state of one virtual router: plain data, its deadlines included. Only `engine/vrrp` changes it. */
import type { IpAddress } from '../../net/address.ts';
import type { LocalRouter } from '../../net/local-checks.ts';
import { type Instant, instant, micros, minus } from '../../time.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { SyncGroupConfig } from '../core/config-track.ts';
import { initialAuth } from './authentication.ts';
import { noDeadlines } from './deadlines.ts';
import type { InterfaceStatus, VrrpStateName } from './io.ts';
import type { PeerTable } from './peers.ts';
import { newTally } from './tally.ts';
import type { SharedContext } from './tracking.ts';

type Values = ReturnType<typeof valuesAt>;
type Constant = 'config' | 'local' | 'context' | 'auth' | 'peers' | 'tally' | 'deadlines';
export type InstanceState = Readonly<Pick<Values, Constant>> & Omit<Values, Constant>;

interface Encoded {
  readonly source: IpAddress;
  readonly priority: number;
  readonly messages: Map<IpAddress, Uint8Array>;
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

export const initialState: (config: VrrpInstanceConfig, context: SharedContext) => InstanceState =
  valuesAt;

function valuesAt(config: VrrpInstanceConfig, context: SharedContext) {
  return {
    config,
    /** The expected values of the receive checks. */
    local: localOf(config),
    /** State shared by all instances of the process. */
    context,
    auth: initialAuth(),
    peers: new Map() as PeerTable,
    group: undefined as SyncGroup | undefined,
    name: 'INIT' as VrrpStateName,
    /** Why it is in this state, for `halabd status`. */
    why: 'not started',
    since: instant(0),
    transitions: 0,
    tally: newTally(),
    /** Effective priority: the configured one, moved by the tracked objects. */
    priority: config.priority,
    /** In a sync group: ready to become Active as soon as all other members are. */
    wants: false,
    /** The last status of the interface from the host; undefined: none yet. */
    status: undefined as InterfaceStatus | undefined,
    /** Source of our adverts: primary IPv4 or link-local IPv6 address, or the configured one. */
    source: undefined as IpAddress | undefined,
    /** The last sender that was heard as Active; its address list was checked. */
    active: undefined as IpAddress | undefined,
    /** Active_Adver_Interval: learned from the Active in version 3. */
    interval: config.advertInterval,
    skewInterval: config.advertInterval,
    deadlines: noDeadlines(),
    /** The sender of the priority 0 that set the Active_Down_Timer to Skew_Time; undefined: no such. */
    resigned: undefined as IpAddress | undefined,
    /** How many announcements of each address the second burst has. */
    announceRepeat: 0,
    /** Since when adverts fail: the last one that went out, or the first try to become Active; undefined: they do not. */
    silentSince: undefined as Instant | undefined,
    /** Length of the last stay in FAULT because it could not act; doubles with each one. */
    backOff: micros(0),
    /** preempt_delay: until then lower adverts restart the Active_Down_Timer, too. */
    preemptFrom: instant(0),
    /** When it last announced again because of a losing advert. */
    reannouncedAt: minus(instant(0), config.advertInterval),
    /** Answers to losing adverts in the last interval; at most `MOST_ANSWERED`. */
    answered: [] as readonly Answer[],
    /** The shortest interval that was heard while Active, its own included. */
    shortest: config.advertInterval,
    /** Until then priority 0 is not answered at once. */
    zeroFrom: instant(0),
    /** Cache of encoded adverts, by destination. */
    encoded: undefined as Encoded | undefined,
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
