/** The lines about the daemon's processes; only what is not the default. */

import {
  PROCESS_DEFAULTS,
  type ProcessConfig,
  type ProcessScheduling,
} from '../core/config-process.ts';
import { quoteWord } from './lexer.ts';

export function printProcesses(process: ProcessConfig): string[] {
  const { nice, maxAutoPriority, minAutoPriorityDelay, umask } = process;
  return [
    ...one('process_priority', nice, PROCESS_DEFAULTS.nice),
    ...printScheduling('vrrp', process.vrrp),
    ...printScheduling('checker', process.checker),
    ...one('max_auto_priority', maxAutoPriority, PROCESS_DEFAULTS.maxAutoPriority),
    ...one('min_auto_priority_delay', minAutoPriorityDelay, PROCESS_DEFAULTS.minAutoPriorityDelay),
    ...(umask === PROCESS_DEFAULTS.umask ? [] : [`umask 0${umask.toString(8)}`]),
    ...one('process_name', process.parentName),
    ...one('vrrp_process_name', process.vrrpName),
    ...one('checker_process_name', process.checkerName),
  ];
}

/** What stands outside of `global_defs`. */
export function printPlace({ namespace, instance, usePidDir }: ProcessConfig): string[] {
  return [
    ...one('net_namespace', namespace),
    ...one('instance', instance),
    ...(usePidDir ? ['use_pid_dir'] : []),
  ];
}

function one(keyword: string, value: string | number | undefined, unless?: number): string[] {
  if (value === undefined || value === unless) return [];
  return [`${keyword} ${typeof value === 'string' ? quoteWord(value) : value}`];
}

function printScheduling(child: string, one: ProcessScheduling): string[] {
  return [
    ...(one.nice === 0 ? [] : [`${child}_priority ${one.nice}`]),
    ...(one.realTime === undefined ? [] : [`${child}_rt_priority ${one.realTime}`]),
    ...(one.realTimeLimit === undefined ? [] : [`${child}_rlimit_rttime ${one.realTimeLimit}`]),
    ...(one.noSwap ? [`${child}_no_swap`] : []),
    ...(one.cpus.length === 0 ? [] : [`${child}_cpu_affinity ${one.cpus.join(' ')}`]),
  ];
}
