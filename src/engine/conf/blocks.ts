/**
 * The blocks of keepalived.conf. Statements are read in the order of the file: a tracked object must
 * precede its users, and of two blocks with one name the first counts. Blocks are printed in the order of this table.
 */

import type { DaemonConfig } from '../core/config.ts';
import type { Track, VirtualAddress, VirtualRoute, VirtualRule } from '../core/config-address.ts';
import type {
  GarpGroup,
  LinkDelay,
  StaticConfig,
  TrackFileConfig,
  TrackProcessConfig,
  VrrpScriptConfig,
} from '../core/config-track.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Process, Statement } from '../text/tree.ts';
import { printAddress, readAddress } from './addresses.ts';
import { inSeconds } from './codec.ts';
import { GLOBAL, TOP_LEVEL } from './global.ts';
import {
  GARP_GROUP,
  type GroupDraft,
  groupNames,
  readGarpGroup,
  readGroup,
  readLinkDelay,
  readTrackGroup,
  SYNC_GROUP,
  TRACK_GROUP,
  type TrackGroupDraft,
} from './group.ts';
import { type BlockContext, INSTANCE, type InstanceDraft, readInstance } from './instance.ts';
import { block, blockFor, list, mapRows, printRows, type Row, type Rows } from './keyword.ts';
import { printGroup, TLS } from './lvs.ts';
import { readRoute, readRule, routeText, ruleText } from './routes.ts';
import {
  readScript,
  readTrackFile,
  readTrackProcess,
  SCRIPT,
  TRACK_FILE,
  TRACK_PROCESS,
} from './script.ts';
import { BFD } from './tracking.ts';
import { printVirtualServer, VIRTUAL_SERVER } from './virtual-server.ts';
import { withoutTakenName } from './vmac.ts';

export type VrrpDraft = ReturnType<typeof newVrrpDraft>;

/** Blocks that the VRRP process reads. */
export function newVrrpDraft() {
  return {
    script: [] as VrrpScriptConfig[],
    file: [] as TrackFileConfig[],
    process: [] as TrackProcessConfig[],
    instances: [] as InstanceDraft[],
    groups: [] as GroupDraft[],
    trackGroups: [] as TrackGroupDraft[],
    garpGroups: [] as GarpGroup[],
    linkDelays: [] as LinkDelay[],
    addresses: [] as VirtualAddress[],
    routes: [] as VirtualRoute[],
    rules: [] as VirtualRule[],
  };
}

export interface Block extends Omit<Row<VrrpDraft, DaemonConfig, BlockContext>, 'print'> {
  readonly process: Process;
  /** One list of lines for each block. */
  readonly print?: (config: DaemonConfig, keyword: string) => readonly (readonly string[])[];
}

/** A block for each of several things with a name. */
function named<T extends { readonly name: string }>(
  keyword: string,
  things: readonly T[],
  rows: Rows<never, T, never>,
): string[][] {
  return things.map((one) => block(`${keyword} ${quoteWord(one.name)}`, printRows(rows, one)));
}

const file: Block = {
  process: 'every',
  shape: TRACK_FILE,
  doc: 'A file with a number that changes priorities or the weight of real servers.',
  read: (draft, statement) => add(draft.file, readTrackFile(statement)),
};
const process: Block = {
  process: 'vrrp',
  shape: TRACK_PROCESS,
  since: '2.0.11',
  doc: 'A process that must run.',
  read: (draft, statement) => add(draft.process, readTrackProcess(statement)),
};

/** Addresses, routes and rules that exist while the daemon runs. */
const STATIC: Rows<VrrpDraft, StaticConfig, BlockContext> = {
  static_ipaddress: list(
    'addresses',
    'Addresses that exist while the daemon runs.',
    'as in virtual_ipaddress',
    (entry, { defaults }, draft) => {
      const address = readAddress(entry, 'static')?.address;
      const placed = address && { interface: defaults.interface, ...address };
      return inKnownGroup(placed, draft, entry);
    },
    printAddress,
  ),
  static_routes: list(
    'routes',
    'Routes that exist while the daemon runs.',
    'a route in the words of ip(8)',
    (entry, _, draft) => inKnownGroup(readRoute(entry), draft, entry),
    routeText,
  ),
  static_rules: list(
    'rules',
    'Rules of routing that exist while the daemon runs.',
    'a rule in the words of ip(8)',
    (entry, { preferences }, draft) => inKnownGroup(readRule(entry, preferences), draft, entry),
    ruleText,
  ),
};

const LINK_DELAYS: Row<VrrpDraft, DaemonConfig, BlockContext> = list(
  'linkDelays',
  'How long an interface must be down, or up, to count.',
  'INTERFACE DOWN [UP], seconds 0..255',
  readLinkDelay,
  ({ interface: name, down, up }: LinkDelay) => `${name} ${inSeconds(down)} ${inSeconds(up)}`,
);

/** A block of lines, which the VRRP process reads. */
function ofVrrp<C>(row: Row<VrrpDraft, C, BlockContext>, of: (config: DaemonConfig) => C): Block {
  const print: Block['print'] = (config, keyword) => [row.print?.(of(config), keyword) ?? []];
  return { ...row, process: 'vrrp', print };
}

export const BLOCKS: Readonly<Record<string, Block>> = {
  ...mapRows(TOP_LEVEL, ({ read: _, print: __, ...row }) => ({
    ...row,
    process: 'global' as const,
  })),
  global_defs: {
    process: 'global',
    shape: GLOBAL,
    doc: 'Settings of the whole daemon, and defaults for every instance.',
    print: (config, keyword) => [block(keyword, printRows(GLOBAL, config))],
  },
  interface_up_down_delays: {
    ...ofVrrp(LINK_DELAYS, (config) => config),
    since: '2.2.3',
  },
  garp_group: {
    process: 'vrrp',
    shape: GARP_GROUP,
    doc: 'Interfaces that share one announcement interval.',
    read: ({ garpGroups }, statement) => add(garpGroups, readGarpGroup(statement)),
    print: ({ garpGroups }, keyword) =>
      garpGroups.map((group) => block(keyword, printRows(GARP_GROUP, group))),
  },
  track_group: {
    process: 'vrrp',
    shape: TRACK_GROUP,
    since: '2.0.3',
    doc: 'Instances that need certain static addresses, routes and rules.',
    read: ({ trackGroups }, statement) => {
      if (isNamed(statement, trackGroups)) trackGroups.push(readTrackGroup(statement));
    },
    // Also those without a member.
    print: ({ instances, statics }, keyword) => {
      const used = instances.flatMap(({ trackGroups }) => trackGroups);
      return [...new Set([...groupNames(statics), ...used])].map((name) => {
        const members = instances.filter(({ trackGroups }) => trackGroups.includes(name));
        return block(`${keyword} ${quoteWord(name)}`, printRows(TRACK_GROUP, members));
      });
    },
  },
  ...mapRows(STATIC, (row) => ofVrrp(row, ({ statics }) => statics)),
  vrrp_script: {
    process: 'vrrp',
    shape: SCRIPT,
    doc: 'A script that runs repeatedly.',
    read: (draft, statement) => add(draft.script, readScript(statement)),
    print: ({ scripts }, keyword) => named(keyword, scripts, SCRIPT),
  },
  track_file: { ...file, print: ({ files }, keyword) => named(keyword, files, TRACK_FILE) },
  vrrp_track_file: { ...file, doc: 'Another spelling of `track_file`.' },
  vrrp_track_process: {
    ...process,
    print: ({ processes }, keyword) => named(keyword, processes, TRACK_PROCESS),
  },
  track_process: { ...process, doc: 'Another spelling of `vrrp_track_process`.' },
  vrrp_instance: {
    process: 'vrrp',
    shape: INSTANCE,
    doc: 'A virtual router (RFC 9568).',
    read: (draft, statement, context) => {
      if (!isNamed(statement, draft.instances)) return;
      const instance = readInstance(statement, { ...context, known: draft });
      withoutTakenName(instance, draft.instances);
      draft.instances.push(instance);
    },
    print: ({ instances }, keyword) => named(keyword, instances, INSTANCE),
  },
  vrrp_sync_group: {
    process: 'vrrp',
    shape: SYNC_GROUP,
    doc: 'Instances that change their state together.',
    read: (draft, statement) => {
      if (isNamed(statement, draft.groups)) draft.groups.push(readGroup(statement, draft));
    },
    print: ({ syncGroups }, keyword) => named(keyword, syncGroups, SYNC_GROUP),
  },
  SSL: {
    process: 'check',
    shape: TLS,
    doc: 'Certificates that SSL_GET presents and trusts; the last block counts.',
    print: ({ check }, keyword) => [blockFor(keyword, TLS, check.tls)],
  },
  virtual_server_group: {
    process: 'check',
    shape: 'lines',
    type: 'ADDRESS[-LAST|/LENGTH] [PORT] or fwmark NUMBER [inet|inet6]',
    doc: 'Addresses, ranges and firewall marks that share real servers.',
    print: ({ check }, keyword) => check.groups.map((group) => printGroup(group, keyword)),
  },
  virtual_server: {
    process: 'check',
    shape: VIRTUAL_SERVER,
    type: 'ADDRESS [PORT], fwmark NUMBER or group NAME',
    doc: 'A service whose connections are distributed over real servers.',
    print: ({ check }, keyword) =>
      check.virtualServers.map((server) => printVirtualServer(server, keyword)),
  },
  linkbeat_interfaces: {
    process: 'vrrp',
    shape: 'lines',
    doc: '',
    lost: 'netlink tells of the carrier; polling is not needed',
  },
  bfd_instance: { process: 'every', shape: BFD, doc: '', lost: 'halabd has no BFD' },
};

function add<T>(list: T[], one: T | undefined): void {
  if (one !== undefined) list.push(one);
}

/** A block without exactly one name, or with one that is taken, is skipped. */
function isNamed({ keyword, values }: Statement, before: readonly { readonly name: string }[]) {
  const [name] = values;
  const skipped = 'the block is skipped';
  if (name === undefined || values.length > 1)
    keyword.warning(`${keyword.text} has one name: ${skipped}`);
  else if (before.some((one) => one.name === name.text))
    name.warning(`there is a ${keyword.text} "${name.text}" already: ${skipped}`);
  else return true;
  return false;
}

/** Without the `track_group` if there is none of that name above. */
function inKnownGroup<T extends { readonly track?: Track }>(
  found: T | undefined,
  { trackGroups }: VrrpDraft,
  { keyword }: Statement,
): T | undefined {
  if (found === undefined) return undefined;
  const { track, ...rest } = found;
  if (track?.kind !== 'group' || trackGroups.some(({ name }) => name === track.name)) return found;
  keyword.warning(`there is no track_group "${track.name}" above: it is ignored`);
  return rest as T;
}
