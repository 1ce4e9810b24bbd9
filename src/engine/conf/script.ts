/** Tracked objects: `vrrp_script`, `track_file` and `vrrp_track_process`. */
import { type Micros, micros, seconds } from '../../time.ts';
import type { ScriptUser } from '../core/config-script.ts';
import {
  TRACK_FILE_DEFAULTS,
  TRACK_PROCESS_DEFAULTS,
  type TrackFileConfig,
  type TrackProcessConfig,
  type TrackWeight,
  VRRP_SCRIPT_DEFAULTS,
  type VrrpScriptConfig,
} from '../core/config-track.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import { integerAt, LONGEST_SECONDS, required, weightOf } from '../text/values.ts';
import { ARGV, FLAG, needed, olderTime, printWeight, TEXT, time, USER, whole } from './codec.ts';
import {
  type Codec,
  field,
  fieldOf,
  input,
  type Mutable,
  optional,
  type Rows,
  readRows,
} from './keyword.ts';

const MOST = 2_147_483_647;
const SCRIPT_WEIGHT = 253;
const WEIGHT = 254;
const always = { always: true } as const;

type ScriptDraft = Mutable<typeof VRRP_SCRIPT_DEFAULTS> & {
  argv: readonly string[];
  user?: ScriptUser;
  timeout?: Micros;
};

/** Whole seconds. keepalived: 0 becomes 1 s. */
const TIME: Codec<Micros> = {
  ...olderTime(1, LONGEST_SECONDS),
  read: (statement) => {
    const value = olderTime(0, LONGEST_SECONDS).read(statement);
    if (value !== 0) return value;
    statement.keyword.warning(`${statement.keyword.text} of 0 becomes 1 s`);
    return seconds(1);
  },
};

// biome-ignore format: a table, one keyword a line
export const SCRIPT: Rows<ScriptDraft, VrrpScriptConfig> = {
  script: fieldOf('argv', ({ command }) => command.argv, ARGV, 'The script; exit code 0 is success.'),
  user: fieldOf('user', ({ command }) => command.user, USER, 'The user that runs it.', { unset: 'script_user' }),
  interval: field('interval', TIME, 'The time between two starts.', { ...always, default: seconds(1) }),
  timeout: field('timeout', TIME, 'How long it may take before it is ended and counts as failed.', { ...always, unset: 'interval' }),
  rise: field('rise', whole(1, MOST), 'Successes in a row to be up.', { ...always, default: 1, otherwise: 1 }),
  fall: field('fall', whole(1, MOST), 'Failures in a row to be down.', { ...always, default: 1, otherwise: 1 }),
  weight: field(
    'weight',
    {
      shape: 'value',
      type: `-${SCRIPT_WEIGHT}..${SCRIPT_WEIGHT} [reverse]`,
      // keepalived reports a weight that is out of range, and uses it.
      read: (statement) => {
        const found = weightOf(statement, SCRIPT_WEIGHT);
        const value = Number.parseInt(statement.values[0]?.text ?? '', 10);
        const reverse = statement.values[1]?.text === 'reverse';
        return found ?? { value: Number.isInteger(value) ? value : 0, reverse };
      },
      print: printWeight,
    },
    'Added to the priority while it is up, or subtracted while it is down; 0: FAULT while it is down.',
    { ...always, unset: '0' },
  ),
  init_fail: field('initFail', FLAG, 'Counts as down until it has succeeded.', { default: false }),
};

/** Undefined: without a script it does not exist for its trackers. */
export function readScript(statement: Statement): VrrpScriptConfig | undefined {
  const name = required(statement)?.text ?? '';
  const draft: ScriptDraft = { ...VRRP_SCRIPT_DEFAULTS, name, argv: [] };
  const { argv, user, ...script } = readRows(SCRIPT, draft, statement.block, undefined);
  if (argv.length > 0)
    return { ...script, timeout: script.timeout ?? script.interval, command: { argv, user } };
  return statement.keyword.warning(`vrrp_script "${name}" has no script: it is removed`);
}

/** Of a file: the first `file`, and the first `weight` that is not 1, count. */
function first<T>(codec: Codec<T>, isGiven: (before: T | undefined) => boolean): Codec<T> {
  const read: Codec<T>['read'] = (statement, before) => {
    if (!isGiven(before)) return codec.read(statement);
    return statement.keyword.warning(`${statement.keyword.text} is given already: ignored`);
  };
  return needed({ ...codec, read }, 'has no value');
}

/** What no number stands for is `otherwise`. */
function weight(otherwise: number): Codec<TrackWeight> {
  return {
    shape: 'words',
    type: `-${WEIGHT}..${WEIGHT} [reverse]`,
    read: (statement) =>
      weightOf(statement, WEIGHT) ?? {
        value: otherwise,
        reverse: statement.values[1]?.text === 'reverse',
      },
    print: printWeight,
  };
}

export const TRACK_FILE: Rows<Mutable<TrackFileConfig>, TrackFileConfig> = {
  file: field(
    'path',
    first({ ...TEXT, type: 'a path' }, (path) => path !== ''),
    'The file that holds a number.',
    always,
  ),
  weight: field(
    'weight',
    first(weight(1), (before) => before?.value !== 1),
    'Factor of the number; the product is added to the priority.',
    { ...always, unset: '1' },
  ),
  init_file: field(
    'initial',
    {
      shape: 'words',
      type: '[NUMBER] [overwrite]',
      read: initialOf,
      print: ({ value, overwrite }) => `${value}${overwrite ? ' overwrite' : ''}`,
    },
    'Writes the number at the start; replaces an existing one with overwrite.',
    { unset: 'nothing is written' },
  ),
};

function initialOf({ values }: Statement): NonNullable<TrackFileConfig['initial']> {
  let value = 0;
  let overwrite = false;
  for (const word of values) {
    if (word.text === 'overwrite') overwrite = true;
    else if (/^\s*[\d-]/.test(word.text)) value = integerAt(word, word, -MOST, MOST, 'strict') ?? 0;
    else word.warning(`unknown word "${word.text}"`, 'Known here: a number, overwrite.');
  }
  return { value, overwrite };
}

/** Undefined: no file. */
export function readTrackFile(statement: Statement): TrackFileConfig | undefined {
  const name = required(statement)?.text ?? '';
  const draft: Mutable<TrackFileConfig> = { ...TRACK_FILE_DEFAULTS, name };
  readRows(TRACK_FILE, draft, statement.block, undefined);
  if (draft.path !== '') return draft;
  return statement.keyword.warning(`track_file "${draft.name}" has no file: it is removed`);
}

type ProcessDraft = Mutable<TrackProcessConfig>;

const MATCHES = ['initial', 'partial'] as const;

function quorum(key: 'quorum' | 'quorumMax') {
  const most = key === 'quorumMax';
  return (draft: ProcessDraft, statement: Statement): void => {
    const value = whole(most ? 0 : 1, 65_535).read(statement);
    if (value === undefined) return;
    const [least, limit] = most ? [draft.quorum, value] : [value, draft.quorumMax ?? MOST];
    // None may run: then none has to.
    const none = most && value === 0 && draft.quorum <= 1;
    if (least > limit && !none) statement.keyword.warning('quorum is above quorum_max: ignored');
    else if (!most) draft.quorum = value;
    else Object.assign(draft, { quorumMax: value, quorum: none ? 0 : Math.max(1, draft.quorum) });
  };
}

const DELAY = time(0.000001, 3_600);
const zero = { default: micros(0) } as const;

// biome-ignore format: a table, one keyword a line
export const TRACK_PROCESS: Rows<ProcessDraft, TrackProcessConfig> = {
  process: {
    shape: 'value',
    type: 'NAME or PATH [PARAMETERS]',
    doc: 'The program; with parameters the whole command line is compared.',
    read: (draft, { keyword, values }) => {
      if (draft.argv.length > 0) keyword.warning('process is given already: ignored');
      else draft.argv = values.map(({ text }) => text);
      if (values.length > 1)
        Object.assign(draft, { match: draft.match ?? 'exact', fullCommand: true });
    },
    print: ({ argv }, keyword) => [`${keyword} ${argv.map(quoteWord).join(' ')}`],
  },
  param_match: {
    shape: 'words',
    type: '[initial|partial]',
    default: 'parameters do not matter',
    since: '2.0.16',
    doc: 'How the parameters must agree: all of them, the first ones, or the beginning of the last one.',
    read: (draft, { values: [value] }) => {
      const match = MATCHES.find((match) => match === value?.text);
      if (value !== undefined && match === undefined)
        value.warning('param_match is initial or partial, or alone: ignored');
      else Object.assign(draft, { match: match ?? 'exact', fullCommand: true });
    },
    print: optional(({ match }) => match, (match) => (match === 'exact' ? '' : match)),
  },
  full_command: field('fullCommand', FLAG, 'Compares the whole command line instead of the name.', { default: false }),
  weight: {
    ...field(
      'weight',
      weight(0),
      'Added to the priority while the quorum runs; 0: FAULT while it does not.',
      { ...always, unset: '0' },
    ),
    read: (draft, statement) => {
      if (statement.values.length === 0 || draft.weight.value !== 0)
        statement.keyword.warning('weight has no value or is given already: ignored');
      else draft.weight = weightOf(statement, WEIGHT) ?? draft.weight;
    },
  },
  quorum: {
    ...field('quorum', whole(1, 65_535), 'How many must run.', { ...always, default: 1 }),
    read: quorum('quorum'),
  },
  quorum_max: {
    ...field('quorumMax', whole(0, 65_535), 'How many may run.', { unset: 'any number' }),
    since: '2.0.16',
    read: quorum('quorumMax'),
  },
  fork_delay: field('forkDelay', DELAY, 'How long a new process must run to count.', { ...zero, since: '2.0.16' }),
  terminate_delay: field('terminateDelay', DELAY, 'How long a process must be gone to count.', { ...zero, since: '2.0.16' }),
  delay: {
    ...input<ProcessDraft, TrackProcessConfig, unknown, 'forkDelay'>('forkDelay', DELAY, 'Both `fork_delay` and `terminate_delay`.', zero),
    read: (draft, statement) => {
      const delay = DELAY.read(statement);
      if (delay !== undefined) Object.assign(draft, { forkDelay: delay, terminateDelay: delay });
    },
  },
};

/** Undefined: no process. */
export function readTrackProcess(statement: Statement): TrackProcessConfig | undefined {
  const name = required(statement)?.text ?? '';
  const draft: ProcessDraft = { ...TRACK_PROCESS_DEFAULTS, name };
  readRows(TRACK_PROCESS, draft, statement.block, undefined);
  if (draft.argv.length > 0) return draft;
  const what = `vrrp_track_process "${draft.name}"`;
  return statement.keyword.warning(`${what} has no process: it is removed`);
}
