/** A configuration as keepalived.conf text, every default written out: parse(print(c)) = c. */

import { type DaemonConfig, GLOBAL_DEFAULTS, type GlobalConfig } from '../core/config.ts';
import type {
  GarpGroup,
  SyncGroupConfig,
  TrackFileConfig,
  TrackProcessConfig,
  VrrpScriptConfig,
} from '../core/config-track.ts';
import { quoteWord } from './lexer.ts';
import {
  block,
  inSeconds,
  printAddress,
  printCommand,
  printInstance,
  printNotify,
  printTracks,
  printUser,
  printWeight,
  routeText,
  ruleText,
} from './print-instance.ts';
import { printLvs, printLvsGlobal } from './print-lvs.ts';
import { printMail } from './print-mail.ts';
import { printPlace, printProcesses } from './print-process.ts';
import { printSnmp } from './snmp.ts';
import { groupNames } from './track-group.ts';

export function printConfig(config: DaemonConfig): string {
  const { statics, linkDelays } = config;
  const parts = [
    [...printRoot(config.global)],
    block('global_defs', [...printGlobal(config.global), ...printLvsGlobal(config.check)]),
    ...optional(
      'interface_up_down_delays',
      linkDelays.map(
        ({ interface: name, down, up }) => `${name} ${inSeconds(down)} ${inSeconds(up)}`,
      ),
    ),
    ...config.garpGroups.map(printGarpGroup),
    ...printTrackGroups(config),
    ...optional('static_ipaddress', statics.addresses.map(printAddress)),
    ...optional('static_routes', statics.routes.map(routeText)),
    ...optional('static_rules', statics.rules.map(ruleText)),
    ...config.scripts.map(printScript),
    ...config.files.map(printFile),
    ...config.processes.map(printProcess),
    ...config.instances.map(printInstance),
    ...config.syncGroups.map(printGroup),
    ...printLvs(config.check),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')}`;
}

function optional(name: string, lines: readonly string[]): string[][] {
  return lines.length === 0 ? [] : [block(name, lines)];
}

/** What stands outside of any block. */
function printRoot({ childWaitTime, process }: GlobalConfig): string[] {
  return [
    ...printPlace(process),
    // Not every keepalived knows it: said only where it is not the default.
    ...(childWaitTime === GLOBAL_DEFAULTS.childWaitTime
      ? []
      : [`child_wait_time ${inSeconds(childWaitTime)}`]),
  ];
}

function printGlobal(global: GlobalConfig): string[] {
  const fifo = (name: string, one: GlobalConfig['notifyFifo']): string[] =>
    one === undefined
      ? []
      : [
          `${name} ${quoteWord(one.path)}`,
          ...(one.script === undefined ? [] : [`${name}_script ${printCommand(one.script)}`]),
        ];
  const script = (name: string, one: GlobalConfig['startupScript']): string[] =>
    one === undefined
      ? []
      : [`${name} ${printCommand(one.command)}`, `${name}_timeout ${inSeconds(one.timeout)}`];
  return [
    ...(global.routerId === undefined ? [] : [`router_id ${quoteWord(global.routerId)}`]),
    `vrrp_version ${global.vrrpVersion}`,
    ...(global.startupDelay > 0 ? [`vrrp_startup_delay ${inSeconds(global.startupDelay)}`] : []),
    ...(global.delayAfterBoot > 0
      ? [`vrrp_delay_after_boot ${inSeconds(global.delayAfterBoot)}`]
      : []),
    ...(global.garpInterval > 0 ? [`vrrp_garp_interval ${inSeconds(global.garpInterval)}`] : []),
    ...(global.gnaInterval > 0 ? [`vrrp_gna_interval ${inSeconds(global.gnaInterval)}`] : []),
    ...fifo('vrrp_notify_fifo', global.vrrpNotifyFifo),
    ...fifo('notify_fifo', global.notifyFifo),
    ...(global.scriptUser === undefined ? [] : [`script_user ${printUser(global.scriptUser)}`]),
    ...(global.scriptSecurity ? ['enable_script_security'] : []),
    ...script('startup_script', global.startupScript),
    ...script('shutdown_script', global.shutdownScript),
    ...(global.dynamicInterfaces ? ['dynamic_interfaces'] : []),
    ...(global.fifoStatesOnReload ? ['fifo_write_vrrp_states_on_reload'] : []),
    ...(global.notifyPriorityChanges ? ['vrrp_notify_priority_changes on'] : []),
    ...printProcesses(global.process),
    ...printMail(global.mail),
    ...printSnmp(global.snmp),
  ];
}

/** Also those without a member. */
function printTrackGroups({ instances, statics }: DaemonConfig): string[][] {
  const names = [...groupNames(statics), ...instances.flatMap(({ trackGroups }) => trackGroups)];
  return [...new Set(names)].map((name) => {
    const members = instances.filter(({ trackGroups }) => trackGroups.includes(name));
    const list = members.map((one) => quoteWord(one.name));
    return block(`track_group ${quoteWord(name)}`, block('group', list));
  });
}

function printGarpGroup({ interfaces, garpInterval, gnaInterval }: GarpGroup): string[] {
  return block('garp_group', [
    ...(garpInterval === undefined ? [] : [`garp_interval ${inSeconds(garpInterval)}`]),
    ...(gnaInterval === undefined ? [] : [`gna_interval ${inSeconds(gnaInterval)}`]),
    ...block('interfaces', interfaces.map(quoteWord)),
  ]);
}

function printScript(script: VrrpScriptConfig): string[] {
  const { command, interval, timeout, rise, fall, weight, initFail } = script;
  return block(`vrrp_script ${quoteWord(script.name)}`, [
    `script ${printCommand({ ...command, user: undefined })}`,
    ...(command.user === undefined ? [] : [`user ${printUser(command.user)}`]),
    `interval ${inSeconds(interval)}`,
    `timeout ${inSeconds(timeout)}`,
    `rise ${rise}`,
    `fall ${fall}`,
    `weight ${printWeight(weight)}`,
    ...(initFail ? ['init_fail'] : []),
  ]);
}

function printFile({ name, path, weight, initial }: TrackFileConfig): string[] {
  return block(`track_file ${quoteWord(name)}`, [
    `file ${quoteWord(path)}`,
    `weight ${printWeight(weight)}`,
    ...(initial === undefined
      ? []
      : [`init_file ${initial.value}${initial.overwrite ? ' overwrite' : ''}`]),
  ]);
}

function printProcess(one: TrackProcessConfig): string[] {
  return block(`vrrp_track_process ${quoteWord(one.name)}`, [
    `process ${one.argv.map(quoteWord).join(' ')}`,
    ...(one.match === undefined
      ? []
      : [`param_match${one.match === 'exact' ? '' : ` ${one.match}`}`]),
    ...(one.fullCommand ? ['full_command'] : []),
    `weight ${printWeight(one.weight)}`,
    `quorum ${one.quorum}`,
    ...(one.quorumMax === undefined ? [] : [`quorum_max ${one.quorumMax}`]),
    ...(one.forkDelay > 0 ? [`fork_delay ${inSeconds(one.forkDelay)}`] : []),
    ...(one.terminateDelay > 0 ? [`terminate_delay ${inSeconds(one.terminateDelay)}`] : []),
  ]);
}

function printGroup(group: SyncGroupConfig): string[] {
  return block(`vrrp_sync_group ${quoteWord(group.name)}`, [
    ...block('group', group.members.map(quoteWord)),
    ...printTracks(group),
    ...(group.memberWeights ? ['sync_group_tracking_weight'] : []),
    ...printNotify(group.notify),
  ]);
}
