/** The status as text, and the dumps of SIGUSR1 and SIGUSR2. */
import type { VirtualServerStatus } from '../../engine/check/status.ts';
import { printConfig } from '../../engine/conf/print.ts';
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { InstanceStatus } from '../../engine/vrrp/status.ts';
import { messageOf } from '../../errors.ts';
import { formatMicros, micros } from '../../time.ts';
import type { Log } from '../log.ts';
import { replaceFile } from '../plain-file.ts';
import type { DaemonStatus } from './daemon-status.ts';

/** keepalived's file names, which tools expect. */
export const DATA_FILE = '/tmp/keepalived.data';
export const STATS_FILE = '/tmp/keepalived.stats';

export function statusText(status: DaemonStatus): string {
  const { vrrp, packets } = status;
  const head = [
    `halabd ${status.version}, pid ${status.pid}, up ${formatMicros(micros(status.uptime_us))}, ${status.configuration}`,
    `vrrp child ${status.vrrp_pid ?? 'not running'}, started again ${status.restarts} times`,
  ];
  if (packets !== null)
    head.push(`packets: ${packets.accepted} accepted${refusals(packets.refused)}`);
  for (const finding of status.findings) head.push(`configuration: ${finding}`);
  const checks = checkLines(status);
  if (vrrp === null) {
    const silent = status.vrrp_pid === null ? [] : ['the vrrp child does not answer'];
    return `${[...head, ...silent, ...checks].join('\n')}\n`;
  }
  const groups = vrrp.syncGroups.map(
    ({ name, state, members }) => `sync group ${name}: ${state} (${members.join(', ')})`,
  );
  const scripts = vrrp.scripts.map(
    ({ name, up, skipped }) =>
      `script ${name}: ${up === null ? 'not known yet' : up ? 'up' : 'down'}, ${skipped} runs skipped`,
  );
  const missing = status.missing.map(
    ({ of, what, reason, since_us }) =>
      `${of === null ? '' : `${of}: `}${what} is not in place since ${formatMicros(micros(since_us))}: ${reason}`,
  );
  const holders = status.holders.map(
    ({ instance, address, mac, seen_ago_us }) =>
      `${instance}: ${address} is held by somebody else, too: ${mac} answered ${formatMicros(micros(seen_ago_us))} ago`,
  );
  return `${[...head, ...missing, ...holders, ...vrrp.instances.flatMap(instanceLines), ...groups, ...scripts, ...checks].join('\n')}\n`;
}

function checkLines({ check, check_pid, check_restarts, director }: DaemonStatus): string[] {
  if (check_pid === null) return [];
  const head = `check child ${check_pid}, started again ${check_restarts} times`;
  if (check === null) return ['', `${head}: it does not answer`];
  return ['', `${head}, director ${director}`, ...check.virtualServers.flatMap(serverLines)];
}

function serverLines({
  name,
  scheduler,
  quorum,
  suspended,
  realServers,
}: VirtualServerStatus): string[] {
  const weighs = `quorum ${quorum.reached ? 'reached' : 'LOST'}: weight ${quorum.weight} of ${quorum.needed}`;
  return [
    '',
    `${name}: ${scheduler}, ${weighs}${suspended ? ', suspended' : ''}`,
    ...realServers.flatMap(({ address, port, up, weight, checks }) => [
      `  ${address} port ${port}: ${up ? 'up' : 'DOWN'}, weight ${weight.effective}`,
      ...checks.map(
        ({ kind, up: good, detail, probes }) =>
          `    ${kind}: ${good ? 'up' : 'DOWN'} after ${probes} probes: ${detail}`,
      ),
    ]),
  ];
}

function instanceLines(instance: InstanceStatus): string[] {
  const { configured, effective } = instance.priority;
  const most = instance.max_advert_interval_us;
  const longest = most === null ? '' : `, learns no interval beyond ${formatMicros(most)}`;
  const moved = effective === configured ? '' : ` (configured ${configured})`;
  return [
    '',
    `${instance.name}: ${instance.state} for ${formatMicros(instance.since_us)}: ${instance.why}`,
    `  VRID ${instance.vrid} on ${instance.interface || 'any interface'}, version ${instance.version}, priority ${effective}${moved}, from ${instance.source ?? 'no address'}`,
    `  addresses ${instance.addresses.join(', ')}`,
    `  adverts every ${formatMicros(instance.advert_interval_us)}, down after ${formatMicros(instance.active_down_interval_us)}${longest}`,
    ...(instance.unheard_us === null
      ? []
      : [`  no advert has gone out for ${formatMicros(instance.unheard_us)}`]),
    ...(instance.retry_in_us === null
      ? []
      : [`  tries again in ${formatMicros(instance.retry_in_us)}`]),
    ...instance.tracked.map((line) => `  ${line}`),
    ...instance.peers.map((peer) => {
      const result =
        peer.priority === null
          ? 'nothing accepted'
          : `priority ${peer.priority}, every ${formatMicros(micros(peer.interval_us ?? 0))}, ${peer.adverts} adverts, ${peer.resignations} resignations`;
      return `  peer ${peer.address}: ${result}, heard ${formatMicros(peer.last_ago_us)} ago${refusals(peer.refused)}`;
    }),
  ];
}

/** By receive check. */
function refusals(refused: Readonly<Record<string, number>>): string {
  const counts = Object.entries(refused).map(([check, count]) => `${check} ${count}`);
  return counts.length === 0 ? '' : `; refused: ${counts.join(', ')}`;
}

/** SIGUSR1: the configuration and the state. SIGUSR2: the counters. */
export function dump(
  what: 'data' | 'stats',
  config: DaemonConfig,
  status: DaemonStatus,
  log: Log,
): void {
  const text =
    what === 'data' ? `${statusText(status)}\n${printConfig(config)}` : statsText(status);
  const path = what === 'data' ? DATA_FILE : STATS_FILE;
  try {
    // It contains auth_pass, in a folder that every user may write to.
    replaceFile(path, text);
    log.info(`wrote ${path}`);
  } catch (error) {
    log.error(`${path}: ${messageOf(error)}`);
  }
}

function statsText({ vrrp, packets }: DaemonStatus): string {
  const lines: string[] = [];
  for (const instance of vrrp?.instances ?? []) {
    const sum = (of: (peer: InstanceStatus['peers'][number]) => number): number =>
      instance.peers.reduce((total, peer) => total + of(peer), 0);
    lines.push(`VRRP Instance: ${instance.name}`, '  Advertisements:');
    lines.push(`    Received: ${sum(({ adverts }) => adverts)}`, '  Packet Errors:');
    const refused = new Map<string, number>();
    for (const peer of instance.peers)
      for (const [check, count] of Object.entries(peer.refused))
        refused.set(check, (refused.get(check) ?? 0) + count);
    for (const [check, count] of refused) lines.push(`    ${check}: ${count}`);
    lines.push('  Priority Zero:', `    Received: ${sum(({ resignations }) => resignations)}`);
    lines.push(`  Transitions: ${instance.transitions}`, '');
  }
  if (packets !== null) lines.push(`All packets accepted: ${packets.accepted}`);
  return `${lines.join('\n')}\n`;
}
