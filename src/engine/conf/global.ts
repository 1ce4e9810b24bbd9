/** `global_defs`: settings of the whole daemon, and defaults for every instance. */

import { type Micros, micros, seconds } from '../../time.ts';
import { GLOBAL_DEFAULTS, type GlobalConfig } from '../core/config.ts';
import { type CheckConfig, NO_CHECKS } from '../core/config-check.ts';
import { PROCESS_DEFAULTS } from '../core/config-process.ts';
import type { GlobalScript, NotifyFifo, ScriptCommand } from '../core/config-script.ts';
import { VMAC_PREFIXES } from '../core/vmac-names.ts';
import type { Statement } from '../text/tree.ts';
import { LONGEST_SECONDS } from '../text/values.ts';
import { FLAG, needed, ON_OFF, olderTime, script, TEXT, time, user, whole } from './codec.ts';
import { DEFAULTS, type InstanceDefaults, newDefaults } from './defaults.ts';
import {
  type Codec,
  field,
  inputs,
  lost,
  type Mutable,
  type Rows,
  readRows,
  rowOf,
  through,
  within,
} from './keyword.ts';
import { LVS, LVS_REPORTS, type LvsGlobal } from './lvs.ts';
import { MAIL, type MailDraft, mailOf, SNMP, vrrpAlerts } from './mail.ts';
import { PLACE, PROCESS } from './process.ts';
import { PREFIXES } from './vmac.ts';

type FifoDraft = Partial<Mutable<NotifyFifo>>;
interface ScriptDraft {
  command?: ScriptCommand;
  timeout: Micros;
}

type Draft = ReturnType<typeof newDraft>;
/** The configuration from which global_defs is printed. */
interface Printed {
  readonly global: GlobalConfig;
  readonly check: CheckConfig;
}

const LONGEST_DELAY = 1_200;
const LONGEST_CHILD_WAIT = 3_600;
const zero = { default: micros(0) } as const;
const off = { default: false } as const;
const already = (keyword: string): string => `${keyword} is given already: ignored`;

// biome-ignore format: a table, one keyword a line
const IDENTITY: Rows<Draft['global'], GlobalConfig> = {
  router_id: field(
    'routerId',
    needed(TEXT, 'needs a name'),
    'The name of this router in mails.',
    { unset: "the host's name" },
  ),
  vrrp_version: field('vrrpVersion', whole<2 | 3>(2, 3), 'The VRRP version of IPv4 instances.', { default: 2, always: true }),
  vrrp_startup_delay: field('startupDelay', time(0, LONGEST_DELAY), 'The time after its start in which the daemon neither sends nor expects adverts.', { ...zero, since: '2.0.14' }),
  vrrp_delay_after_boot: field('delayAfterBoot', time(0, LONGEST_DELAY), 'As vrrp_startup_delay, counted from the boot of the machine.', { ...zero, since: '2.4.0' }),
  vrrp_garp_interval: field('garpInterval', time(0.000001, LONGEST_SECONDS), 'The time between two gratuitous ARPs on an interface.', zero),
  vrrp_gna_interval: field('gnaInterval', time(0.000001, LONGEST_SECONDS), 'The time between two unsolicited Neighbor Advertisements on an interface.', zero),
};

/** `twice` and `none`: the messages for a second path and for a missing one. */
function fifo(
  name: keyof Draft['fifos'],
  keyword: string,
  of: (config: Printed) => NotifyFifo | undefined,
  [none, twice]: readonly [string, (keyword: string) => string],
): Rows<Draft, Printed> {
  const first: Codec<string>['read'] = (statement, before) =>
    before === undefined ? TEXT.read(statement) : statement.keyword.warning(twice(keyword));
  const path = needed({ ...TEXT, type: 'a path', read: first }, none);
  const rows: Rows<FifoDraft, NotifyFifo> = {
    [keyword]: field('path', path, 'The FIFO for every new state.', { unset: 'none' }),
    [`${keyword}_script`]: field('script', script(twice), 'The script that reads the FIFO.', {
      shape: 'script',
    }),
  };
  return through(({ fifos }) => fifos[name], of, rows);
}

const SCRIPT_TIMEOUT = needed(olderTime(1, 1_000), 'needs a value');

function globalScript(when: 'startup' | 'shutdown'): Rows<Draft, Printed> {
  const rows: Rows<ScriptDraft, GlobalScript> = {
    [`${when}_script`]: field('command', script(already), `Runs at the ${when} of the daemon.`, {
      shape: 'script',
      since: '2.1.0',
    }),
    [`${when}_script_timeout`]: field(
      'timeout',
      SCRIPT_TIMEOUT,
      `How long ${when}_script may take.`,
      { default: seconds(10), always: true, since: '2.1.0' },
    ),
  };
  return through(
    ({ scripts }) => scripts[when],
    ({ global }) => global[`${when}Script`],
    rows,
  );
}

// biome-ignore format: a table, one keyword a line
const USER: Rows<Draft['global'], GlobalConfig> = {
  script_user: field(
    'scriptUser',
    user('script_user takes a user: it is ignored'),
    'The user of every script without its own.',
    { unset: 'keepalived_script if it exists, otherwise root' },
  ),
  enable_script_security: field('scriptSecurity', FLAG, 'No script runs as root whose path others may write.', off),
};

// biome-ignore format: a table, one keyword a line
const REPORTS: Rows<Draft['global'], GlobalConfig> = {
  dynamic_interfaces: field(
    'dynamicInterfaces',
    {
      shape: 'words',
      type: '[allow_if_changes]',
      read: ({ values: [option] }) => {
        if (option !== undefined && option.text !== 'allow_if_changes')
          option.warning(`unknown option "${option.text}"`);
        return true;
      },
      print: () => '',
    },
    'Starts without interfaces that are not there yet; halabd waits for them in any case.',
    off,
  ),
  fifo_write_vrrp_states_on_reload: field('fifoStatesOnReload', FLAG, 'Writes every state to the FIFOs after a reload.', { ...off, since: '2.2.5' }),
  vrrp_notify_priority_changes: field('notifyPriorityChanges', ON_OFF, 'Notifies of every change of a priority.', { ...off, since: '2.0.16' }),
};

const KERNEL = 'the kernel and halab decide this';
const FILES = 'halabd has files of its own; see its options';
const RELOAD = 'send SIGHUP when it is time';
const silent = { voice: 'silent' } as const;
const value = { shape: 'value' } as const;

// biome-ignore format: a table, one keyword a line
const LOST: Rows<unknown, unknown> = {
  ...lost('no answer over SNMP is older than a second', 'snmp_vrrp_stats_update_interval snmp_rs_stats_update_interval snmp_vs_stats_update_interval', silent),
  ...lost('halabd is not on D-Bus; see halabd status --json', 'enable_dbus dbus_service_name dbus_no_interface_name'),
  ...lost('halabd does not synchronise connections; use ipvsadm --start-daemon', 'lvs_sync_daemon'),
  ...lost(
    KERNEL,
    `lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
    vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force
    vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier process_monitor_rcv_bufs process_monitor_rcv_bufs_force disable_local_igmp`,
  ),
  ...lost(KERNEL, 'random_seed', value),
  ...lost('the kernel counts; ipvsadm shows it', 'update_vs_stats_interval'),
  ...lost('halabd has no BFD', 'bfd_priority bfd_no_swap bfd_rt_priority bfd_cpu_affinity'),
  ...lost('halabd has no BFD', 'bfd_process_name bfd_rlimit_rttime', value),
  ...lost('halabd has no BFD and no process for it', 'bfd_rlimit_rtime', { ...value, ...silent }),
  ...lost('use vrrp_garp_master_refresh', 'vrrp_garp_extra_if'),
  ...lost('use vrrp_garp_master_refresh', 'vrrp_vmac_garp_intvl', { voice: 'warning' }),
  ...lost('halabd has one nftables table of its own', 'vrrp_iptables vrrp_ipsets', { voice: 'warning' }),
  ...lost('no_accept works without it: halabd has one nftables table of its own', 'nftables nftables_counters nftables_ifindex iptables nftables_ipvs', silent),
  ...lost(
    'no_accept works without it: halabd has one nftables table of its own',
    'nftables_priority nftables_ipvs_priority nftables_ipvs_start_fwmark',
    { ...value, ...silent },
  ),
  ...lost('packets that are refused are always counted, and the first of each kind and source is logged', 'log_unknown_vrids', silent),
  ...lost(FILES, 'data_use_instance state_dump_file stats_dump_file json_dump_file tmp_config_directory'),
  ...lost(FILES, 'config_save_dir', value),
  ...lost(RELOAD, 'reload_time_file reload_repeat reload_date'),
  ...lost('send SIGHUP', 'reload_file'),
  ...lost('a configuration with errors never replaces a running one', 'reload_check_config', silent),
  ...lost('halabd status --json has a schema of its own', 'json_version'),
  ...lost('paths are followed as they are written', 'use_symlink_paths', silent),
  ...lost('it takes effect where it stands, as keepalived reads it', 'include_check', silent),
  ...lost("names of routing tables are those of the machine's own iproute2", 'iproute_usr_dir iproute_etc_dir'),
};

const of = {
  vrrp: ({ global }: Printed) => global.vrrpNotifyFifo,
  all: ({ global }: Printed) => global.notifyFifo,
  lvs: ({ check }: Printed) => check.notifyFifo,
};
const NEEDS = ['needs a path', already] as const;

export const GLOBAL: Rows<Draft, Printed> = {
  ...within('global', IDENTITY),
  ...fifo('vrrp', 'vrrp_notify_fifo', of.vrrp, NEEDS),
  ...fifo('all', 'notify_fifo', of.all, NEEDS),
  ...within('global', USER),
  ...globalScript('startup'),
  ...globalScript('shutdown'),
  ...within('global', REPORTS),
  ...within('global', within('process', PROCESS)),
  ...within('global', within('mail', MAIL)),
  ...within('global', within('snmp', SNMP)),
  ...within('check', LVS),
  ...fifo('lvs', 'lvs_notify_fifo', of.lvs, [
    'takes a path',
    (keyword) => `there is a ${keyword} already: ignored`,
  ]),
  ...within('check', LVS_REPORTS),
  ...inputs('defaults', DEFAULTS),
  ...inputs('prefixes', PREFIXES),
  ...LOST,
};

const CHILD_WAIT: Codec<Micros> = {
  ...olderTime(0, LONGEST_CHILD_WAIT),
  read: (statement) => {
    const found = whole(0, LONGEST_CHILD_WAIT, 'strict').read(statement);
    return found === undefined ? undefined : seconds(found);
  },
};

/** Words outside of any block. */
// biome-ignore format: a table, one keyword a line
export const TOP_LEVEL: Rows<Draft, Printed> = {
  ...within('global', within('process', PLACE)),
  ...within('global', {
    child_wait_time: field('childWaitTime', CHILD_WAIT, 'How long a child may take to stop.', { default: GLOBAL_DEFAULTS.childWaitTime }),
  } satisfies Rows<Draft['global'], GlobalConfig>),
  ...lost('netlink reports the carrier; polling is not needed', 'linkbeat_use_polling', silent),
  ...lost('start halabd in the namespace (ip netns exec)', 'net_namespace_ipvs'),
  ...lost('no_accept works without ipsets: halabd has one nftables table of its own', 'namespace_with_ipsets', silent),
};

/** Several global_defs blocks add up. */
export function readGlobal(statements: readonly Statement[]): {
  global: GlobalConfig;
  defaults: InstanceDefaults;
  lvs: LvsGlobal;
} {
  const draft = newDraft();
  for (const { keyword, block } of statements)
    if (keyword.text === 'global_defs') readRows(GLOBAL, draft, block, undefined);
  const outside = statements.filter(({ keyword }) => rowOf(TOP_LEVEL, keyword.text)?.read);
  readRows(TOP_LEVEL, draft, outside, undefined);
  const { global, defaults, check, fifos, scripts, prefixes } = draft;
  const { own = VMAC_PREFIXES.own, address: elsewhere = own } = prefixes;
  const { garp } = defaults;
  const { lowerPrioDelay = garp.delay, lowerPrioRepeat = garp.repeat } = garp;
  return {
    global: {
      ...global,
      mail: mailOf(global.mail),
      vrrpNotifyFifo: wholeFifo(fifos.vrrp),
      notifyFifo: wholeFifo(fifos.all),
      startupScript: wholeScript(scripts.startup),
      shutdownScript: wholeScript(scripts.shutdown),
    },
    defaults: {
      ...defaults,
      garp: { ...garp, lowerPrioDelay, lowerPrioRepeat },
      vrrpVersion: global.vrrpVersion,
      notifyPriorityChanges: global.notifyPriorityChanges,
      smtpAlert: vrrpAlerts(global.mail),
      vmacPrefixes: { own, address: elsewhere },
    },
    lvs: { ...check, notifyFifo: wholeFifo(fifos.lvs) },
  };
}

function newDraft() {
  const { timeouts, flush, flushOnStop, initNotifies, notifyFifo } = NO_CHECKS;
  const { vrrp, checker } = PROCESS_DEFAULTS;
  const global = {
    ...GLOBAL_DEFAULTS,
    process: { ...PROCESS_DEFAULTS, vrrp: { ...vrrp }, checker: { ...checker } },
    mail: { ...GLOBAL_DEFAULTS.mail } as MailDraft,
    snmp: { ...GLOBAL_DEFAULTS.snmp },
  };
  const check = { timeouts, flush, flushOnStop, initNotifies, notifyFifo, logAllFailures: false };
  const fifos: Record<'vrrp' | 'all' | 'lvs', FifoDraft> = { vrrp: {}, all: {}, lvs: {} };
  const startup: ScriptDraft = { timeout: seconds(10) };
  const prefixes: { own?: string; address?: string } = {};
  const scripts = { startup, shutdown: { ...startup } };
  return { global, defaults: newDefaults(), check, fifos, scripts, prefixes };
}

function wholeFifo({ path, script: reader }: FifoDraft): NotifyFifo | undefined {
  return path === undefined ? undefined : { path, script: reader };
}

function wholeScript({ command, timeout }: ScriptDraft): GlobalConfig['startupScript'] {
  return command && { command, timeout };
}
