/**
 * keepalived.conf text to the configuration the daemon runs: every keyword known, every value in its
 * range, every default keepalived's. All mistakes are found in one pass.
 */
import type { SourceIssue } from '../../errors.ts';
import { readAddress, readRoute, readRule } from './conf-addresses.ts';
import { type Findings, unknownKeyword, unsupported } from './conf-findings.ts';
import { checkGarpGroups, readGarpGroup } from './conf-garp.ts';
import { readGlobal } from './conf-global.ts';
import { type InstanceDraft, readInstance } from './conf-instance.ts';
import type { Token } from './conf-lexer.ts';
import { readLvs } from './conf-lvs.ts';
import { TOP_LEVEL_PROCESS_KEYWORDS } from './conf-process.ts';
import { resolveInstance } from './conf-resolve.ts';
import { NO_SURROUNDINGS, type Surroundings } from './conf-surroundings.ts';
import {
  checkTracks,
  joinTrackGroups,
  readTrackGroup,
  type TrackGroupDraft,
} from './conf-track-group.ts';
import {
  type GroupDraft,
  readGroup,
  readLinkDelays,
  readScript,
  readTrackFile,
  readTrackProcess,
  type TrackUse,
} from './conf-tracking.ts';
import { parseTree, type Statement } from './conf-tree.ts';
import { UNSUPPORTED_TOP } from './conf-unsupported.ts';
import { nameVmacs } from './conf-vmac.ts';
import type { DaemonConfig, VrrpInstanceConfig } from './config.ts';
import type { ObjectTrack, StaticConfig, SyncGroupConfig, TrackWeight } from './config-track.ts';
import { toldApart } from './same-router.ts';

export interface ParsedConfig {
  readonly config: DaemonConfig;
  /** Warnings, too: the caller decides what an error means. */
  readonly issues: readonly SourceIssue[];
}

const TOP_LEVEL = [
  'global_defs',
  'vrrp_instance',
  'vrrp_script',
  'vrrp_sync_group',
  'track_file',
  'vrrp_track_file',
  'vrrp_track_process',
  'track_process',
  'static_ipaddress',
  'static_routes',
  'static_rules',
  'interface_up_down_delays',
  'virtual_server',
  'virtual_server_group',
  'SSL',
  ...TOP_LEVEL_PROCESS_KEYWORDS,
  'child_wait_time',
  'garp_group',
  'track_group',
];

/** Parses a whole file. Whatever the text, it returns. */
export function parseConfig(
  text: string,
  file: string,
  surroundings: Surroundings = NO_SURROUNDINGS,
): ParsedConfig {
  const { statements, issues } = parseTree(text, file, surroundings);
  const add = (severity: 'error' | 'warning') => (at: Token, message: string, hint?: string) => {
    const { file: inFile, line, column } = at;
    const more = hint === undefined ? {} : { hint };
    issues.push({ file: inFile, line, column, severity, message, ...more });
  };
  const findings: Findings = { error: add('error'), warning: add('warning') };
  const of = (...names: string[]): Statement[] =>
    statements.filter(({ keyword }) => names.includes(keyword.text));
  for (const { keyword } of statements) {
    if (TOP_LEVEL.includes(keyword.text)) continue;
    if (!unsupported(keyword, UNSUPPORTED_TOP, findings))
      unknownKeyword(keyword, [...TOP_LEVEL, ...Object.keys(UNSUPPORTED_TOP)], findings);
  }
  const { global, defaults, lvs } = readGlobal(
    [
      ...of('global_defs').flatMap(({ block }) => block ?? []),
      // keepalived takes these outside of the block, too.
      ...of('child_wait_time', ...TOP_LEVEL_PROCESS_KEYWORDS),
    ],
    findings,
  );
  const scripts = of('vrrp_script').map((one) => readScript(one, findings));
  const files = of('track_file', 'vrrp_track_file').map((one) => readTrackFile(one, findings));
  const processes = of('vrrp_track_process', 'track_process').map((one) =>
    readTrackProcess(one, findings),
  );
  checkNames(of('vrrp_script', 'track_file', 'vrrp_track_file', 'vrrp_track_process'), findings);
  const complete = scripts.filter(({ command }) => (command.argv[0] ?? '') !== '');
  const tracked = { script: scripts, file: files, process: processes };
  const trackOf = (use: TrackUse): ObjectTrack | undefined => {
    const track = resolveTrack(use, tracked[use.kind], findings);
    const empty = use.kind === 'script' && !complete.some(({ name }) => name === track?.name);
    return empty ? undefined : track;
  };
  const drafts = of('vrrp_instance').map((one) =>
    readInstance(one, defaults, surroundings, findings),
  );
  const trackGroups = of('track_group').map((one) => readTrackGroup(one, findings));
  const resolved = drafts.map((draft) => resolveInstance(draft, trackOf, findings));
  const instances = joinTrackGroups(trackGroups, nameVmacs(resolved), findings);
  checkUnique(instances, drafts, findings);
  const groups = of('vrrp_sync_group').map((one) => readGroup(one, defaults.smtpAlert, findings));
  checkGroups(groups, instances, findings);
  const garpGroups = of('garp_group').map((one) => readGarpGroup(one, findings));
  checkGarpGroups(garpGroups, of('garp_group'), findings);
  const check = readLvs(statements, lvs, files, findings);
  if (instances.length + check.virtualServers.length === 0 && issues.length === 0) {
    const message = 'no vrrp_instance and no virtual_server: there is nothing to do';
    issues.push({ file, line: 1, column: 1, severity: 'error', message });
  }
  const config: DaemonConfig = {
    global,
    instances,
    syncGroups: groups.map((group) => groupOf(group, trackOf)),
    scripts: complete,
    files,
    processes,
    check,
    statics: readStatics(of, trackGroups, findings),
    linkDelays: of('interface_up_down_delays').flatMap((one) => readLinkDelays(one, findings)),
    garpGroups,
  };
  return { config, issues };
}

function readStatics(
  of: (...names: string[]) => Statement[],
  groups: readonly TrackGroupDraft[],
  findings: Findings,
): StaticConfig {
  const [addresses, routes, rules] = (
    ['static_ipaddress', 'static_routes', 'static_rules'] as const
  ).map((name) => within(of(name)));
  const statics: StaticConfig = {
    addresses: (addresses ?? []).flatMap((one) => readAddress(one, findings)?.address ?? []),
    routes: (routes ?? []).flatMap((one) => readRoute(one, findings) ?? []),
    rules: (rules ?? []).flatMap((one) => readRule(one, findings) ?? []),
  };
  const all = [addresses, routes, rules].flatMap((some) => some ?? []);
  checkTracks(all, statics, groups, findings);
  return statics;
}

function within(statements: readonly Statement[]): Statement[] {
  return statements.flatMap(({ block }) => block ?? []);
}

function groupOf(
  { config, notify, uses }: GroupDraft,
  trackOf: (use: TrackUse) => ObjectTrack | undefined,
): SyncGroupConfig {
  return { ...config, notify, tracks: uses.flatMap((use) => trackOf(use) ?? []) };
}

/** A use without a weight takes that of what it names. */
function resolveTrack(
  { kind, name, weight }: TrackUse,
  known: readonly { readonly name: string; readonly weight: TrackWeight }[],
  findings: Findings,
): ObjectTrack | undefined {
  const found = known.find((one) => one.name === name.text);
  if (found === undefined) {
    findings.error(
      name,
      `there is no ${kind === 'script' ? 'vrrp_script' : `track_${kind}`} "${name.text}"`,
    );
    return undefined;
  }
  return { kind, name: name.text, weight: weight ?? found.weight };
}

function checkNames(statements: readonly Statement[], findings: Findings): void {
  const seen = new Set<string>();
  for (const { keyword, values } of statements) {
    const key = `${keyword.text.replace('vrrp_track_file', 'track_file')} ${values[0]?.text}`;
    if (seen.has(key))
      findings.error(keyword, `there are two ${key.split(' ')[0]} named "${values[0]?.text}"`);
    seen.add(key);
  }
}

function checkUnique(
  instances: readonly VrrpInstanceConfig[],
  drafts: readonly InstanceDraft[],
  findings: Findings,
): void {
  for (const [i, one] of instances.entries()) {
    const at = drafts[i]?.at;
    if (at === undefined) continue;
    const before = instances.slice(0, i);
    const other = before.find((two) => mistaken(one, two));
    if (other !== undefined) {
      const on = one.interface || 'any interface';
      findings.error(
        at,
        `virtual_router_id ${one.vrid} is used twice on ${on}: also by "${other.name}"`,
        'Give one of them another VRID, multicast group or unicast peers.',
      );
    }
    if (before.some(({ name }) => name === one.name))
      findings.error(at, `there are two vrrp_instances named "${one.name}"`);
  }
}

/** Whether an advert could be for either. Without an interface an instance hears on all of them. */
function mistaken(one: VrrpInstanceConfig, two: VrrpInstanceConfig): boolean {
  const meet = one.interface === two.interface || one.interface === '' || two.interface === '';
  const same = one.vrid === two.vrid && one.family === two.family && one.vrid !== 0;
  return meet && same && !toldApart(one, two);
}

function checkGroups(
  groups: readonly GroupDraft[],
  instances: readonly VrrpInstanceConfig[],
  findings: Findings,
): void {
  const taken = new Map<string, string>();
  for (const { config, members, at } of groups) {
    for (const member of members) {
      if (!instances.some(({ name }) => name === member.text))
        findings.error(member, `there is no vrrp_instance "${member.text}"`);
      const other = taken.get(member.text);
      if (other !== undefined)
        findings.error(member, `"${member.text}" is in sync group "${other}" already`);
      taken.set(member.text, config.name);
    }
    if (members.length === 1)
      findings.warning(at, `sync group "${config.name}" has one member: it binds nothing`);
  }
}
