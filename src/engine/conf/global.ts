/** `global_defs`: what is for the whole daemon, and defaults for every instance. */
import { type Family, family, type IpAddress, isMulticast } from '../../net/address.ts';
import { type Micros, micros, seconds } from '../../time.ts';
import {
  FEATURE_DEFAULTS,
  type GarpConfig,
  GLOBAL_DEFAULTS,
  type GlobalConfig,
  type NotifyFifo,
  type ScriptCommand,
} from '../core/config.ts';
import { PROCESS_DEFAULTS } from '../core/config-process.ts';
import { SNMP_DEFAULTS } from '../core/config-snmp.ts';
import { type Findings, unsupported } from './findings.ts';
import { LONGEST_REFRESH, repeats } from './garp.ts';
import { lvsGlobalOf, newLvsDraft, readLvsGlobal } from './global-lvs.ts';
import type { LvsGlobal } from './lvs.ts';
import { type MailDraft, mailOf, newMailDraft, readMail, vrrpAlerts } from './mail.ts';
import { type ProcessDraft, readProcess } from './process.ts';
import { readSnmp, type SnmpDraft } from './snmp.ts';
import type { Statement } from './tree.ts';
import { UNSUPPORTED_GLOBAL } from './unsupported.ts';
import {
  address,
  bool,
  command,
  integer,
  LONGEST_SECONDS,
  timer,
  userOf,
  wholeSeconds,
} from './values.ts';
import { VMAC_PREFIXES, type VmacPrefixes } from './vmac-names.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What instances take over unless they say otherwise. */
export interface InstanceDefaults {
  readonly vrrpVersion: 2 | 3;
  readonly garp: GarpConfig;
  readonly strict: boolean;
  readonly skipCheckAddresses: boolean;
  readonly checkUnicastSource: boolean;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly ownerIgnoreAdverts: boolean;
  readonly downTimerAdverts: number;
  readonly maxAdvertInterval: Micros | undefined;
  readonly group4: IpAddress | undefined;
  readonly group6: IpAddress | undefined;
  readonly smtpAlert: boolean;
  readonly notifyPriorityChanges: boolean;
  readonly checksumAsV2: boolean;
  /** `default_interface` [eth0], of static addresses. */
  readonly interface: string;
  readonly vmacPrefixes: VmacPrefixes;
}

interface FifoDraft {
  path?: string;
  script?: ScriptCommand | undefined;
}

interface Draft {
  global: Mutable<GlobalConfig>;
  defaults: Mutable<InstanceDefaults>;
  garp: Mutable<GarpConfig>;
  process: ProcessDraft;
  mail: MailDraft;
  snmp: SnmpDraft;
  fifos: Record<'vrrp' | 'all', FifoDraft>;
  /** What is given of the lower_prio values; otherwise they follow the master's. */
  lower: { delay?: Micros; repeat?: number };
  prefixes: { vmac_prefix?: string; vmac_addr_prefix?: string };
  timeouts: {
    startup: NonNullable<GlobalConfig['startupScript']>['timeout'];
    shutdown: NonNullable<GlobalConfig['startupScript']>['timeout'];
  };
}

type Reader = (draft: Draft, statement: Statement, findings: Findings) => void;

const LONGEST_DELAY = 1_200;

const KEYWORDS: Readonly<Record<string, Reader>> = {
  router_id: ({ global }, { keyword, values }, findings) => {
    if (values.length === 0) findings.warning(keyword, 'router_id needs a name: ignored');
    global.routerId = values[0]?.text ?? global.routerId;
  },
  vrrp_version: ({ global, defaults }, statement, findings) => {
    const value = integer(statement, 2, 3, findings);
    if (value !== 2 && value !== 3) return;
    global.vrrpVersion = value;
    defaults.vrrpVersion = value;
  },
  script_user: ({ global }, { keyword, values }, findings) => {
    global.scriptUser = userOf(values[0], values[1]) ?? global.scriptUser;
    if (values.length === 0) findings.error(keyword, 'script_user takes a user: it is ignored');
  },
  // keepalived: whatever stands behind it.
  enable_script_security: ({ global }) => {
    global.scriptSecurity = true;
  },
  dynamic_interfaces: ({ global }, { values }, findings) => {
    global.dynamicInterfaces = true;
    const [option] = values;
    if (option !== undefined && option.text !== 'allow_if_changes')
      findings.warning(option, `unknown option "${option.text}"`);
  },
  fifo_write_vrrp_states_on_reload: ({ global }) => {
    global.fifoStatesOnReload = true;
  },
  vrrp_notify_priority_changes: ({ global, defaults }, statement, findings) => {
    global.notifyPriorityChanges = bool(statement, findings) ?? global.notifyPriorityChanges;
    defaults.notifyPriorityChanges = global.notifyPriorityChanges;
  },
  vrrp_startup_delay: ({ global }, statement, findings) => {
    global.startupDelay = timer(statement, 0, LONGEST_DELAY, findings) ?? global.startupDelay;
  },
  vrrp_delay_after_boot: ({ global }, statement, findings) => {
    global.delayAfterBoot = timer(statement, 0, LONGEST_DELAY, findings) ?? global.delayAfterBoot;
  },
  vrrp_garp_interval: ({ global }, statement, findings) => {
    const interval = timer(statement, 0.000001, LONGEST_SECONDS, findings);
    global.garpInterval = interval ?? global.garpInterval;
  },
  vrrp_gna_interval: ({ global }, statement, findings) => {
    const interval = timer(statement, 0.000001, LONGEST_SECONDS, findings);
    global.gnaInterval = interval ?? global.gnaInterval;
  },
  child_wait_time: ({ global }, statement, findings) => {
    const value = integer(statement, 0, LONGEST_CHILD_WAIT, findings, { strict: true });
    if (value !== undefined) global.childWaitTime = seconds(value);
  },
  startup_script: ({ global, timeouts }, statement, findings) => {
    const script = first(global.startupScript, statement, findings);
    if (script !== undefined) global.startupScript = { command: script, timeout: timeouts.startup };
  },
  shutdown_script: ({ global, timeouts }, statement, findings) => {
    const script = first(global.shutdownScript, statement, findings);
    if (script !== undefined)
      global.shutdownScript = { command: script, timeout: timeouts.shutdown };
  },
  startup_script_timeout: ({ timeouts }, statement, findings) => {
    timeouts.startup = scriptTimeout(statement, findings) ?? timeouts.startup;
  },
  shutdown_script_timeout: ({ timeouts }, statement, findings) => {
    timeouts.shutdown = scriptTimeout(statement, findings) ?? timeouts.shutdown;
  },
  vrrp_notify_fifo: ({ fifos }, statement, findings) => fifo(fifos.vrrp, statement, findings),
  notify_fifo: ({ fifos }, statement, findings) => fifo(fifos.all, statement, findings),
  vrrp_notify_fifo_script: ({ fifos }, statement, findings) => {
    fifos.vrrp.script = first(fifos.vrrp.script, statement, findings) ?? fifos.vrrp.script;
  },
  notify_fifo_script: ({ fifos }, statement, findings) => {
    fifos.all.script = first(fifos.all.script, statement, findings) ?? fifos.all.script;
  },
  vrrp_garp_master_delay: ({ garp }, statement, findings) => {
    garp.delay = wholeSeconds(statement, 0, LONGEST_SECONDS, findings) ?? garp.delay;
  },
  vrrp_garp_master_repeat: ({ garp }, statement, findings) => {
    garp.repeat = repeats(statement, findings) ?? garp.repeat;
  },
  vrrp_garp_lower_prio_delay: ({ lower }, statement, findings) => {
    const delay = wholeSeconds(statement, 0, LONGEST_SECONDS, findings);
    if (delay !== undefined) lower.delay = delay;
  },
  vrrp_garp_lower_prio_repeat: ({ lower }, statement, findings) => {
    const repeat = integer(statement, 0, 255, findings);
    if (repeat !== undefined) lower.repeat = repeat;
  },
  vrrp_garp_master_refresh: ({ garp }, statement, findings) => {
    garp.refresh = wholeSeconds(statement, 0, LONGEST_REFRESH, findings) ?? micros(0);
  },
  vrrp_garp_master_refresh_repeat: ({ garp }, statement, findings) => {
    garp.refreshRepeat = repeats(statement, findings) ?? garp.refreshRepeat;
  },
  // One announcement and no second burst, where nothing else was said before. Alone it means no.
  vrrp_min_garp: ({ garp }, statement, findings) => {
    const value = bool(statement, findings);
    if (value === undefined || (statement.values.length > 0 && !value)) return;
    const { delay, repeat, refreshRepeat } = FEATURE_DEFAULTS.garp;
    if (garp.repeat === repeat) garp.repeat = 1;
    if (garp.refreshRepeat === refreshRepeat) garp.refreshRepeat = 0;
    if (garp.delay === delay) garp.delay = micros(0);
  },
  // keepalived does not look at what stands behind these three.
  vrrp_strict: ({ defaults }) => {
    defaults.strict = true;
  },
  vrrp_skip_check_adv_addr: ({ defaults }) => {
    defaults.skipCheckAddresses = true;
  },
  vrrp_check_unicast_src: ({ defaults }) => {
    defaults.checkUnicastSource = true;
  },
  vrrp_lower_prio_no_advert: ({ defaults }, statement, findings) => {
    defaults.lowerPrioNoAdvert = bool(statement, findings) ?? defaults.lowerPrioNoAdvert;
  },
  vrrp_higher_prio_send_advert: ({ defaults }, statement, findings) => {
    defaults.higherPrioSendAdvert = bool(statement, findings) ?? defaults.higherPrioSendAdvert;
  },
  vrrp_owner_ignore_adverts: ({ defaults }, statement, findings) => {
    defaults.ownerIgnoreAdverts = bool(statement, findings) ?? defaults.ownerIgnoreAdverts;
  },
  v3_checksum_as_v2: ({ defaults }, statement, findings) => {
    defaults.checksumAsV2 = bool(statement, findings) ?? defaults.checksumAsV2;
  },
  vrrp_down_timer_adverts: ({ defaults }, statement, findings) => {
    const value = integer(statement, 1, 100, findings);
    defaults.downTimerAdverts = value ?? defaults.downTimerAdverts;
  },
  vrrp_max_advert_int: ({ defaults }, statement, findings) => {
    defaults.maxAdvertInterval = timer(statement, 0.01, 255, findings);
  },
  vrrp_mcast_group4: ({ defaults }, statement, findings) => {
    defaults.group4 = group(statement, 4, findings) ?? defaults.group4;
  },
  vrrp_mcast_group6: ({ defaults }, statement, findings) => {
    defaults.group6 = group(statement, 6, findings) ?? defaults.group6;
  },
  vmac_prefix: ({ prefixes }, statement, findings) => {
    Object.assign(prefixes, prefixOf(statement, prefixes, findings));
  },
  vmac_addr_prefix: ({ prefixes }, statement, findings) => {
    Object.assign(prefixes, prefixOf(statement, prefixes, findings));
  },
  default_interface: (draft, { values }) => {
    draft.defaults.interface = values[0]?.text ?? draft.defaults.interface;
  },
};

const LONGEST_CHILD_WAIT = 3_600;

function group(statement: Statement, which: Family, findings: Findings): IpAddress | undefined {
  const found = address(statement, findings);
  if (found === undefined || (family(found) === which && isMulticast(found))) return found;
  const message = `${statement.keyword.text} takes a multicast group of IPv${which}: ignored`;
  findings.warning(statement.values[0] ?? statement.keyword, message);
  return undefined;
}

/** The first one counts. */
function prefixOf(
  { keyword, values }: Statement,
  before: Draft['prefixes'],
  findings: Findings,
): Draft['prefixes'] {
  if (!Object.hasOwn(before, keyword.text)) return { [keyword.text]: values[0]?.text ?? '' };
  findings.warning(keyword, `${keyword.text} is given already: ignored`);
  return {};
}

function scriptTimeout(statement: Statement, findings: Findings): Micros | undefined {
  if (statement.values.length === 0) {
    findings.warning(statement.keyword, `${statement.keyword.text} needs a value: ignored`);
    return undefined;
  }
  return wholeSeconds(statement, 1, 1_000, findings);
}

/** The script, if there is none yet. */
function first(
  before: unknown,
  statement: Statement,
  findings: Findings,
): ScriptCommand | undefined {
  const { keyword } = statement;
  if (before === undefined) return command(statement, findings);
  findings.warning(keyword, `${keyword.text} is given already: ignored`);
  return undefined;
}

/** Several global_defs blocks add up. */
export function readGlobal(
  statements: readonly Statement[],
  findings: Findings,
): { global: GlobalConfig; defaults: InstanceDefaults; lvs: LvsGlobal } {
  const garp = { ...FEATURE_DEFAULTS.garp };
  const draft: Draft = {
    global: { ...GLOBAL_DEFAULTS },
    garp,
    defaults: {
      vrrpVersion: 2,
      garp,
      strict: false,
      skipCheckAddresses: false,
      checkUnicastSource: false,
      lowerPrioNoAdvert: false,
      higherPrioSendAdvert: false,
      ownerIgnoreAdverts: false,
      downTimerAdverts: 3,
      maxAdvertInterval: undefined,
      group4: undefined,
      group6: undefined,
      smtpAlert: false,
      notifyPriorityChanges: false,
      checksumAsV2: false,
      interface: 'eth0',
      vmacPrefixes: VMAC_PREFIXES,
    },
    mail: newMailDraft(),
    snmp: { ...SNMP_DEFAULTS },
    process: { ...PROCESS_DEFAULTS },
    fifos: { vrrp: {}, all: {} },
    lower: {},
    prefixes: {},
    timeouts: { startup: seconds(10), shutdown: seconds(10) },
  };
  const lvs = newLvsDraft();
  for (const statement of statements) {
    const { keyword } = statement;
    const reader = Object.hasOwn(KEYWORDS, keyword.text) ? KEYWORDS[keyword.text] : undefined;
    if (reader !== undefined) reader(draft, statement, findings);
    else if (
      !readLvsGlobal(lvs, statement, findings) &&
      !readProcess(draft.process, statement, findings) &&
      !readMail(draft.mail, statement, findings) &&
      !readSnmp(draft.snmp, statement, findings)
    )
      unsupported(keyword, UNSUPPORTED_GLOBAL, findings);
  }
  const { global, defaults, fifos, timeouts, lower } = draft;
  garp.lowerPrioDelay = lower.delay ?? garp.delay;
  garp.lowerPrioRepeat = lower.repeat ?? garp.repeat;
  global.vrrpNotifyFifo = whole(fifos.vrrp);
  global.notifyFifo = whole(fifos.all);
  global.process = draft.process;
  global.mail = mailOf(draft.mail);
  global.snmp = draft.snmp;
  defaults.smtpAlert = vrrpAlerts(draft.mail);
  const { vmac_prefix: own = VMAC_PREFIXES.own, vmac_addr_prefix: address = own } = draft.prefixes;
  defaults.vmacPrefixes = { own, address };
  // A time limit may stand behind the script it is for.
  if (global.startupScript !== undefined)
    global.startupScript = { ...global.startupScript, timeout: timeouts.startup };
  if (global.shutdownScript !== undefined)
    global.shutdownScript = { ...global.shutdownScript, timeout: timeouts.shutdown };
  return { global, defaults, lvs: lvsGlobalOf(lvs) };
}

function fifo(draft: FifoDraft, { keyword, values }: Statement, findings: Findings): void {
  const [path] = values;
  if (path === undefined) findings.warning(keyword, `${keyword.text} needs a path: ignored`);
  else if (draft.path !== undefined)
    findings.warning(keyword, `${keyword.text} is given already: ignored`);
  else draft.path = path.text;
}

function whole({ path, script }: FifoDraft): NotifyFifo | undefined {
  return path === undefined ? undefined : { path, script };
}
