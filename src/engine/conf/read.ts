/**
 * keepalived.conf text to the configuration the daemon runs, as keepalived reads it: what is unknown,
 * wrong or cannot be together is ignored or altered, and reported. All of it is found in one pass.
 */

import type { SourceIssue } from '../../errors.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';
import type { CheckConfig, VirtualServerConfig } from '../core/config-check.ts';
import type { SyncGroupConfig, TrackFileConfig } from '../core/config-track.ts';
import { resolveInstance } from '../core/resolve-instance.ts';
import { resolveVirtualServer, type VirtualContext } from '../core/resolve-virtual-server.ts';
import { areDistinct } from '../core/same-router.ts';
import {
  joinTrackGroups,
  startTogether,
  withGroupNotify,
  withMembers,
} from '../core/sync-groups.ts';
import { nameVmacs } from '../core/vmac-names.ts';
import { groupWithoutWeights, withoutWeights } from '../core/weights.ts';
import type { Outcome, Token } from '../text/findings.ts';
import { readSource } from '../text/source.ts';
import { NO_SURROUNDINGS, type Surroundings } from '../text/surroundings.ts';
import { readTree, type Statement } from '../text/tree.ts';
import { BLOCKS, newVrrpDraft, type VrrpDraft } from './blocks.ts';
import type { InstanceDefaults } from './defaults.ts';
import { readGlobal } from './global.ts';
import { checkGarpGroups, type GroupDraft } from './group.ts';
import type { BlockContext, InstanceDraft } from './instance.ts';
import { reportLost } from './keyword.ts';
import { type LvsGlobal, readGroups, readTls } from './lvs.ts';
import { notifyOf } from './tracking.ts';
import { readVirtualServer } from './virtual-server.ts';

export interface ParsedConfig {
  readonly config: DaemonConfig;
  /** Warnings, too. `outcome` decides whether the daemon runs. */
  readonly issues: readonly SourceIssue[];
  readonly outcome: Outcome;
  readonly statements: readonly Statement[];
}

function readVrrp(statements: readonly Statement[], context: BlockContext): VrrpDraft {
  const draft = newVrrpDraft();
  for (const statement of statements)
    BLOCKS[statement.keyword.text]?.read?.(draft, statement, context);
  checkGarpGroups(draft.garpGroups, statements);
  return draft;
}

/** Parses a whole file. Whatever the text, it returns. */
export function parseConfig(
  text: string,
  file: string,
  surroundings: Surroundings = NO_SURROUNDINGS,
): ParsedConfig {
  const { lines, findings } = readSource(text, file, surroundings);
  const statements = readTree(BLOCKS, lines);
  for (const statement of statements) reportLost(BLOCKS[statement.keyword.text] ?? {}, statement);
  checkBfd(statements);
  const { global, defaults, lvs } = readGlobal(statements);
  const vrrp = readVrrp(statements, {
    defaults,
    surroundings,
    preferences: { 4: 16_384, 6: 16_384 },
  });
  const resolved = vrrp.instances.map((draft) => resolveInstance(draft));
  const groups = withMembers(vrrp.groups, resolved);
  const notified = withGroupNotify(resolved, vrrp.instances, groups);
  const started = startTogether(nameVmacs(notified, defaults.vmacPrefixes), groups);
  const joined = joinTrackGroups(vrrp.trackGroups, started);
  const named = groups.map((group) => syncGroupOf(group, defaults));
  const instances = withoutWeights(joined, named, reporter(vrrp.instances));
  const syncGroups = named.map((one) => groupWithoutWeights(one, instances, reporter(groups)));
  checkUnique(instances, vrrp.instances);
  const check = readLvs(statements, lvs, vrrp.file);
  if (instances.length + check.virtualServers.length === 0) {
    const message = 'no vrrp_instance and no virtual_server: there is nothing to do';
    findings.add('note', { file, line: 1, column: 1 }, message);
  }
  const config: DaemonConfig = {
    global,
    instances,
    syncGroups,
    scripts: vrrp.script,
    files: vrrp.file,
    processes: vrrp.process,
    check,
    statics: { addresses: vrrp.addresses, routes: vrrp.routes, rules: vrrp.rules },
    linkDelays: vrrp.linkDelays,
    garpGroups: vrrp.garpGroups,
  };
  return { config, issues: findings.issues, outcome: findings.outcome, statements };
}

function syncGroupOf(
  { at: _, members, notify, ...group }: GroupDraft,
  defaults: InstanceDefaults,
): SyncGroupConfig {
  const names = members.map(({ text }) => text);
  return { ...group, members: names, notify: notifyOf(notify, defaults) };
}

/** Warnings at the block with a name. */
function reporter(drafts: readonly { readonly name: string; readonly at: Token }[]) {
  return (name: string, message: string): void => {
    const at = drafts.find((one) => one.name === name)?.at;
    if (at !== undefined) at.warning(`"${name}": ${message}`);
  };
}

function checkUnique(instances: readonly VrrpInstanceConfig[], drafts: readonly InstanceDraft[]) {
  for (const [i, one] of instances.entries()) {
    const at = drafts[i]?.at;
    const other = instances.slice(0, i).find((two) => mistaken(one, two));
    if (at === undefined || other === undefined) continue;
    const on = one.interface || 'any interface';
    at.stops(
      `virtual_router_id ${one.vrid} is used twice on ${on}: also by "${other.name}"`,
      'Give one of them another VRID, multicast group or unicast peers.',
    );
  }
}

/** Whether an advert could be for either. Without an interface an instance hears on all of them. */
function mistaken(one: VrrpInstanceConfig, two: VrrpInstanceConfig): boolean {
  const meet = one.interface === two.interface || one.interface === '' || two.interface === '';
  const same = one.vrid === two.vrid && one.family === two.family && one.vrid !== 0;
  return meet && same && !areDistinct(one, two);
}

function readLvs(
  statements: readonly Statement[],
  { logAllFailures, ...global }: LvsGlobal,
  files: readonly TrackFileConfig[],
): CheckConfig {
  const of = (name: string): Statement[] =>
    statements.filter(({ keyword }) => keyword.text === name);
  const groups = readGroups(of('virtual_server_group'));
  const context = { groups, logAll: logAllFailures };
  return {
    ...global,
    groups,
    virtualServers: readVirtualServers(statements, files, context),
    tls: readTls(of('SSL')),
  };
}

function readVirtualServers(
  statements: readonly Statement[],
  files: readonly TrackFileConfig[],
  context: VirtualContext,
): VirtualServerConfig[] {
  const above = new Set<string>();
  const servers: VirtualServerConfig[] = [];
  for (const statement of statements) {
    const { keyword, values } = statement;
    if (/^(vrrp_)?track_file$/.test(keyword.text)) above.add(values[0]?.text ?? '');
    if (keyword.text !== 'virtual_server') continue;
    const known = files.filter(({ name }) => above.has(name));
    const draft = readVirtualServer(statement, known);
    const server = draft && resolveVirtualServer(draft, context);
    if (server !== undefined) add(servers, server, statement);
  }
  return servers;
}

/**
 * Two equal services are one in the kernel: it has the settings of the first and the servers of both.
 * A mark is one service for each family.
 */
function add(servers: VirtualServerConfig[], server: VirtualServerConfig, { keyword }: Statement) {
  const at = servers.findIndex(({ name }) => name === server.name);
  const first = servers[at];
  if (first === undefined) {
    servers.push(server);
    return;
  }
  if (first.service.kind === 'fwmark' && first.family !== server.family) {
    const name = `${server.name} inet${server.family === 6 ? '6' : ''}`;
    add(servers, { ...server, name }, { keyword, values: [], block: undefined });
    return;
  }
  keyword.warning(
    `${server.name} is defined above already: its real servers are added to those, the rest is ignored`,
  );
  const more = server.realServers.filter(
    (one) =>
      !first.realServers.some(({ address, port }) => address === one.address && port === one.port),
  );
  servers[at] = {
    ...first,
    realServers: [...first.realServers, ...more],
    sorryServer: first.sorryServer ?? server.sorryServer,
  };
}

/** Instances without a neighbour, and names that no instance has. */
function checkBfd(statements: readonly Statement[]): void {
  const instances = statements.filter(({ keyword }) => keyword.text === 'bfd_instance');
  const known = new Set(instances.map(({ values }) => values[0]?.text));
  for (const { keyword, block } of instances)
    if (!block?.some((inner) => inner.keyword.text === 'neighbor_ip'))
      keyword.warning('bfd_instance has no neighbor_ip');
  for (const name of statements.flatMap(usedIn))
    if (!known.has(name.text)) name.warning(`there is no bfd_instance "${name.text}"`);
}

/** Names in `track_bfd` and `BFD_CHECK`. */
function usedIn({ keyword, block = [] }: Statement): Token[] {
  if (keyword.text === 'track_bfd') return block.map((one) => one.keyword);
  if (keyword.text === 'BFD_CHECK')
    return block.flatMap((one) => (one.keyword.text === 'name' ? one.values.slice(0, 1) : []));
  return keyword.text === 'bfd_instance' ? [] : block.flatMap(usedIn);
}
