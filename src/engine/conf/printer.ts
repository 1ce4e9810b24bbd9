/** A configuration as keepalived.conf text, every default written out: parse(print(c)) = c. */

import type { DaemonConfig } from '../core/config.ts';
import type {
  GarpGroup,
  SyncGroupConfig,
  TrackFileConfig,
  TrackProcessConfig,
  VrrpScriptConfig,
} from '../core/config-track.ts';
import { GLOBAL, TOP_LEVEL } from './global.ts';
import { block, printRows } from './keyword.ts';
import { quoteWord } from './lexer.ts';
import {
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
import { printLvs } from './print-lvs.ts';
import { groupNames } from './track-group.ts';

export function printConfig(config: DaemonConfig): string {
  const { statics, linkDelays } = config;
  const parts = [
    printRows(TOP_LEVEL, config),
    block('global_defs', printRows(GLOBAL, config)),
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
