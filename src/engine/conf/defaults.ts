/** Defaults for every instance in `global_defs`: `vrrp_KEYWORD` there is the default of KEYWORD in `vrrp_instance`. */

import { type Family, family, type IpAddress, isMulticast } from '../../net/address.ts';
import { micros, seconds } from '../../time.ts';
import {
  FEATURE_DEFAULTS,
  type GarpConfig,
  INHERITED_DEFAULTS,
  type VrrpInstanceConfig,
} from '../core/config.ts';
import { VMAC_PREFIXES, type VmacPrefixes } from '../core/vmac-names.ts';
import { LONGEST_SECONDS } from '../text/values.ts';
import { BARE_ON, FLAG, IP, ON_OFF, olderTime, TEXT, time, whole } from './codec.ts';
import { LONGEST_REFRESH, MOST_REPEATS, REPEATS } from './group.ts';
import { type Codec, field, input, inputs, type Mutable, mapRows, type Rows } from './keyword.ts';

/** Fields of an instance whose first values are global ones. */
const INHERITED = { ...INHERITED_DEFAULTS, checkSource: false, checksumAsV2: false };
type Inherited = typeof INHERITED;

export interface InstanceDefaults {
  readonly vrrpVersion: 2 | 3;
  readonly inherited: Readonly<Inherited>;
  readonly garp: GarpConfig;
  readonly group4: IpAddress | undefined;
  readonly group6: IpAddress | undefined;
  readonly smtpAlert: boolean;
  readonly notifyPriorityChanges: boolean;
  /** `default_interface` [eth0], of static addresses. */
  readonly interface: string;
  readonly vmacPrefixes: VmacPrefixes;
}

type LowerPriority = 'lowerPrioDelay' | 'lowerPrioRepeat';
type GarpDraft = Mutable<Omit<GarpConfig, LowerPriority>> &
  Partial<Mutable<Pick<GarpConfig, LowerPriority>>>;

export type DefaultsDraft = ReturnType<typeof newDefaults>;

export function newDefaults() {
  // The lower_prio values are undefined until they are given: they follow the others.
  const { lowerPrioDelay: _, lowerPrioRepeat: __, ...others } = FEATURE_DEFAULTS.garp;
  const garp: GarpDraft = { ...others };
  const defaults: Mutable<Omit<InstanceDefaults, 'inherited' | 'garp'>> = {
    vrrpVersion: 2,
    group4: undefined,
    group6: undefined,
    smtpAlert: false,
    notifyPriorityChanges: false,
    interface: 'eth0',
    vmacPrefixes: VMAC_PREFIXES,
  };
  return { ...defaults, inherited: { ...INHERITED }, garp };
}

const always = { always: true } as const;
const off = { default: false } as const;

// biome-ignore format: a table, one keyword a line
const GARP: Rows<GarpDraft, GarpConfig> = {
  garp_master_delay: field('delay', olderTime(0, LONGEST_SECONDS), 'The time before an Active announces its addresses for the second time.', { ...always, default: seconds(5) }),
  garp_master_repeat: field('repeat', REPEATS, 'How often each address is announced at a time.', { ...always, default: 5 }),
  garp_lower_prio_delay: field('lowerPrioDelay', olderTime(0, LONGEST_SECONDS), 'The time before the second burst after an advert of lower priority.', { ...always, unset: 'vrrp_garp_master_delay' }),
  garp_lower_prio_repeat: field('lowerPrioRepeat', whole(0, MOST_REPEATS), 'How often each address is announced after an advert of lower priority.', { ...always, unset: 'vrrp_garp_master_repeat' }),
  garp_master_refresh: field('refresh', olderTime(0, LONGEST_REFRESH), 'The time between announcements while Active; 0: none.', { ...always, default: micros(0), otherwise: micros(0) }),
  garp_master_refresh_repeat: field('refreshRepeat', REPEATS, 'How often each address is announced in a refresh.', { ...always, default: 1 }),
};

const LEARNT = time(0.01, 255);

// biome-ignore format: a table, one keyword a line
const ANSWERS: Rows<Inherited, VrrpInstanceConfig> = {
  lower_prio_no_advert: field('lowerPrioNoAdvert', ON_OFF, 'An Active does not answer an advert of lower priority.', { ...always, default: false }),
  higher_prio_send_advert: field('higherPrioSendAdvert', ON_OFF, 'An Active sends one more advert before it yields.', { ...always, default: false }),
  owner_ignore_adverts: field('ownerIgnoreAdverts', BARE_ON, 'An owner (priority 255) discards every advert.', { ...off, since: '2.3.3' }),
  down_timer_adverts: field('downTimerAdverts', whole(1, 100), 'How many advert intervals a Backup waits.', { default: 3, since: '2.2.3' }),
  max_advert_int: {
    ...field('maxAdvertInterval', LEARNT, 'A Backup learns no longer advert interval than this (only in halabd).', { unset: '40.95' }),
    read: (draft, statement) => {
      draft.maxAdvertInterval = LEARNT.read(statement);
    },
  },
};

/** As in `global_defs`: not printed, because every instance prints its own value. */
function global<D, C>(rows: Rows<D, C>): Rows<D, never> {
  return Object.fromEntries(
    Object.entries(rows).map(([keyword, { print: _, ...row }]) => [`vrrp_${keyword}`, row]),
  );
}

/** As in `vrrp_instance`. */
function own<D, C>(rows: Rows<D, C>): Rows<D, C> {
  return mapRows(rows, (row, keyword) => ({ ...row, default: `vrrp_${keyword}` }));
}

export const OWN_GARP = own(GARP);
export const OWN_ANSWERS = own(ANSWERS);

// One announcement and no second burst, unless set before. Without a value it means no.
const MIN_GARP: Rows<GarpDraft, never> = {
  vrrp_min_garp: {
    shape: 'words',
    type: 'on or off',
    since: '2.0.12',
    doc: 'One announcement and no second burst, unless set above.',
    read: (garp, statement) => {
      const value = ON_OFF.read(statement);
      if (value === undefined || (statement.values.length > 0 && !value)) return;
      const { delay, repeat, refreshRepeat } = FEATURE_DEFAULTS.garp;
      if (garp.repeat === repeat) garp.repeat = 1;
      if (garp.refreshRepeat === refreshRepeat) garp.refreshRepeat = 0;
      if (garp.delay === delay) garp.delay = micros(0);
    },
  },
};

function multicastGroup(which: Family): Codec<IpAddress> {
  return {
    ...IP,
    type: `a multicast group of IPv${which}`,
    read: (statement) => {
      const found = IP.read(statement);
      if (found === undefined || (family(found) === which && isMulticast(found))) return found;
      const message = `${statement.keyword.text} takes a multicast group of IPv${which}: ignored`;
      return (statement.values[0] ?? statement.keyword).warning(message);
    },
  };
}

// biome-ignore format: a table, one keyword a line
const INHERITED_KEYWORDS: Rows<Inherited, never> = {
  // keepalived ignores values after these three.
  vrrp_strict: input('strict', FLAG, 'Refuses what the RFCs forbid.', off),
  vrrp_skip_check_adv_addr: input('skipCheckAddresses', FLAG, 'Checks the addresses in adverts of the known Active only once.', off),
  vrrp_check_unicast_src: input('checkSource', FLAG, 'Refuses adverts of routers that are no unicast peers.', off),
  v3_checksum_as_v2: input('checksumAsV2', ON_OFF, 'The checksum of version 3 over IPv4 has no pseudo-header (RFC 9568).', { ...off, since: '2.2.8' }),
};

// biome-ignore format: a table, one keyword a line
const GROUPS: Rows<DefaultsDraft, never> = {
  vrrp_mcast_group4: input('group4', multicastGroup(4), 'The multicast group of adverts over IPv4.', { unset: '224.0.0.18' }),
  vrrp_mcast_group6: input('group6', multicastGroup(6), 'The multicast group of adverts over IPv6.', { unset: 'ff02::12' }),
  default_interface: input('interface', { ...TEXT, type: 'an interface' }, 'The interface of static addresses without one.', { default: 'eth0' }),
};

export const DEFAULTS: Rows<DefaultsDraft, never> = {
  ...GROUPS,
  ...inputs('inherited', { ...INHERITED_KEYWORDS, ...global(ANSWERS) }),
  ...inputs('garp', { ...MIN_GARP, ...global(GARP) }),
};
