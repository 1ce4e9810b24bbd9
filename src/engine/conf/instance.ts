/** The keywords of `vrrp_instance`, read into a draft that `resolve.ts` turns into an instance, and printed from it. */
import { type Family, family, isMulticast } from '../../net/address.ts';
import { micros, seconds } from '../../time.ts';
import type { AuthenticationConfig, VrrpInstanceConfig } from '../core/config.ts';
import type { VirtualRoute, VirtualRule } from '../core/config-address.ts';
import type { InterfaceTrack, ObjectTrack } from '../core/config-track.ts';
import type { Token } from '../text/findings.ts';
import type { Surroundings } from '../text/surroundings.ts';
import type { Statement } from '../text/tree.ts';
import { required } from '../text/values.ts';
import {
  joins,
  newUnicast,
  type PlacedAddress,
  printAddress,
  readAddress,
  SOURCE,
  UNICAST,
} from './addresses.ts';
import { AUTHENTICATION, HMAC, readHmac } from './auth.ts';
import { BARE_ON, DEVICE, FLAG, FLAG_OFF, IP, ON_OFF, time, whole } from './codec.ts';
import { type InstanceDefaults, OWN_ANSWERS, OWN_GARP } from './defaults.ts';
import {
  blockFor,
  type Codec,
  field,
  fieldOf,
  input,
  list,
  lost,
  type Mutable,
  optional,
  type Rows,
  readRows,
  within,
} from './keyword.ts';
import { type Preferences, readRoute, readRule, routeText, ruleText } from './routes.ts';
import { INSTANCE_NOTIFY, type Known, type NotifyDraft, TRACKS } from './tracking.ts';
import { printIpvlan, printVmac, readIpvlan, readVmac, type VmacDraft } from './vmac.ts';

export type InstanceDraft = ReturnType<typeof newDraft>;

/** What blocks need from the rest of the configuration. */
export interface BlockContext {
  readonly defaults: InstanceDefaults;
  readonly preferences: Preferences;
  readonly surroundings: Surroundings;
}

interface InstanceContext extends BlockContext {
  readonly known: Known;
}

type Table = Rows<InstanceDraft, VrrpInstanceConfig, InstanceContext>;

const always = { always: true } as const;
const off = { default: false } as const;

const STATE: Codec<'MASTER' | 'BACKUP'> = {
  shape: 'value',
  type: 'MASTER, BACKUP',
  read: (statement, before) => {
    const value = required(statement);
    if (value === undefined) return undefined;
    const ignored = value.text === 'BACKUP' && before === 'MASTER';
    if (ignored) value.warning('state is MASTER already: BACKUP is ignored');
    if (value.text !== 'MASTER' && value.text !== 'BACKUP')
      value.warning('state is MASTER or BACKUP; BACKUP is taken');
    return value.text === 'MASTER' || ignored ? 'MASTER' : 'BACKUP';
  },
  print: String,
};

const NOT_LOOPBACK: Codec<string> = {
  ...DEVICE,
  read: (statement, before) => {
    const name = DEVICE.read(statement, before);
    if (name === 'lo') statement.keyword.warning('a loopback interface is ignored');
    return name === 'lo' ? undefined : name;
  },
};

const INTERVAL = time(0.01, 255);
const VERSION = whole<2 | 3>(2, 3);

// biome-ignore format: a table, one keyword a line
const ELECTION: Table = {
  state: field('state', STATE, 'The state at the start, until adverts decide.', { ...always, default: 'BACKUP', unset: 'MASTER with priority 255' }),
  interface: field('interface', NOT_LOOPBACK, 'The interface that adverts are sent and received on.', { default: '', unset: 'none; for unicast every one' }),
  virtual_router_id: field('vrid', whole(1, 255, 'strict'), 'The VRID, the same on all routers of the virtual router.', always),
  priority: field(
    'priority',
    whole(1, 255, 'strict'),
    'The highest priority becomes Active; 255 is the owner of the addresses.',
    { ...always, default: 100, otherwise: 100 },
  ),
  advert_int: {
    ...field('advertInterval', INTERVAL, 'The interval of adverts; whole seconds in version 2.', { ...always, default: seconds(1) }),
    read: (draft, statement) => {
      const interval = INTERVAL.read(statement);
      if (interval === undefined) return;
      draft.intervalAt = statement.values[0] ?? statement.keyword;
      draft.advertInterval = interval;
    },
  },
  version: {
    ...field('version', VERSION, 'The VRRP version.', { ...always, unset: 'vrrp_version; 3 over IPv6' }),
    read: (draft, statement) => {
      const value = VERSION.read(statement);
      const conflict = (draft.version ?? value) !== value || (value === 2 && draft.family === 6);
      if (value !== undefined && conflict)
        statement.keyword.warning(`version ${value} is ignored: it is another already`);
      else if (value !== undefined) draft.version = value;
    },
  },
  nopreempt: field('preempt', FLAG_OFF, 'A higher priority does not take over from an Active router.', { default: true }),
  preempt: input('preempt', FLAG, 'A higher priority takes over.', { default: true }),
  preempt_delay: field('preemptDelay', time(0, 1_000), 'The delay before it takes over.', { default: micros(0), otherwise: micros(0) }),
  accept: field('accept', FLAG, 'Packets to the virtual addresses are accepted even if it is not their owner.', off),
  no_accept: field('accept', FLAG_OFF, 'Packets to the virtual addresses are dropped unless it is their owner.', { default: true }),
};

// biome-ignore format: a table, one keyword a line
const SENDING: Table = {
  track_src_ip: field('trackSource', FLAG, 'FAULT while the source is not on the interface.', off),
  mcast_dst_ip: {
    shape: 'value',
    type: 'a multicast group',
    default: 'vrrp_mcast_group4, vrrp_mcast_group6',
    since: '2.2.5',
    doc: 'The multicast group of adverts.',
    read: (draft, statement) => {
      const found = IP.read(statement);
      const at = statement.values[0] ?? statement.keyword;
      if (!joins(draft, found, at)) return;
      draft.group = isMulticast(found) ? found : undefined;
      if (draft.group === undefined)
        at.warning(`${found} is no multicast group: ignored`);
    },
    print: optional(({ group }) => group, String),
  },
  use_vmac: {
    ...input('vmac', { shape: 'words', type: '[NAME] [MAC]', read: readVmac }, "Adverts and addresses are on an interface of their own with the virtual router's MAC."),
    print: printVmac,
  },
  use_ipvlan: {
    shape: 'words',
    type: '[NAME] ADDRESS [bridge|private|vepa]',
    since: '2.0.17',
    doc: 'Adverts and addresses are on an ipvlan with this address.',
    read: (draft, statement) => {
      draft.vmac = readIpvlan(statement, draft.vmac);
      const own = draft.vmac.ipvlan?.address.address;
      if (own !== undefined) draft.family ??= family(own);
    },
    print: printIpvlan,
  },
  use_vmac_addr: input('vmacAddresses', FLAG, 'Addresses on other interfaces are on vmacs there.', { ...off, since: '2.2.0' }),
  vmac_xmit_base: fieldOf('transmitOnBase', ({ vmac }) => vmac?.transmitOnBase, FLAG, 'Adverts leave on the interface below the vmac.', off),
  v3_checksum_as_v2: fieldOf('checksumAsV2', ({ checksum }) => checksum === 'rfc9568', ON_OFF, 'The checksum of version 3 over IPv4 has no pseudo-header (RFC 9568).', { ...off, since: '2.2.8' }),
};

// biome-ignore format: a table, one keyword a line
const CHECKS: Table = {
  // keepalived: `off` turns it on, too.
  skip_check_adv_addr: field('skipCheckAddresses', { ...BARE_ON, read: (statement) => BARE_ON.read(statement) !== undefined || undefined }, 'Checks the addresses in adverts of the known Active only once.', { default: false, unset: 'vrrp_skip_check_adv_addr' }),
  strict_mode: field('strict', ON_OFF, 'Refuses what the RFCs forbid.', off),
  dont_track_primary: field('trackPrimary', FLAG_OFF, 'Stays in its state while the interface is down.', { default: true }),
};

const AUTH: Table = {
  authentication: {
    shape: AUTHENTICATION,
    doc: 'Authentication of version 2.',
    read: ({ authentication }, { block: rows }) => {
      readRows(AUTHENTICATION, authentication, rows, undefined);
    },
    print: ({ authentication }, keyword) => blockFor(keyword, AUTHENTICATION, authentication),
  },
  auth_hmac: {
    shape: HMAC,
    doc: 'Signatures of adverts.',
    since: '2.4.0',
    read: (draft, statement, { surroundings }) => {
      draft.hmac ??= readHmac(statement, surroundings);
    },
    print: ({ hmac }, keyword) => blockFor(keyword, HMAC, hmac),
  },
};

const ADDRESS =
  'ADDRESS[/LENGTH] [dev INTERFACE] [scope SCOPE] [label LABEL] [brd ADDRESS] [peer ADDRESS]';

const CONTENT: Table = {
  native_ipv6: {
    shape: 'words',
    doc: 'An IPv6 instance, even before its first address.',
    read: (draft, { keyword }) => {
      if (draft.family === 4) keyword.warning('native_ipv6 beside IPv4 addresses: ignored');
      else Object.assign(draft, { family: 6, version: 3 });
    },
    print: ({ addresses, family: which }, keyword) =>
      addresses.length === 0 && which === 6 ? [keyword] : [],
  },
  virtual_ipaddress: list(
    'addresses',
    'The addresses that are announced in adverts, and on the interface while Active.',
    ADDRESS,
    (entry, _, draft) => {
      const placed = readAddress(entry, 'virtual');
      const its = joins(draft, placed?.address.address, entry.keyword);
      return its ? placed : undefined;
    },
    printAddress,
  ),
  no_virtual_ipaddress: fieldOf(
    'noAddresses',
    ({ addresses }) => addresses.length === 0,
    FLAG,
    'An instance without addresses is no mistake.',
    { ...off, since: '2.2.8' },
  ),
  virtual_ipaddress_excluded: list(
    'excluded',
    'Addresses that are on the interface while Active, but in no advert.',
    ADDRESS,
    (entry) => readAddress(entry, 'virtual'),
    printAddress,
  ),
  virtual_routes: list(
    'routes',
    'Routes that exist while Active.',
    'a route in the words of ip(8)',
    readRoute,
    routeText,
  ),
  virtual_rules: list(
    'rules',
    'Rules of routing that exist while Active.',
    'a rule in the words of ip(8)',
    (entry, { preferences }) => readRule(entry, preferences),
    ruleText,
  ),
};

const REFRESH = 'use garp_master_refresh';
const silent = { voice: 'silent' } as const;
const warning = { voice: 'warning' } as const;

// biome-ignore format: a table, one keyword a line
const LOST: Rows<Pick<InstanceDraft, 'unicastGiven'>, unknown> = {
  ...lost('halabd does not synchronise connections; use ipvsadm --start-daemon', 'lvs_sync_daemon_interface', { shape: 'value', ...warning }),
  ...lost('halabd sends from the interface that is named', 'vrf', { shape: 'value' }),
  ...lost('see halabd status', 'debug', { shape: 'value' }),
  ...lost('netlink tells of the carrier; polling is not needed', 'linkbeat_use_polling', warning),
  ...lost('set the sysctl promote_secondaries', 'promote_secondaries'),
  ...lost('the kernel and halab decide this', 'kernel_rx_buf_size'),
  ...lost(REFRESH, 'garp_extra_if'),
  ...lost(REFRESH, 'vmac_garp_intvl', warning),
  ...lost('an Active that did not run for too long always steps down', 'timer_expired_backup'),
  ...lost('an Active that did not run for too long always steps down', 'thread_timer_expired', silent),
  ...lost('a vmac is tracked with the interface below it', 'dont_track_vmac', silent),
  old_unicast_checksum: {
    shape: 'words',
    doc: '',
    lost: 'the checksum of RFC 5798 and that of RFC 9568 are both accepted',
    read: (draft) => {
      draft.unicastGiven = true;
    },
  },
};

export const INSTANCE: Table = {
  ...ELECTION,
  ...SOURCE,
  ...SENDING,
  ...within('garp', OWN_GARP),
  ...OWN_ANSWERS,
  ...CHECKS,
  ...AUTH,
  ...UNICAST,
  ...CONTENT,
  ...TRACKS,
  ...INSTANCE_NOTIFY,
  ...LOST,
};

export function readInstance(statement: Statement, context: InstanceContext): InstanceDraft {
  return readRows(INSTANCE, newDraft(statement, context), statement.block, context);
}

/** Fields whose defaults depend on others. */
type Given = Mutable<
  Partial<
    Pick<
      VrrpInstanceConfig,
      'state' | 'interface' | 'vrid' | 'priority' | 'advertInterval' | 'accept' | 'group'
    >
  >
> & { version?: 2 | 3; family?: Family };

function newDraft({ keyword, values, block: rows }: Statement, { defaults }: InstanceContext) {
  return {
    at: keyword,
    name: values[0]?.text ?? '',
    defaults,
    ...defaults.inherited,
    /** Keywords of the block, valid or not. */
    given: new Map(rows?.map((inner) => [inner.keyword.text, inner.keyword])),
    ...({} as Given),
    intervalAt: undefined as Token | undefined,
    preempt: true,
    preemptDelay: micros(0),
    /** `no_virtual_ipaddress`. */
    noAddresses: false,
    addresses: [] as PlacedAddress[],
    excluded: [] as PlacedAddress[],
    routes: [] as VirtualRoute[],
    rules: [] as VirtualRule[],
    ...newUnicast(),
    trackSource: false,
    vmac: undefined as VmacDraft | undefined,
    transmitOnBase: false,
    vmacAddresses: false,
    authentication: {} as Partial<Mutable<AuthenticationConfig>>,
    hmac: undefined as ReturnType<typeof readHmac>,
    garp: { ...defaults.garp },
    trackPrimary: true,
    trackInterfaces: [] as InterfaceTrack[],
    tracks: [] as ObjectTrack[],
    notify: {} as NotifyDraft,
  };
}
