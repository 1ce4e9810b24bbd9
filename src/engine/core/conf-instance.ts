/** The keywords of a `vrrp_instance`, read into a draft; `conf-resolve.ts` makes an instance of it. */
import { type IpAddress, parseIp } from '../../net/address.ts';
import { type Micros, micros } from '../../time.ts';
import { type PlacedAddress, readAddress, readRoute, readRule } from './conf-addresses.ts';
import { readAuthentication, readHmac } from './conf-auth.ts';
import { type Findings, unknownKeyword, unsupported } from './conf-findings.ts';
import type { InstanceDefaults } from './conf-global.ts';
import type { Token } from './conf-lexer.ts';
import { readNotify } from './conf-notify.ts';
import type { Surroundings } from './conf-surroundings.ts';
import { nameOf, readTracks, type TrackUse } from './conf-tracking.ts';
import type { Statement } from './conf-tree.ts';
import { UNSUPPORTED_INSTANCE } from './conf-unsupported.ts';
import { address, bool, integer, integerAt, interfaceName, timer } from './conf-values.ts';
import { readIpvlan, readVmac, type VmacDraft } from './conf-vmac.ts';
import type {
  AuthenticationConfig,
  GarpConfig,
  HmacConfig,
  NotifyConfig,
  UnicastPeer,
  VirtualRoute,
  VirtualRule,
} from './config.ts';
import type { InterfaceTrack } from './config-track.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface InstanceDraft {
  readonly at: Token;
  readonly name: string;
  readonly defaults: InstanceDefaults;
  /** Keywords that stand in the block, right or wrong: what is wrong is not also missing. */
  readonly given: ReadonlyMap<string, Token>;
  state?: 'MASTER' | 'BACKUP';
  interface?: string | undefined;
  vrid?: number | undefined;
  priority?: number | undefined;
  interval?: Micros | undefined;
  intervalAt?: Token;
  version?: 2 | 3;
  preempt: boolean;
  preemptDelay: Micros;
  accept?: boolean;
  addresses: PlacedAddress[];
  excluded: PlacedAddress[];
  routes: VirtualRoute[];
  rules: VirtualRule[];
  peers?: UnicastPeer[];
  ttlLimited: boolean;
  unicastTtl: number;
  checkSource: boolean;
  faultNoPeer: boolean;
  source?: IpAddress | undefined;
  trackSource: boolean;
  group?: IpAddress | undefined;
  vmac?: VmacDraft;
  vmacAddresses: boolean;
  transmitOnBase: boolean;
  authentication?: AuthenticationConfig | undefined;
  hmac?: ((advertInterval: number) => HmacConfig) | undefined;
  garp: Mutable<GarpConfig>;
  lowerPrioGiven: boolean;
  lowerPrioNoAdvert: boolean;
  higherPrioSendAdvert: boolean;
  ownerIgnoreAdverts: boolean;
  downTimerAdverts: number;
  maxAdvertInterval: Micros | undefined;
  skipCheckAddresses: boolean;
  strict: boolean;
  checksumAsV2: boolean;
  trackPrimary: boolean;
  trackInterfaces: InterfaceTrack[];
  uses: TrackUse[];
  notify: Mutable<NotifyConfig>;
}

type Reader = (draft: InstanceDraft, statement: Statement, findings: Findings) => void;

const BASIC: Readonly<Record<string, Reader>> = {
  state: (draft, { keyword, values }, findings) => {
    const text = values[0]?.text ?? '';
    draft.state = text === 'MASTER' ? 'MASTER' : 'BACKUP';
    if (text !== 'MASTER' && text !== 'BACKUP')
      findings.warning(values[0] ?? keyword, 'state is MASTER or BACKUP; BACKUP is taken');
  },
  interface: (draft, { keyword, values }, findings) => {
    draft.interface = interfaceName(values[0], keyword, findings);
  },
  virtual_router_id: (draft, statement, findings) => {
    draft.vrid = integer(statement, 1, 255, findings);
  },
  priority: (draft, statement, findings) => {
    draft.priority = integer(statement, 1, 255, findings);
  },
  advert_int: (draft, statement, findings) => {
    draft.intervalAt = statement.values[0] ?? statement.keyword;
    draft.interval = timer(statement, 0.01, 255, findings);
  },
  version: (draft, statement, findings) => {
    const value = integer(statement, 2, 3, findings);
    if (value === 2 || value === 3) draft.version = value;
  },
  nopreempt: (draft) => {
    draft.preempt = false;
  },
  preempt: (draft) => {
    draft.preempt = true;
  },
  preempt_delay: (draft, statement, findings) => {
    draft.preemptDelay = timer(statement, 0, 1_000, findings) ?? draft.preemptDelay;
  },
  accept: (draft) => {
    draft.accept = true;
  },
  no_accept: (draft) => {
    draft.accept = false;
  },
  down_timer_adverts: (draft, statement, findings) => {
    draft.downTimerAdverts = integer(statement, 1, 100, findings) ?? 3;
  },
  max_advert_int: (draft, statement, findings) => {
    draft.maxAdvertInterval = timer(statement, 0.01, 255, findings);
  },
  lower_prio_no_advert: (draft, statement, findings) => {
    draft.lowerPrioNoAdvert = bool(statement, findings);
  },
  higher_prio_send_advert: (draft, statement, findings) => {
    draft.higherPrioSendAdvert = bool(statement, findings);
  },
  owner_ignore_adverts: (draft, statement, findings) => {
    draft.ownerIgnoreAdverts = bool(statement, findings);
  },
  skip_check_adv_addr: (draft, statement, findings) => {
    draft.skipCheckAddresses = bool(statement, findings);
  },
  strict_mode: (draft, statement, findings) => {
    draft.strict = bool(statement, findings);
  },
  v3_checksum_as_v2: (draft, statement, findings) => {
    draft.checksumAsV2 = bool(statement, findings);
  },
  dont_track_primary: (draft) => {
    draft.trackPrimary = false;
  },
};

const ADDRESSING: Readonly<Record<string, Reader>> = {
  mcast_src_ip: (draft, statement, findings) => {
    draft.source = address(statement, findings);
  },
  unicast_src_ip: (draft, statement, findings) => {
    draft.source = address(statement, findings);
  },
  track_src_ip: (draft) => {
    draft.trackSource = true;
  },
  mcast_dst_ip: (draft, statement, findings) => {
    draft.group = address(statement, findings);
  },
  unicast_ttl: (draft, statement, findings) => {
    draft.unicastTtl = integer(statement, 0, 255, findings) ?? 255;
  },
  check_unicast_src: (draft, statement, findings) => {
    draft.checkSource = bool(statement, findings);
  },
  unicast_fault_no_peer: (draft, statement, findings) => {
    draft.faultNoPeer = bool(statement, findings);
    draft.peers ??= [];
  },
  vmac_xmit_base: (draft) => {
    draft.transmitOnBase = true;
  },
  use_vmac: (draft, statement, findings) => {
    draft.vmac = readVmac(statement, findings);
  },
  use_vmac_addr: (draft) => {
    draft.vmacAddresses = true;
  },
  use_ipvlan: (draft, statement, findings) => {
    draft.vmac = readIpvlan(statement, findings);
  },
  garp_master_delay: ({ garp }, statement, findings) => {
    garp.delay = timer(statement, 0, 86_400, findings) ?? garp.delay;
  },
  garp_master_repeat: ({ garp }, statement, findings) => {
    garp.repeat = integer(statement, 0, 255, findings) ?? garp.repeat;
  },
  garp_lower_prio_delay: (draft, statement, findings) => {
    draft.lowerPrioGiven = true;
    draft.garp.lowerPrioDelay = timer(statement, 0, 86_400, findings) ?? draft.garp.lowerPrioDelay;
  },
  garp_lower_prio_repeat: (draft, statement, findings) => {
    draft.lowerPrioGiven = true;
    draft.garp.lowerPrioRepeat = integer(statement, 0, 255, findings) ?? draft.garp.lowerPrioRepeat;
  },
  garp_master_refresh: ({ garp }, statement, findings) => {
    garp.refresh = timer(statement, 0, 86_400, findings) ?? garp.refresh;
  },
  garp_master_refresh_repeat: ({ garp }, statement, findings) => {
    garp.refreshRepeat = integer(statement, 0, 255, findings) ?? garp.refreshRepeat;
  },
};

const BLOCKS: Readonly<Record<string, Reader>> = {
  virtual_ipaddress: (draft, { block }, findings) => {
    draft.addresses.push(...(block ?? []).flatMap((one) => readAddress(one, findings) ?? []));
  },
  virtual_ipaddress_excluded: (draft, { block }, findings) => {
    draft.excluded.push(...(block ?? []).flatMap((one) => readAddress(one, findings) ?? []));
  },
  virtual_routes: (draft, { block }, findings) => {
    draft.routes.push(...(block ?? []).flatMap((one) => readRoute(one, findings) ?? []));
  },
  virtual_rules: (draft, { block }, findings) => {
    draft.rules.push(...(block ?? []).flatMap((one) => readRule(one, findings) ?? []));
  },
  unicast_peer: (draft, { block }, findings) => {
    draft.peers ??= [];
    for (const one of block ?? []) {
      const peer = readPeer(one, findings);
      if (peer === undefined) continue;
      draft.peers.push(peer);
      draft.ttlLimited ||= peer.minTtl !== undefined || peer.maxTtl !== undefined;
    }
  },
  authentication: (draft, statement, findings) => {
    draft.authentication = readAuthentication(statement, findings);
  },
};

const READERS = { ...BASIC, ...ADDRESSING, ...BLOCKS };
const KNOWN = [
  ...Object.keys(READERS),
  'auth_hmac',
  'track_interface',
  'track_script',
  'track_file',
  'track_process',
  'notify',
  'notify_master',
  'notify_backup',
  'notify_fault',
  'notify_stop',
  ...Object.keys(UNSUPPORTED_INSTANCE),
];

export function readInstance(
  statement: Statement,
  defaults: InstanceDefaults,
  surroundings: Surroundings,
  findings: Findings,
): InstanceDraft {
  const { keyword, block } = statement;
  const draft: InstanceDraft = {
    at: keyword,
    name: nameOf(statement, findings),
    defaults,
    given: new Map(block?.map((inner) => [inner.keyword.text, inner.keyword])),
    preempt: true,
    preemptDelay: micros(0),
    addresses: [],
    excluded: [],
    routes: [],
    rules: [],
    ttlLimited: false,
    unicastTtl: 255,
    checkSource: defaults.checkUnicastSource,
    faultNoPeer: false,
    trackSource: false,
    transmitOnBase: false,
    vmacAddresses: false,
    garp: { ...defaults.garp },
    lowerPrioGiven: defaults.lowerPrioGiven,
    lowerPrioNoAdvert: defaults.lowerPrioNoAdvert,
    higherPrioSendAdvert: defaults.higherPrioSendAdvert,
    ownerIgnoreAdverts: defaults.ownerIgnoreAdverts,
    downTimerAdverts: defaults.downTimerAdverts,
    maxAdvertInterval: defaults.maxAdvertInterval,
    skipCheckAddresses: defaults.skipCheckAddresses,
    strict: defaults.strict,
    checksumAsV2: false,
    trackPrimary: true,
    trackInterfaces: [],
    uses: [],
    notify: { priorityChanges: false, smtpAlert: defaults.smtpAlert },
  };
  for (const inner of block ?? []) readKeyword(draft, inner, surroundings, findings);
  return draft;
}

function readKeyword(
  draft: InstanceDraft,
  inner: Statement,
  surroundings: Surroundings,
  findings: Findings,
): void {
  const { keyword, block } = inner;
  const name = keyword.text;
  const reader = Object.hasOwn(READERS, name)
    ? (READERS as Record<string, Reader>)[name]
    : undefined;
  if (reader !== undefined) {
    const wantsBlock = Object.hasOwn(BLOCKS, name);
    if (wantsBlock && block === undefined)
      findings.error(keyword, `${name} needs a block: ${name} { ... }`);
    else if (!wantsBlock && block !== undefined)
      findings.error(keyword, `"${name}" takes no block`);
    else reader(draft, inner, findings);
  } else if (name === 'auth_hmac') {
    draft.hmac = readHmac(inner, surroundings, findings);
  } else if (
    !readTracks(inner, draft.trackInterfaces, draft.uses, findings) &&
    !readNotify(draft.notify, inner, findings) &&
    !unsupported(keyword, UNSUPPORTED_INSTANCE, findings)
  ) {
    unknownKeyword(keyword, KNOWN, findings);
  }
}

/** `ADDRESS [min_ttl N] [max_ttl N]`. */
function readPeer({ keyword, values }: Statement, findings: Findings): UnicastPeer | undefined {
  const found = parseIp(keyword.text);
  if (found === undefined) {
    findings.error(keyword, `not an address: "${keyword.text}"`);
    return undefined;
  }
  const peer: Mutable<UnicastPeer> = { address: found, minTtl: undefined, maxTtl: undefined };
  for (let i = 0; i < values.length; i += 2) {
    const word = values[i];
    if (word === undefined) continue;
    const value = integerAt(values[i + 1], word, 0, 255, findings);
    if (word.text === 'min_ttl') peer.minTtl = value;
    else if (word.text === 'max_ttl') peer.maxTtl = value;
    else unknownKeyword(word, ['min_ttl', 'max_ttl'], findings);
  }
  return peer;
}
