/** `global_defs`: what is for the whole daemon, and defaults for every instance. */
import type { IpAddress } from '../../net/address.ts';
import { type Micros, seconds } from '../../time.ts';
import { type Findings, unknownKeyword, unsupported } from './conf-findings.ts';
import { LONGEST_GARP_INTERVAL } from './conf-garp.ts';
import { LVS_GLOBAL_KEYWORDS, lvsGlobalOf, newLvsDraft, readLvsGlobal } from './conf-global-lvs.ts';
import type { LvsGlobal } from './conf-lvs.ts';
import {
  MAIL_KEYWORDS,
  type MailDraft,
  mailOf,
  newMailDraft,
  readMail,
  vrrpAlerts,
} from './conf-mail.ts';
import { PROCESS_KEYWORDS, type ProcessDraft, readProcess } from './conf-process.ts';
import { readSnmp, SNMP_KEYWORDS, type SnmpDraft } from './conf-snmp.ts';
import type { Statement } from './conf-tree.ts';
import { UNSUPPORTED_GLOBAL } from './conf-unsupported.ts';
import { address, bool, command, integer, timer, userOf } from './conf-values.ts';
import {
  FEATURE_DEFAULTS,
  type GarpConfig,
  GLOBAL_DEFAULTS,
  type GlobalConfig,
  type NotifyFifo,
  type ScriptCommand,
} from './config.ts';
import { PROCESS_DEFAULTS } from './config-process.ts';
import { SNMP_DEFAULTS } from './config-snmp.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What instances take over unless they say otherwise. */
export interface InstanceDefaults {
  readonly vrrpVersion: 2 | 3;
  readonly garp: GarpConfig;
  /** Whether the lower_prio values were given: otherwise they follow the master's. */
  readonly lowerPrioGiven: boolean;
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
}

interface Draft {
  global: Mutable<GlobalConfig>;
  defaults: Mutable<InstanceDefaults>;
  garp: Mutable<GarpConfig>;
  process: ProcessDraft;
  mail: MailDraft;
  snmp: SnmpDraft;
  fifos: Record<'vrrp' | 'all', { path?: string; script?: ScriptCommand }>;
  timeouts: {
    startup: NonNullable<GlobalConfig['startupScript']>['timeout'];
    shutdown: NonNullable<GlobalConfig['startupScript']>['timeout'];
  };
}

type Reader = (draft: Draft, statement: Statement, findings: Findings) => void;

const KEYWORDS: Readonly<Record<string, Reader>> = {
  router_id: ({ global }, { keyword, values }, findings) => {
    if (values.length === 0) findings.warning(keyword, 'router_id needs a name: ignored');
    global.routerId = values[0]?.text ?? global.routerId;
  },
  vrrp_version: ({ global, defaults }, { keyword, values }, findings) => {
    const text = values[0]?.text;
    if (text !== '2' && text !== '3') {
      findings.error(values[0] ?? keyword, 'vrrp_version is 2 or 3');
      return;
    }
    global.vrrpVersion = text === '2' ? 2 : 3;
    defaults.vrrpVersion = global.vrrpVersion;
  },
  script_user: ({ global }, { keyword, values }, findings) => {
    global.scriptUser = userOf(values[0], values[1]);
    if (global.scriptUser === undefined) findings.error(keyword, 'script_user takes a user');
  },
  enable_script_security: ({ global }, statement, findings) => {
    global.scriptSecurity = bool(statement, findings);
  },
  dynamic_interfaces: ({ global }) => {
    global.dynamicInterfaces = true;
  },
  fifo_write_vrrp_states_on_reload: ({ global }) => {
    global.fifoStatesOnReload = true;
  },
  vrrp_notify_priority_changes: ({ global }, statement, findings) => {
    global.notifyPriorityChanges = bool(statement, findings);
  },
  vrrp_startup_delay: ({ global }, statement, findings) => {
    global.startupDelay = timer(statement, 0, 1_200, findings) ?? global.startupDelay;
  },
  vrrp_delay_after_boot: ({ global }, statement, findings) => {
    global.delayAfterBoot = timer(statement, 0, 1_200, findings) ?? global.delayAfterBoot;
  },
  vrrp_garp_interval: ({ global }, statement, findings) => {
    const interval = timer(statement, 0, LONGEST_GARP_INTERVAL, findings);
    global.garpInterval = interval ?? global.garpInterval;
  },
  vrrp_gna_interval: ({ global }, statement, findings) => {
    const interval = timer(statement, 0, LONGEST_GARP_INTERVAL, findings);
    global.gnaInterval = interval ?? global.gnaInterval;
  },
  child_wait_time: ({ global }, statement, findings) => {
    global.childWaitTime = timer(statement, 0, 3_600, findings) ?? global.childWaitTime;
  },
  startup_script: ({ global, timeouts }, statement, findings) => {
    const script = command(statement, findings);
    if (script !== undefined) global.startupScript = { command: script, timeout: timeouts.startup };
  },
  shutdown_script: ({ global, timeouts }, statement, findings) => {
    const script = command(statement, findings);
    if (script !== undefined)
      global.shutdownScript = { command: script, timeout: timeouts.shutdown };
  },
  startup_script_timeout: ({ timeouts }, statement, findings) => {
    timeouts.startup = timer(statement, 0, 1_000, findings) ?? timeouts.startup;
  },
  shutdown_script_timeout: ({ timeouts }, statement, findings) => {
    timeouts.shutdown = timer(statement, 0, 1_000, findings) ?? timeouts.shutdown;
  },
  vrrp_notify_fifo: ({ fifos }, { keyword, values }, findings) =>
    fifo(fifos.vrrp, values[0]?.text, keyword, findings),
  notify_fifo: ({ fifos }, { keyword, values }, findings) =>
    fifo(fifos.all, values[0]?.text, keyword, findings),
  vrrp_notify_fifo_script: ({ fifos }, statement, findings) => {
    const script = command(statement, findings);
    if (script !== undefined) fifos.vrrp.script = script;
  },
  notify_fifo_script: ({ fifos }, statement, findings) => {
    const script = command(statement, findings);
    if (script !== undefined) fifos.all.script = script;
  },
  vrrp_garp_master_delay: ({ garp }, statement, findings) => {
    garp.delay = timer(statement, 0, 86_400, findings) ?? garp.delay;
  },
  vrrp_garp_master_repeat: ({ garp }, statement, findings) => {
    garp.repeat = integer(statement, 0, 255, findings) ?? garp.repeat;
  },
  vrrp_garp_lower_prio_delay: ({ garp, defaults }, statement, findings) => {
    defaults.lowerPrioGiven = true;
    garp.lowerPrioDelay = timer(statement, 0, 86_400, findings) ?? garp.lowerPrioDelay;
  },
  vrrp_garp_lower_prio_repeat: ({ garp, defaults }, statement, findings) => {
    defaults.lowerPrioGiven = true;
    garp.lowerPrioRepeat = integer(statement, 0, 255, findings) ?? garp.lowerPrioRepeat;
  },
  vrrp_garp_master_refresh: ({ garp }, statement, findings) => {
    garp.refresh = timer(statement, 0, 86_400, findings) ?? garp.refresh;
  },
  vrrp_garp_master_refresh_repeat: ({ garp }, statement, findings) => {
    garp.refreshRepeat = integer(statement, 0, 255, findings) ?? garp.refreshRepeat;
  },
  vrrp_strict: ({ defaults }, statement, findings) => {
    defaults.strict = bool(statement, findings);
  },
  vrrp_skip_check_adv_addr: ({ defaults }, statement, findings) => {
    defaults.skipCheckAddresses = bool(statement, findings);
  },
  vrrp_check_unicast_src: ({ defaults }, statement, findings) => {
    defaults.checkUnicastSource = bool(statement, findings);
  },
  vrrp_lower_prio_no_advert: ({ defaults }, statement, findings) => {
    defaults.lowerPrioNoAdvert = bool(statement, findings);
  },
  vrrp_higher_prio_send_advert: ({ defaults }, statement, findings) => {
    defaults.higherPrioSendAdvert = bool(statement, findings);
  },
  vrrp_owner_ignore_adverts: ({ defaults }, statement, findings) => {
    defaults.ownerIgnoreAdverts = bool(statement, findings);
  },
  vrrp_down_timer_adverts: ({ defaults }, statement, findings) => {
    defaults.downTimerAdverts = integer(statement, 1, 100, findings) ?? 3;
  },
  vrrp_max_advert_int: ({ defaults }, statement, findings) => {
    defaults.maxAdvertInterval = timer(statement, 0.01, 255, findings);
  },
  vrrp_mcast_group4: ({ defaults }, statement, findings) => {
    defaults.group4 = address(statement, findings);
  },
  vrrp_mcast_group6: ({ defaults }, statement, findings) => {
    defaults.group6 = address(statement, findings);
  },
};

const KNOWN = [
  ...Object.keys(KEYWORDS),
  ...PROCESS_KEYWORDS,
  ...MAIL_KEYWORDS,
  ...LVS_GLOBAL_KEYWORDS,
  ...SNMP_KEYWORDS,
  ...Object.keys(UNSUPPORTED_GLOBAL),
];

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
      lowerPrioGiven: false,
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
    },
    mail: newMailDraft(),
    snmp: { ...SNMP_DEFAULTS },
    process: { ...PROCESS_DEFAULTS },
    fifos: { vrrp: {}, all: {} },
    timeouts: { startup: seconds(10), shutdown: seconds(10) },
  };
  const lvs = newLvsDraft();
  for (const statement of statements) {
    const { keyword } = statement;
    const reader = Object.hasOwn(KEYWORDS, keyword.text) ? KEYWORDS[keyword.text] : undefined;
    if (reader !== undefined && statement.block !== undefined)
      findings.error(keyword, `"${keyword.text}" takes no block`);
    else if (reader !== undefined) reader(draft, statement, findings);
    else if (
      !readLvsGlobal(lvs, statement, findings) &&
      !readProcess(draft.process, statement, findings) &&
      !readMail(draft.mail, statement, findings) &&
      !readSnmp(draft.snmp, statement, findings) &&
      !unsupported(keyword, UNSUPPORTED_GLOBAL, findings)
    )
      unknownKeyword(keyword, KNOWN, findings);
  }
  const { global, defaults, fifos, timeouts } = draft;
  if (!defaults.lowerPrioGiven)
    Object.assign(garp, { lowerPrioDelay: garp.delay, lowerPrioRepeat: garp.repeat });
  global.vrrpNotifyFifo = whole(fifos.vrrp);
  global.notifyFifo = whole(fifos.all);
  global.process = draft.process;
  global.mail = mailOf(draft.mail);
  global.snmp = draft.snmp;
  defaults.smtpAlert = vrrpAlerts(draft.mail);
  // A time limit may stand behind the script it is for.
  if (global.startupScript !== undefined)
    global.startupScript = { ...global.startupScript, timeout: timeouts.startup };
  if (global.shutdownScript !== undefined)
    global.shutdownScript = { ...global.shutdownScript, timeout: timeouts.shutdown };
  return { global, defaults, lvs: lvsGlobalOf(lvs) };
}

function fifo(
  draft: { path?: string },
  path: string | undefined,
  at: Statement['keyword'],
  findings: Findings,
): void {
  if (path?.startsWith('/') === true) draft.path = path;
  else findings.error(at, `${at.text} takes the whole path of a FIFO`);
}

function whole({
  path,
  script,
}: {
  path?: string;
  script?: ScriptCommand;
}): NotifyFifo | undefined {
  return path === undefined ? undefined : { path, script };
}
