/**
 * keepalived.conf text to the configuration the daemon runs, as keepalived reads it: what is unknown,
 * wrong or cannot be together is ignored or altered, and reported. All of it is found in one pass.
 */
import type { SourceIssue } from '../../errors.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';
import type { SyncGroupConfig } from '../core/config-track.ts';
import { resolveInstance } from '../core/resolve-instance.ts';
import { areDistinct } from '../core/same-router.ts';
import {
  joinTrackGroups,
  startTogether,
  withGroupNotify,
  withMembers,
} from '../core/sync-groups.ts';
import { nameVmacs } from '../core/vmac-names.ts';
import { groupWithoutWeights, withoutWeights } from '../core/weights.ts';
import { checkBfd } from './bfd.ts';
import { BLOCKS, type BlockContext, type VrrpDraft } from './blocks.ts';
import type { InstanceDefaults } from './defaults.ts';
import { FindingList, type Findings, type Outcome } from './findings.ts';
import { readGlobal } from './global.ts';
import { LVS_BLOCKS } from './grammar.ts';
import { checkGarpGroups, type GroupDraft } from './group.ts';
import type { InstanceDraft } from './instance.ts';
import { reportLost } from './keyword.ts';
import type { Token } from './lexer.ts';
import { readLvs } from './lvs.ts';
import { Preferences } from './routes.ts';
import { readSource } from './source.ts';
import { NO_SURROUNDINGS, type Surroundings } from './surroundings.ts';
import { notifyOf } from './tracking.ts';
import { readTree, type Statement } from './tree.ts';

export interface ParsedConfig {
  readonly config: DaemonConfig;
  /** Warnings, too. Whether the daemon runs says `outcome`. */
  readonly issues: readonly SourceIssue[];
  readonly outcome: Outcome;
  readonly statements: readonly Statement[];
}

const ROOT = { ...BLOCKS, ...LVS_BLOCKS };

function readVrrp(
  statements: readonly Statement[],
  context: BlockContext,
  findings: Findings,
): VrrpDraft {
  const draft: VrrpDraft = {
    script: [],
    file: [],
    process: [],
    instances: [],
    groups: [],
    trackGroups: [],
    garpGroups: [],
    linkDelays: [],
    addresses: [],
    routes: [],
    rules: [],
  };
  for (const statement of statements)
    BLOCKS[statement.keyword.text]?.read?.(draft, statement, findings, context);
  checkGarpGroups(draft.garpGroups, statements, findings);
  return draft;
}

/** Parses a whole file. Whatever the text, it returns. */
export function parseConfig(
  text: string,
  file: string,
  surroundings: Surroundings = NO_SURROUNDINGS,
): ParsedConfig {
  const { lines, issues, refused } = readSource(text, file, surroundings);
  const findings = new FindingList(issues, refused);
  const statements = readTree(ROOT, lines, findings);
  for (const statement of statements)
    reportLost(ROOT[statement.keyword.text] ?? {}, statement, findings);
  checkBfd(statements, findings);
  const { global, defaults, lvs } = readGlobal(statements, findings);
  const vrrp = readVrrp(
    statements,
    { defaults, surroundings, preferences: new Preferences() },
    findings,
  );
  const resolved = vrrp.instances.map((draft) => resolveInstance(draft, findings));
  const groups = withMembers(vrrp.groups, resolved, findings);
  const notified = withGroupNotify(resolved, vrrp.instances, groups);
  const started = startTogether(nameVmacs(notified, defaults.vmacPrefixes), groups);
  const joined = joinTrackGroups(vrrp.trackGroups, started, findings);
  const named = groups.map((group) => syncGroupOf(group, defaults));
  const instances = withoutWeights(joined, named, reporter(vrrp.instances, findings));
  const syncGroups = named.map((one) =>
    groupWithoutWeights(one, instances, reporter(groups, findings)),
  );
  checkUnique(instances, vrrp.instances, findings);
  const check = readLvs(statements, lvs, vrrp.file, findings);
  if (instances.length + check.virtualServers.length === 0) {
    const message = 'no vrrp_instance and no virtual_server: there is nothing to do';
    issues.push({ file, line: 1, column: 1, severity: 'note', message });
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
  return { config, issues, outcome: findings.outcome, statements };
}

function syncGroupOf(group: GroupDraft, defaults: InstanceDefaults): SyncGroupConfig {
  const { name, members, memberWeights, notify, trackInterfaces, tracks } = group;
  return {
    name,
    members: members.map(({ text: member }) => member),
    memberWeights,
    trackInterfaces,
    tracks,
    notify: notifyOf(notify, defaults.smtpAlert, defaults.notifyPriorityChanges),
  };
}

/** Warnings at the block with a name. */
function reporter(
  drafts: readonly { readonly name: string; readonly at: Token }[],
  findings: Findings,
): (name: string, message: string) => void {
  return (name, message) => {
    const at = drafts.find((one) => one.name === name)?.at;
    if (at !== undefined) findings.warning(at, `"${name}": ${message}`);
  };
}

function checkUnique(
  instances: readonly VrrpInstanceConfig[],
  drafts: readonly InstanceDraft[],
  findings: Findings,
): void {
  for (const [i, one] of instances.entries()) {
    const at = drafts[i]?.at;
    const other = instances.slice(0, i).find((two) => mistaken(one, two));
    if (at === undefined || other === undefined) continue;
    const on = one.interface || 'any interface';
    findings.stops(
      at,
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
