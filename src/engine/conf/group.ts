/** Groups of instances and interfaces: `vrrp_sync_group`, `track_group`, `garp_group`. */

import { micros } from '../../time.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { Track } from '../core/config-address.ts';
import type {
  GarpGroup,
  InterfaceTrack,
  ObjectTrack,
  StaticConfig,
  SyncGroupConfig,
} from '../core/config-track.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import { interfaceName, timerAt } from '../text/values.ts';
import { DEVICE, FLAG, listed, time, whole } from './codec.ts';
import {
  block,
  type Codec,
  field,
  type Mutable,
  type Row,
  type Rows,
  readRows,
} from './keyword.ts';
import { GROUP_NOTIFY, type Known, type NotifyDraft, TRACKS } from './tracking.ts';

/** Seconds between two announcements; the range of keepalived. */
const LONGEST_GARP_INTERVAL = 2_147;
/** More would only be a flood. */
export const MOST_REPEATS = 255;
/** Seconds; the range of a timer of the engine. */
export const LONGEST_REFRESH = 4_294_967_295;

/** keepalived: 0 becomes 1. */
export const REPEATS: Codec<number> = {
  ...whole(0, MOST_REPEATS),
  read: (statement) => {
    const value = whole(0, MOST_REPEATS).read(statement);
    if (value === 0) statement.keyword.warning(`${statement.keyword.text} is at least 1`);
    return value === undefined ? undefined : Math.max(1, value);
  },
};

interface Members {
  members: readonly Token[];
}

/** `group { NAME ... }`; the first one that has a member counts. */
function members<C>(doc: string, of: (config: C) => readonly string[]): Row<Members, C> {
  return {
    shape: 'lines',
    type: 'names of instances',
    doc,
    read: (draft, statement) => {
      if (draft.members.length > 0) statement.keyword.warning('a second group { } is ignored');
      else draft.members = listed(statement);
    },
    print: (config, keyword) => block(keyword, of(config).map(quoteWord)),
  };
}

export type GroupDraft = ReturnType<typeof newGroup>;

// biome-ignore format: a table, one keyword a line
export const SYNC_GROUP: Rows<GroupDraft, SyncGroupConfig, { readonly known: Known }> = {
  group: members(
    'The instances that change their state together.',
    (config: SyncGroupConfig) => config.members,
  ),
  ...TRACKS,
  sync_group_tracking_weight: field('memberWeights', FLAG, 'Weighted trackers of members keep their weights.', { default: false }),
  ...GROUP_NOTIFY,
  global_tracking: {
    shape: 'words',
    doc: '',
    lost: 'put the trackers into the group',
    voice: 'warning',
    read: (draft) => {
      draft.memberWeights = true;
    },
  },
};

export function readGroup(statement: Statement, known: Known): GroupDraft {
  return readRows(SYNC_GROUP, newGroup(statement), statement.block, { known });
}

function newGroup({ keyword, values }: Statement) {
  return {
    at: keyword,
    name: values[0]?.text ?? '',
    members: [] as readonly Token[],
    notify: {} as NotifyDraft,
    trackInterfaces: [] as InterfaceTrack[],
    tracks: [] as ObjectTrack[],
    memberWeights: false,
  };
}

export interface TrackGroupDraft extends Members {
  readonly name: string;
}

export const TRACK_GROUP: Rows<TrackGroupDraft, readonly VrrpInstanceConfig[]> = {
  group: members(
    'Instances that are in FAULT without the static addresses, routes and rules that name this group.',
    (of: readonly VrrpInstanceConfig[]) => of.map(({ name }) => name),
  ),
};

export function readTrackGroup({ keyword, values, block: rows }: Statement): TrackGroupDraft {
  const draft: TrackGroupDraft = { name: values[0]?.text ?? '', members: [] };
  readRows(TRACK_GROUP, draft, rows, undefined);
  if (draft.members.length === 0) keyword.warning('this track_group has no members');
  return draft;
}

/** Every `track_group` that something static names. */
export function groupNames({ addresses, routes, rules }: StaticConfig): string[] {
  const all: { readonly track?: Track }[] = [...addresses, ...routes, ...rules];
  return [...new Set(all.flatMap(({ track }) => (track?.kind === 'group' ? [track.name] : [])))];
}

type GarpDraft = Mutable<GarpGroup> & { readonly interfaces: string[] };

const PACE = time(0, LONGEST_GARP_INTERVAL);

function interfaces(shape: 'lines' | 'value', doc: string): Row<GarpDraft, GarpGroup> {
  return {
    shape,
    type: shape === 'lines' ? 'interfaces' : DEVICE.type,
    doc,
    read: (group, statement) => {
      for (const token of shape === 'lines' ? listed(statement) : [statement.values[0]]) {
        const name = interfaceName(token, statement.keyword);
        if (name !== undefined) group.interfaces.push(name);
      }
    },
  };
}

// biome-ignore format: a table, one keyword a line
export const GARP_GROUP: Rows<GarpDraft, GarpGroup> = {
  garp_interval: field('garpInterval', PACE, 'The time between two gratuitous ARPs on these interfaces together.', { unset: 'vrrp_garp_interval' }),
  gna_interval: field('gnaInterval', PACE, 'The time between two unsolicited Neighbor Advertisements on them.', { unset: 'vrrp_gna_interval' }),
  interfaces: {
    ...interfaces('lines', 'The interfaces that share the interval.'),
    print: (group, keyword) => block(keyword, group.interfaces.map(quoteWord)),
  },
  interface: interfaces('value', 'One such interface.'),
};

/** Undefined: without an interval it has no effect. */
export function readGarpGroup({ keyword, block: rows }: Statement): GarpGroup | undefined {
  const group: GarpDraft = { interfaces: [], garpInterval: undefined, gnaInterval: undefined };
  readRows(GARP_GROUP, group, rows, undefined);
  if (group.garpInterval !== undefined || group.gnaInterval !== undefined) return group;
  return keyword.warning('garp_group without garp_interval or gna_interval is removed');
}

/** An interface has one pace, that of its first group. */
export function checkGarpGroups(
  groups: readonly GarpGroup[],
  statements: readonly Statement[],
): void {
  const at = statements.find(({ keyword }) => keyword.text === 'garp_group')?.keyword;
  const taken = new Set<string>();
  for (const name of groups.flatMap((group) => group.interfaces)) {
    if (at !== undefined && taken.has(name))
      at.warning(`interface ${name} is in a garp_group already: the first one counts`);
    taken.add(name);
  }
}

const LONGEST = 255;

/** Undefined: the line has no delay that is one. */
export function readLinkDelay({ keyword, values: [first, second] }: Statement) {
  if (first === undefined) return keyword.warning(`no delays for ${keyword.text}: ignored`);
  const down = timerAt(first, keyword, 0, LONGEST);
  const up = second === undefined ? micros(0) : timerAt(second, keyword, 0, LONGEST);
  return down === undefined || up === undefined ? undefined : { interface: keyword.text, down, up };
}
