/**
 * Every statement of the vrrp process, in the order of the file: what is tracked must stand above what
 * tracks it, and of two with one name the first counts.
 */

import type { VirtualAddress, VirtualRoute, VirtualRule } from '../core/config.ts';
import type {
  GarpGroup,
  LinkDelay,
  TrackFileConfig,
  TrackProcessConfig,
  VrrpScriptConfig,
} from '../core/config-track.ts';
import { readAddress } from './addresses.ts';
import type { Findings } from './findings.ts';
import { checkGarpGroups, readGarpGroup } from './garp.ts';
import type { InstanceDefaults } from './global.ts';
import { type InstanceDraft, readInstance } from './instance.ts';
import type { Token } from './lexer.ts';
import { readLinkDelays } from './link-delays.ts';
import { Preferences, readRoute, readRule } from './routes.ts';
import type { Surroundings } from './surroundings.ts';
import { type GroupDraft, readGroup } from './sync-group.ts';
import { readTrackGroup, type TrackGroupDraft } from './track-group.ts';
import { readScript, readTrackFile, readTrackProcess } from './tracked.ts';
import type { Statement } from './tree.ts';
import { withoutTakenName } from './vmac.ts';

export interface VrrpDraft {
  readonly script: VrrpScriptConfig[];
  readonly file: TrackFileConfig[];
  readonly process: TrackProcessConfig[];
  readonly instances: InstanceDraft[];
  readonly groups: GroupDraft[];
  readonly trackGroups: TrackGroupDraft[];
  readonly garpGroups: GarpGroup[];
  readonly linkDelays: LinkDelay[];
  readonly addresses: VirtualAddress[];
  readonly routes: VirtualRoute[];
  readonly rules: VirtualRule[];
}

interface Around {
  readonly defaults: InstanceDefaults;
  readonly surroundings: Surroundings;
  readonly preferences: Preferences;
  readonly findings: Findings;
}

type Reader = (draft: VrrpDraft, statement: Statement, around: Around) => void;

const READERS: Readonly<Record<string, Reader>> = {
  vrrp_script: ({ script }, one, { findings }) => add(script, readScript(one, findings)),
  track_file: ({ file }, one, { findings }) => add(file, readTrackFile(one, findings)),
  vrrp_track_file: ({ file }, one, { findings }) => add(file, readTrackFile(one, findings)),
  vrrp_track_process: (draft, one, { findings }) =>
    add(draft.process, readTrackProcess(one, findings)),
  track_process: (draft, one, { findings }) => add(draft.process, readTrackProcess(one, findings)),
  vrrp_instance: (draft, one, around) => {
    if (!isNamed(one, draft.instances, around.findings)) return;
    const instance = readInstance(one, draft, around);
    withoutTakenName(instance, draft.instances, around.findings);
    draft.instances.push(instance);
  },
  vrrp_sync_group: (draft, one, { findings }) => {
    if (isNamed(one, draft.groups, findings)) draft.groups.push(readGroup(one, draft, findings));
  },
  track_group: ({ trackGroups }, one, { findings }) => {
    if (isNamed(one, trackGroups, findings)) trackGroups.push(readTrackGroup(one, findings));
  },
  garp_group: ({ garpGroups }, one, { findings }) => add(garpGroups, readGarpGroup(one, findings)),
  interface_up_down_delays: ({ linkDelays }, one, { findings }) => {
    linkDelays.push(...readLinkDelays(one, findings));
  },
  static_ipaddress: (draft, { block }, { defaults, findings }) => {
    for (const entry of block ?? []) {
      const placed = readAddress(entry, 'static', findings);
      if (placed === undefined) continue;
      const address = { interface: defaults.interface, ...placed.address };
      draft.addresses.push(known(address, draft, entry.keyword, findings));
    }
  },
  static_routes: (draft, { block }, { findings }) => {
    for (const entry of block ?? []) {
      const route = readRoute(entry, findings);
      if (route !== undefined) draft.routes.push(known(route, draft, entry.keyword, findings));
    }
  },
  static_rules: (draft, { block }, { preferences, findings }) => {
    for (const entry of block ?? []) {
      const rule = readRule(entry, preferences, findings);
      if (rule !== undefined) draft.rules.push(known(rule, draft, entry.keyword, findings));
    }
  },
};

export function readVrrp(
  statements: readonly Statement[],
  around: Omit<Around, 'preferences'>,
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
  const all = { ...around, preferences: new Preferences() };
  for (const one of statements)
    if (Object.hasOwn(READERS, one.keyword.text)) READERS[one.keyword.text]?.(draft, one, all);
  checkGarpGroups(draft.garpGroups, statements, around.findings);
  return draft;
}

function add<T>(list: T[], one: T | undefined): void {
  if (one !== undefined) list.push(one);
}

/** A block without exactly one name, or with one that is taken, is skipped. */
function isNamed(
  { keyword, values }: Statement,
  before: readonly { readonly name: string }[],
  findings: Findings,
): boolean {
  const [name] = values;
  const skipped = 'the block is skipped';
  if (name === undefined || values.length > 1)
    findings.warning(keyword, `${keyword.text} has one name: ${skipped}`);
  else if (before.some((one) => one.name === name.text))
    findings.warning(name, `there is a ${keyword.text} "${name.text}" already: ${skipped}`);
  else return true;
  return false;
}

/** Without the `track_group` if there is none of that name above. */
function known<T extends VirtualAddress | VirtualRoute | VirtualRule>(
  entry: T,
  { trackGroups }: VrrpDraft,
  at: Token,
  findings: Findings,
): T {
  const { track, ...rest } = entry;
  if (track?.kind !== 'group' || trackGroups.some(({ name }) => name === track.name)) return entry;
  findings.warning(at, `there is no track_group "${track.name}" above: it is ignored`);
  return rest as T;
}
