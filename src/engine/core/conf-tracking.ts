/** What is tracked and what is bound together: vrrp_script, track_file, track processes, sync groups. */
import { nearest } from '../../errors.ts';
import { micros, seconds } from '../../time.ts';
import { type Findings, unknownKeyword, unsupported } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import { readNotify } from './conf-notify.ts';
import type { Statement } from './conf-tree.ts';
import { UNSUPPORTED_GROUP } from './conf-unsupported.ts';
import {
  argumentsOf,
  bool,
  integer,
  integerAt,
  interfaceName,
  timer,
  timerAt,
  userOf,
  weightOf,
} from './conf-values.ts';
import type { NotifyConfig, ScriptUser } from './config.ts';
import type {
  InterfaceTrack,
  LinkDelay,
  SyncGroupConfig,
  TrackFileConfig,
  TrackProcessConfig,
  TrackWeight,
  VrrpScriptConfig,
} from './config-track.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A use of something tracked, before its default weight is known. */
export interface TrackUse {
  readonly kind: 'script' | 'file' | 'process';
  readonly name: Token;
  readonly weight: TrackWeight | undefined;
}

const NO_WEIGHT: TrackWeight = { value: 0, reverse: false };
const MOST_WEIGHT = 253;
const DAY = 86_400;

export function readScript(statement: Statement, findings: Findings): VrrpScriptConfig {
  const name = nameOf(statement, findings);
  let argv: readonly string[] = [];
  let user: ScriptUser | undefined;
  const draft: Mutable<Omit<VrrpScriptConfig, 'command' | 'timeout'>> & {
    timeout?: VrrpScriptConfig['timeout'] | undefined;
  } = {
    name,
    interval: seconds(1),
    rise: 1,
    fall: 1,
    weight: NO_WEIGHT,
    initFail: false,
  };
  for (const inner of statement.block ?? []) {
    const { keyword, values } = inner;
    switch (keyword.text) {
      case 'script':
        argv =
          values.length > 1 ? values.map(({ text }) => text) : argumentsOf(values[0]?.text ?? '');
        break;
      case 'interval':
        draft.interval = timer(inner, 0.001, DAY, findings) ?? draft.interval;
        break;
      case 'timeout':
        draft.timeout = timer(inner, 0.001, DAY, findings);
        break;
      case 'rise':
        draft.rise = integer(inner, 1, 1_000_000, findings) ?? 1;
        break;
      case 'fall':
        draft.fall = integer(inner, 1, 1_000_000, findings) ?? 1;
        break;
      case 'weight':
        draft.weight = weightOf(values, -MOST_WEIGHT, MOST_WEIGHT, findings) ?? NO_WEIGHT;
        break;
      case 'user':
        user = userOf(values[0], values[1]);
        break;
      case 'init_fail':
        draft.initFail = true;
        break;
      default: {
        const known = [
          'script',
          'interval',
          'timeout',
          'rise',
          'fall',
          'weight',
          'user',
          'init_fail',
        ];
        unknownKeyword(keyword, known, findings);
      }
    }
  }
  if ((argv[0] ?? '') === '')
    findings.warning(statement.keyword, `vrrp_script "${name}" has no script: it is not tracked`);
  return { ...draft, timeout: draft.timeout ?? draft.interval, command: { argv, user } };
}

export function readTrackFile(statement: Statement, findings: Findings): TrackFileConfig {
  const draft: Mutable<TrackFileConfig> = {
    name: nameOf(statement, findings),
    path: '',
    weight: { value: 1, reverse: false },
    initial: undefined,
  };
  for (const { keyword, values } of statement.block ?? []) {
    if (keyword.text === 'file') draft.path = values[0]?.text ?? '';
    else if (keyword.text === 'weight')
      draft.weight = weightOf(values, -254, 254, findings) ?? draft.weight;
    else if (keyword.text === 'init_file') draft.initial = initialOf(values, keyword, findings);
    else unknownKeyword(keyword, ['file', 'weight', 'init_file'], findings);
  }
  if (!draft.path.startsWith('/'))
    findings.error(statement.keyword, `track_file "${draft.name}" needs the whole path of a file`);
  return draft;
}

function initialOf(
  values: readonly Token[],
  keyword: Token,
  findings: Findings,
): TrackFileConfig['initial'] {
  const overwrite = values.some(({ text }) => text === 'overwrite');
  const number = values.find(({ text }) => text !== 'overwrite');
  const value =
    number === undefined
      ? 0
      : (integerAt(number, keyword, -2_147_483_647, 2_147_483_647, findings) ?? 0);
  return { value, overwrite };
}

const MATCHES = ['exact', 'initial', 'partial'] as const;

export function readTrackProcess(statement: Statement, findings: Findings): TrackProcessConfig {
  const draft: Mutable<TrackProcessConfig> = {
    name: nameOf(statement, findings),
    argv: [],
    match: undefined,
    fullCommand: false,
    weight: { value: 1, reverse: false },
    quorum: 1,
    quorumMax: undefined,
    forkDelay: micros(0),
    terminateDelay: micros(0),
  };
  for (const inner of statement.block ?? []) readProcessKeyword(draft, inner, findings);
  if (draft.argv.length === 0)
    findings.error(statement.keyword, `vrrp_track_process "${draft.name}" needs a process`);
  return draft;
}

function readProcessKeyword(
  draft: Mutable<TrackProcessConfig>,
  inner: Statement,
  findings: Findings,
): void {
  const { keyword, values } = inner;
  switch (keyword.text) {
    case 'process':
      draft.argv =
        values.length > 1 ? values.map(({ text }) => text) : argumentsOf(values[0]?.text ?? '');
      return;
    case 'param_match': {
      const match = MATCHES.find((one) => one === values[0]?.text);
      if (match === undefined)
        findings.error(values[0] ?? keyword, `param_match is one of ${MATCHES.join(', ')}`);
      else draft.match = match;
      return;
    }
    case 'full_command':
      draft.fullCommand = true;
      return;
    case 'weight':
      draft.weight = weightOf(values, -254, 254, findings) ?? draft.weight;
      return;
    case 'quorum':
      draft.quorum = integer(inner, 1, 65_535, findings) ?? 1;
      return;
    case 'quorum_max':
      draft.quorumMax = integer(inner, 0, 65_535, findings);
      return;
    case 'fork_delay':
      draft.forkDelay = timer(inner, 0, 3_600, findings) ?? draft.forkDelay;
      return;
    case 'terminate_delay':
      draft.terminateDelay = timer(inner, 0, 3_600, findings) ?? draft.terminateDelay;
      return;
    case 'delay': {
      const delay = timer(inner, 0, 3_600, findings) ?? draft.forkDelay;
      draft.forkDelay = delay;
      draft.terminateDelay = delay;
      return;
    }
    default: {
      const known = [
        'process',
        'param_match',
        'full_command',
        'weight',
        'quorum',
        'quorum_max',
        'fork_delay',
        'terminate_delay',
        'delay',
      ];
      unknownKeyword(keyword, known, findings);
    }
  }
}

export interface GroupDraft {
  readonly config: Omit<SyncGroupConfig, 'tracks' | 'notify'>;
  readonly notify: NotifyConfig;
  readonly members: readonly Token[];
  readonly uses: readonly TrackUse[];
  readonly at: Token;
}

const GROUP_KEYWORDS = [
  'group',
  'track_interface',
  'track_script',
  'track_file',
  'track_process',
  'sync_group_tracking_weight',
  'notify',
  'notify_master',
  'notify_backup',
  'notify_fault',
  'notify_stop',
];

/** Old files name the members without a group block. */
function bareMember({ keyword, values, block }: Statement): boolean {
  if (values.length > 0 || block !== undefined) return false;
  return nearest(keyword.text, GROUP_KEYWORDS) === undefined;
}

export function readGroup(
  statement: Statement,
  smtpAlert: boolean,
  findings: Findings,
): GroupDraft {
  const name = nameOf(statement, findings);
  const members: Token[] = [];
  const uses: TrackUse[] = [];
  const trackInterfaces: InterfaceTrack[] = [];
  const notify: Mutable<NotifyConfig> = { priorityChanges: false, smtpAlert };
  let memberWeights = false;
  for (const inner of statement.block ?? []) {
    const { keyword } = inner;
    if (keyword.text === 'group')
      members.push(...(inner.block ?? []).flatMap((one) => [one.keyword, ...one.values]));
    else if (keyword.text === 'sync_group_tracking_weight') memberWeights = bool(inner, findings);
    else if (readTracks(inner, trackInterfaces, uses, findings)) continue;
    else if (readNotify(notify, inner, findings)) continue;
    else if (unsupported(keyword, UNSUPPORTED_GROUP, findings)) continue;
    else if (bareMember(inner)) {
      findings.warning(
        keyword,
        `"${keyword.text}" stands outside of group { }: taken for a member`,
      );
      members.push(keyword);
    } else unknownKeyword(keyword, GROUP_KEYWORDS, findings);
  }
  if (members.length === 0)
    findings.error(
      statement.keyword,
      `vrrp_sync_group "${name}" needs a group block with instances`,
    );
  const config = { name, members: members.map(({ text }) => text), trackInterfaces, memberWeights };
  return { config, notify, members, uses, at: statement.keyword };
}

/** `track_interface`, `track_script`, `track_file`, `track_process`; false for any other keyword. */
export function readTracks(
  { keyword, block }: Statement,
  interfaces: InterfaceTrack[],
  uses: TrackUse[],
  findings: Findings,
): boolean {
  const [, kind] = /^track_(interface|script|file|process)$/.exec(keyword.text) ?? [];
  if (kind === undefined) return false;
  if (block === undefined) findings.error(keyword, `${keyword.text} needs a block`);
  for (const { keyword: name, values } of block ?? []) {
    const weight = weightOf(values, -254, 254, findings);
    if (kind === 'interface') {
      const known = interfaceName(name, keyword, findings);
      if (known !== undefined) interfaces.push({ interface: known, weight: weight ?? NO_WEIGHT });
    } else {
      uses.push({ kind: kind as TrackUse['kind'], name, weight });
    }
  }
  return true;
}

function readInterface(
  { keyword, values }: Statement,
  trackInterfaces: InterfaceTrack[],
  findings: Findings,
): void {
  const name = interfaceName(keyword, keyword, findings);
  if (name === undefined) return;
  if (trackInterfaces.some((one) => one.interface === name))
    findings.warning(keyword, `interface ${name} is tracked already: ignored`);
  else {
    const weight = weightBehind(values, NO_WEIGHT, NO_WEIGHT, findings);
    if (weight === undefined) return;
    trackInterfaces.push({ interface: name, weight: sensible(weight, keyword, findings) });
  }
}

function readObject(
  { keyword, values }: Statement,
  kind: Kind,
  tracks: ObjectTrack[],
  known: Known,
  findings: Findings,
): void {
  const name = keyword.text;
  const found = known[kind].find((one) => one.name === name);
  if (found === undefined) {
    const hint = 'It must be defined above what tracks it.';
    findings.warning(keyword, `there is no ${kind} "${name}" to track: ignored`, hint);
  } else if (tracks.some((one) => one.kind === kind && one.name === name))
    findings.warning(keyword, `${kind} "${name}" is tracked already: ignored`);
  else {
    const weight = weightBehind(values, found.weight, found.weight, findings);
    if (weight === undefined) return;
    const taken = kind === 'script' ? sensible(weight, keyword, findings) : weight;
    tracks.push({ kind, name, weight: taken });
  }
}

/** `[weight N [reverse|noreverse]]`. Undefined: the entry does not count. */
function weightBehind(
  [word, value, option]: readonly Token[],
  unless: TrackWeight,
  wrong: TrackWeight,
  findings: Findings,
): TrackWeight | undefined {
  if (word === undefined) return unless;
  if (word.text !== 'weight' || value === undefined) {
    findings.warning(word, 'only "weight N" may stand here: the entry is ignored');
    return undefined;
  }
  const number = integerAt(value, word, -MOST, MOST, findings) ?? wrong.value;
  const reverse = option?.text === 'reverse' || (unless.reverse && option?.text !== 'noreverse');
  if (option !== undefined && option.text !== 'reverse' && option.text !== 'noreverse')
    findings.warning(option, `unknown word "${option.text}"`, 'Known here: reverse, noreverse.');
  return { value: number, reverse };
}

/** keepalived: +/-254 become +/-253; what is beyond, of the script itself, stays. */
function sensible(weight: TrackWeight, at: Token, findings: Findings): TrackWeight {
  if (Math.abs(weight.value) !== MOST) return weight;
  const value = weight.value - Math.sign(weight.value);
  findings.warning(at, `the weight of ${at.text} becomes ${value}`);
  return { ...weight, value };
}
