/** The keywords of a `vrrp_instance`, read into a draft; `resolve.ts` makes an instance of it. */
import { type Family, family, type IpAddress, isMulticast } from '../../net/address.ts';
import { type Micros, micros } from '../../time.ts';
import type {
  AuthenticationConfig,
  GarpConfig,
  HmacConfig,
  UnicastPeer,
  VirtualRoute,
  VirtualRule,
} from '../core/config.ts';
import type { InterfaceTrack, ObjectTrack } from '../core/config-track.ts';
import { type PlacedAddress, readAddress } from './addresses.ts';
import { readAuthentication, readHmac } from './auth.ts';
import { type Findings, unsupported } from './findings.ts';
import { LONGEST_REFRESH, MOST_REPEATS, repeats } from './garp.ts';
import type { InstanceDefaults } from './global.ts';
import type { Token } from './lexer.ts';
import { type NotifyDraft, readNotify } from './notify.ts';
import { joins, readPeer } from './peer.ts';
import { type Preferences, readRoute, readRule } from './routes.ts';
import type { Surroundings } from './surroundings.ts';
import { type Known, readTracks } from './tracking.ts';
import type { Statement } from './tree.ts';
import { UNSUPPORTED_INSTANCE } from './unsupported.ts';
import {
  address,
  bool,
  integer,
  interfaceName,
  LONGEST_SECONDS,
  required,
  timer,
  wholeSeconds,
} from './values.ts';
import { readIpvlan, readVmac, type VmacDraft } from './vmac.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface InstanceDraft {
  readonly at: Token;
  readonly name: string;
  readonly defaults: InstanceDefaults;
  /** Keywords that stand in the block, right or wrong. */
  readonly given: ReadonlyMap<string, Token>;
  state?: 'MASTER' | 'BACKUP';
  interface?: string | undefined;
  vrid?: number;
  priority?: number;
  interval?: Micros;
  intervalAt?: Token;
  /** Of the first address of any kind; what is of the other family is left out. */
  family?: Family;
  version?: 2 | 3;
  preempt: boolean;
  preemptDelay: Micros;
  accept?: boolean;
  addresses: PlacedAddress[];
  excluded: PlacedAddress[];
  routes: VirtualRoute[];
  rules: VirtualRule[];
  peers: UnicastPeer[];
  /** A keyword of unicast stands here; without a peer the instance is multicast all the same. */
  unicastGiven: boolean;
  unicastTtl?: number;
  /** `no_virtual_ipaddress`. */
  noAddresses: boolean;
  checkSource: boolean;
  faultNoPeer: boolean;
  source?: IpAddress | undefined;
  trackSource: boolean;
  group?: IpAddress | undefined;
  vmac?: VmacDraft;
  vmacAddresses: boolean;
  transmitOnBase: boolean;
  authentication: Partial<Mutable<AuthenticationConfig>>;
  hmac?: ((advertInterval: number) => HmacConfig) | undefined;
  garp: Mutable<GarpConfig>;
  lowerPrioDelay?: Micros;
  lowerPrioRepeat?: number;
  lowerPrioNoAdvert?: boolean | undefined;
  higherPrioSendAdvert?: boolean | undefined;
  ownerIgnoreAdverts: boolean;
  downTimerAdverts: number;
  maxAdvertInterval: Micros | undefined;
  skipCheckAddresses: boolean;
  strict: boolean;
  checksumAsV2: boolean;
  trackPrimary: boolean;
  trackInterfaces: InterfaceTrack[];
  tracks: ObjectTrack[];
  notify: NotifyDraft;
}

type Reader = (draft: InstanceDraft, statement: Statement, findings: Findings) => void;

const BASIC: Readonly<Record<string, Reader>> = {
  state: (draft, statement, findings) => {
    const value = required(statement, findings);
    if (value === undefined) return;
    const ignored = value.text === 'BACKUP' && draft.state === 'MASTER';
    if (ignored) findings.warning(value, 'state is MASTER already: BACKUP is ignored');
    else draft.state = value.text === 'MASTER' ? 'MASTER' : 'BACKUP';
    if (value.text !== 'MASTER' && value.text !== 'BACKUP')
      findings.warning(value, 'state is MASTER or BACKUP; BACKUP is taken');
  },
  interface: (draft, { keyword, values }, findings) => {
    const name = interfaceName(values[0], keyword, findings);
    if (name === 'lo') findings.warning(keyword, 'a loopback interface is ignored');
    else if (name !== undefined) draft.interface = name;
  },
  virtual_router_id: (draft, statement, findings) => {
    const vrid = integer(statement, 1, 255, findings, { strict: true });
    if (vrid !== undefined) draft.vrid = vrid;
  },
  priority: (draft, statement, findings) => {
    draft.priority = integer(statement, 1, 255, findings, { strict: true }) ?? 100;
  },
  advert_int: (draft, statement, findings) => {
    const interval = timer(statement, 0.01, 255, findings);
    if (interval === undefined) return;
    draft.intervalAt = statement.values[0] ?? statement.keyword;
    draft.interval = interval;
  },
  version: (draft, statement, findings) => {
    const value = integer(statement, 2, 3, findings);
    const conflict = (draft.version ?? value) !== value || (value === 2 && draft.family === 6);
    if (value !== undefined && conflict)
      findings.warning(statement.keyword, `version ${value} is ignored: it is another already`);
    else if (value === 2 || value === 3) draft.version = value;
  },
  native_ipv6: (draft, { keyword }, findings) => {
    if (draft.family === 4) findings.warning(keyword, 'native_ipv6 beside IPv4 addresses: ignored');
    else Object.assign(draft, { family: 6, version: 3 });
  },
  nopreempt: (draft) => {
    draft.preempt = false;
  },
  preempt: (draft) => {
    draft.preempt = true;
  },
  preempt_delay: (draft, statement, findings) => {
    draft.preemptDelay = timer(statement, 0, 1_000, findings) ?? micros(0);
  },
  accept: (draft) => {
    draft.accept = true;
  },
  no_accept: (draft) => {
    draft.accept = false;
  },
  down_timer_adverts: (draft, statement, findings) => {
    draft.downTimerAdverts = integer(statement, 1, 100, findings) ?? draft.downTimerAdverts;
  },
  max_advert_int: (draft, statement, findings) => {
    draft.maxAdvertInterval = timer(statement, 0.01, 255, findings);
  },
  lower_prio_no_advert: (draft, statement, findings) => {
    draft.lowerPrioNoAdvert = bool(statement, findings) ?? draft.lowerPrioNoAdvert;
  },
  higher_prio_send_advert: (draft, statement, findings) => {
    draft.higherPrioSendAdvert = bool(statement, findings) ?? draft.higherPrioSendAdvert;
  },
  owner_ignore_adverts: (draft, statement, findings) => {
    draft.ownerIgnoreAdverts = bool(statement, findings) ?? draft.ownerIgnoreAdverts;
  },
  // keepalived: `off` turns it on, too.
  skip_check_adv_addr: (draft, statement, findings) => {
    draft.skipCheckAddresses ||= bool(statement, findings) !== undefined;
  },
  strict_mode: (draft, statement, findings) => {
    draft.strict = bool(statement, findings) ?? draft.strict;
  },
  v3_checksum_as_v2: (draft, statement, findings) => {
    draft.checksumAsV2 = bool(statement, findings) ?? draft.checksumAsV2;
  },
  no_virtual_ipaddress: (draft) => {
    draft.noAddresses = true;
  },
  dont_track_primary: (draft) => {
    draft.trackPrimary = false;
  },
};

function source(draft: InstanceDraft, statement: Statement, findings: Findings): void {
  const found = address(statement, findings);
  if (found === undefined) return;
  const same = joins(draft, found, statement.values[0] ?? statement.keyword, findings);
  draft.source = same ? found : undefined;
}

const ADDRESSING: Readonly<Record<string, Reader>> = {
  mcast_src_ip: source,
  unicast_src_ip: (draft, statement, findings) => {
    draft.unicastGiven = true;
    source(draft, statement, findings);
  },
  track_src_ip: (draft) => {
    draft.trackSource = true;
  },
  mcast_dst_ip: (draft, statement, findings) => {
    const found = address(statement, findings);
    const at = statement.values[0] ?? statement.keyword;
    if (!joins(draft, found, at, findings)) return;
    draft.group = isMulticast(found) ? found : undefined;
    if (draft.group === undefined) findings.warning(at, `${found} is no multicast group: ignored`);
  },
  unicast_ttl: (draft, statement, findings) => {
    const ttl = integer(statement, 0, 255, findings, { strict: true });
    if (ttl !== undefined) draft.unicastTtl = ttl;
  },
  check_unicast_src: (draft) => {
    draft.unicastGiven = true;
    draft.checkSource = true;
  },
  unicast_fault_no_peer: (draft) => {
    draft.unicastGiven = true;
    draft.faultNoPeer = true;
  },
  old_unicast_checksum: (draft, { keyword }, findings) => {
    draft.unicastGiven = true;
    unsupported(keyword, UNSUPPORTED_INSTANCE, findings);
  },
  vmac_xmit_base: (draft) => {
    draft.transmitOnBase = true;
  },
  use_vmac: (draft, statement, findings) => {
    draft.vmac = readVmac(statement, draft.vmac, findings);
  },
  use_vmac_addr: (draft) => {
    draft.vmacAddresses = true;
  },
  use_ipvlan: (draft, statement, findings) => {
    draft.vmac = readIpvlan(statement, draft.vmac, findings);
    const own = draft.vmac.ipvlan?.address.address;
    if (own !== undefined) draft.family ??= family(own);
  },
  garp_master_delay: ({ garp }, statement, findings) => {
    garp.delay = wholeSeconds(statement, 0, LONGEST_SECONDS, findings) ?? garp.delay;
  },
  garp_master_repeat: ({ garp }, statement, findings) => {
    garp.repeat = repeats(statement, findings) ?? garp.repeat;
  },
  garp_lower_prio_delay: (draft, statement, findings) => {
    const delay = wholeSeconds(statement, 0, LONGEST_SECONDS, findings);
    if (delay !== undefined) draft.lowerPrioDelay = delay;
  },
  garp_lower_prio_repeat: (draft, statement, findings) => {
    const repeat = integer(statement, 0, MOST_REPEATS, findings);
    if (repeat !== undefined) draft.lowerPrioRepeat = repeat;
  },
  garp_master_refresh: ({ garp }, statement, findings) => {
    garp.refresh = wholeSeconds(statement, 0, LONGEST_REFRESH, findings) ?? micros(0);
  },
  garp_master_refresh_repeat: ({ garp }, statement, findings) => {
    garp.refreshRepeat = repeats(statement, findings) ?? garp.refreshRepeat;
  },
};

const BLOCKS: Readonly<Record<string, Reader>> = {
  virtual_ipaddress: (draft, { block }, findings) => {
    for (const one of block ?? []) {
      const placed = readAddress(one, 'virtual', findings);
      if (placed !== undefined && joins(draft, placed.address.address, one.keyword, findings))
        draft.addresses.push(placed);
    }
  },
  virtual_ipaddress_excluded: (draft, { block }, findings) => {
    draft.excluded.push(
      ...(block ?? []).flatMap((one) => readAddress(one, 'virtual', findings) ?? []),
    );
  },
  virtual_routes: (draft, { block }, findings) => {
    draft.routes.push(...(block ?? []).flatMap((one) => readRoute(one, findings) ?? []));
  },
  unicast_peer: (draft, { block }, findings) => {
    draft.unicastGiven = true;
    for (const one of block ?? []) {
      const peer = readPeer(draft, one, findings);
      if (peer === undefined) continue;
      draft.peers.push(peer);
      draft.checkSource ||= peer.minTtl !== undefined || peer.maxTtl !== undefined;
    }
  },
  authentication: (draft, statement, findings) => {
    readAuthentication(statement, draft.authentication, findings);
  },
};

const READERS = { ...BASIC, ...ADDRESSING, ...BLOCKS };

/** What an instance needs to know of the rest of the configuration. */
export interface InstanceAround {
  readonly defaults: InstanceDefaults;
  readonly preferences: Preferences;
  readonly surroundings: Surroundings;
  readonly findings: Findings;
}

export function readInstance(
  statement: Statement,
  known: Known,
  around: InstanceAround,
): InstanceDraft {
  const { defaults } = around;
  const { keyword, values, block } = statement;
  const draft: InstanceDraft = {
    at: keyword,
    name: values[0]?.text ?? '',
    defaults,
    given: new Map(block?.map((inner) => [inner.keyword.text, inner.keyword])),
    preempt: true,
    preemptDelay: micros(0),
    noAddresses: false,
    addresses: [],
    excluded: [],
    routes: [],
    rules: [],
    peers: [],
    unicastGiven: false,
    checkSource: defaults.checkUnicastSource,
    faultNoPeer: false,
    trackSource: false,
    transmitOnBase: false,
    vmacAddresses: false,
    authentication: {},
    garp: { ...defaults.garp },
    downTimerAdverts: defaults.downTimerAdverts,
    ownerIgnoreAdverts: defaults.ownerIgnoreAdverts,
    maxAdvertInterval: defaults.maxAdvertInterval,
    skipCheckAddresses: defaults.skipCheckAddresses,
    strict: defaults.strict,
    checksumAsV2: defaults.checksumAsV2,
    trackPrimary: true,
    trackInterfaces: [],
    tracks: [],
    notify: {},
  };
  for (const inner of block ?? []) readKeyword(draft, inner, known, around);
  return draft;
}

function readKeyword(
  draft: InstanceDraft,
  inner: Statement,
  known: Known,
  { preferences, surroundings, findings }: InstanceAround,
): void {
  const { keyword } = inner;
  const name = keyword.text;
  const reader = Object.hasOwn(READERS, name)
    ? (READERS as Record<string, Reader>)[name]
    : undefined;
  if (reader !== undefined) reader(draft, inner, findings);
  else if (name === 'virtual_rules')
    draft.rules.push(
      ...(inner.block ?? []).flatMap((one) => readRule(one, preferences, findings) ?? []),
    );
  else if (name === 'auth_hmac') draft.hmac ??= readHmac(inner, surroundings, findings);
  else if (!readTracks(inner, draft, known, findings) && !readNotify(draft.notify, inner, findings))
    unsupported(keyword, UNSUPPORTED_INSTANCE, findings);
}
