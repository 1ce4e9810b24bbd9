/** What can be tracked: `vrrp_script`, `track_file` and `vrrp_track_process`. */
import { type Micros, micros, seconds } from '../../time.ts';
import type { ScriptUser } from '../core/config.ts';
import type {
  TrackFileConfig,
  TrackProcessConfig,
  TrackWeight,
  VrrpScriptConfig,
} from '../core/config-track.ts';
import type { Findings } from './findings.ts';
import type { Statement } from './tree.ts';
import {
  argumentsOf,
  integer,
  integerAt,
  LONGEST_SECONDS,
  required,
  timer,
  userOf,
  weightOf,
  wholeSeconds,
} from './values.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const MOST = 2_147_483_647;
const SCRIPT_WEIGHT = 253;
const WEIGHT = 254;

/** Undefined: without a script it does not exist for who tracks it. */
export function readScript(statement: Statement, findings: Findings): VrrpScriptConfig | undefined {
  const name = required(statement, findings)?.text ?? '';
  let argv: readonly string[] = [];
  let user: ScriptUser | undefined;
  let timeout: Micros | undefined;
  const draft: Mutable<Omit<VrrpScriptConfig, 'command' | 'timeout'>> = {
    name,
    interval: seconds(1),
    rise: 1,
    fall: 1,
    weight: { value: 0, reverse: false },
    initFail: false,
  };
  for (const inner of statement.block ?? []) {
    const { values } = inner;
    switch (inner.keyword.text) {
      case 'script':
        argv = values[0] === undefined ? [] : argumentsOf(values[0]);
        break;
      case 'interval':
        draft.interval = timeOf(inner, findings) ?? draft.interval;
        break;
      case 'timeout':
        timeout = timeOf(inner, findings) ?? timeout;
        break;
      case 'rise':
        draft.rise = integer(inner, 1, MOST, findings) ?? 1;
        break;
      case 'fall':
        draft.fall = integer(inner, 1, MOST, findings) ?? 1;
        break;
      case 'weight':
        draft.weight = scriptWeight(inner, findings);
        break;
      case 'user':
        if (required(inner, findings) !== undefined) user = userOf(values[0], values[1]);
        break;
      default:
        draft.initFail = true;
    }
  }
  if (argv.length > 0)
    return { ...draft, timeout: timeout ?? draft.interval, command: { argv, user } };
  findings.warning(statement.keyword, `vrrp_script "${name}" has no script: it is removed`);
  return undefined;
}

/** keepalived: 0 becomes 1 s. */
function timeOf(statement: Statement, findings: Findings): Micros | undefined {
  const value = wholeSeconds(statement, 0, LONGEST_SECONDS, findings);
  if (value !== 0) return value;
  findings.warning(statement.keyword, `${statement.keyword.text} of 0 becomes 1 s`);
  return seconds(1);
}

/** keepalived reports a weight that is out of range, and takes it. */
function scriptWeight(statement: Statement, findings: Findings): TrackWeight {
  const found = weightOf(statement, SCRIPT_WEIGHT, findings);
  const value = Number.parseInt(statement.values[0]?.text ?? '', 10);
  const reverse = statement.values[1]?.text === 'reverse';
  return found ?? { value: Number.isInteger(value) ? value : 0, reverse };
}

/** Undefined: no file. */
export function readTrackFile(
  statement: Statement,
  findings: Findings,
): TrackFileConfig | undefined {
  const draft: Mutable<TrackFileConfig> = {
    name: required(statement, findings)?.text ?? '',
    path: '',
    weight: { value: 1, reverse: false },
    initial: undefined,
  };
  for (const inner of statement.block ?? []) {
    const { keyword, values } = inner;
    if (keyword.text === 'init_file') draft.initial = initialOf(inner, findings);
    else if (values.length === 0)
      findings.warning(keyword, `${keyword.text} has no value: ignored`);
    else if (keyword.text === 'weight' ? draft.weight.value !== 1 : draft.path !== '')
      findings.warning(keyword, `${keyword.text} is given already: ignored`);
    else if (keyword.text === 'file') draft.path = values[0]?.text ?? '';
    else {
      const reverse = values[1]?.text === 'reverse';
      draft.weight = weightOf(inner, WEIGHT, findings) ?? { value: 1, reverse };
    }
  }
  if (draft.path !== '') return draft;
  findings.warning(statement.keyword, `track_file "${draft.name}" has no file: it is removed`);
  return undefined;
}

function initialOf({ values }: Statement, findings: Findings): TrackFileConfig['initial'] {
  let value = 0;
  let overwrite = false;
  for (const word of values) {
    if (word.text === 'overwrite') overwrite = true;
    else if (/^\s*[\d-]/.test(word.text))
      value = integerAt(word, word, -MOST, MOST, findings, { strict: true }) ?? 0;
    else findings.warning(word, `unknown word "${word.text}"`, 'Known here: a number, overwrite.');
  }
  return { value, overwrite };
}

/** Undefined: no process. */
export function readTrackProcess(
  statement: Statement,
  findings: Findings,
): TrackProcessConfig | undefined {
  const draft: Mutable<TrackProcessConfig> = {
    name: required(statement, findings)?.text ?? '',
    argv: [],
    match: undefined,
    fullCommand: false,
    weight: { value: 0, reverse: false },
    quorum: 1,
    quorumMax: undefined,
    forkDelay: micros(0),
    terminateDelay: micros(0),
  };
  for (const inner of statement.block ?? []) readProcessKeyword(draft, inner, findings);
  if (draft.argv.length > 0) return draft;
  findings.warning(
    statement.keyword,
    `vrrp_track_process "${draft.name}" has no process: it is removed`,
  );
  return undefined;
}

function readProcessKeyword(
  draft: Mutable<TrackProcessConfig>,
  inner: Statement,
  findings: Findings,
): void {
  const { keyword, values } = inner;
  switch (keyword.text) {
    case 'process':
      if (required(inner, findings) === undefined) return;
      if (draft.argv.length > 0) findings.warning(keyword, 'process is given already: ignored');
      else draft.argv = values.map(({ text }) => text);
      if (values.length > 1)
        Object.assign(draft, { match: draft.match ?? 'exact', fullCommand: true });
      return;
    case 'param_match':
      readMatch(draft, inner, findings);
      return;
    case 'full_command':
      draft.fullCommand = true;
      return;
    case 'weight':
      if (values.length === 0 || draft.weight.value !== 0)
        findings.warning(keyword, 'weight has no value or is given already: ignored');
      else draft.weight = weightOf(inner, WEIGHT, findings) ?? draft.weight;
      return;
    case 'quorum':
    case 'quorum_max':
      readQuorum(draft, inner, findings);
      return;
    default: {
      const delay = timer(inner, 0.000001, 3_600, findings);
      if (delay === undefined) return;
      if (keyword.text !== 'fork_delay') draft.terminateDelay = delay;
      if (keyword.text !== 'terminate_delay') draft.forkDelay = delay;
    }
  }
}

function readMatch(
  draft: Mutable<TrackProcessConfig>,
  { values }: Statement,
  findings: Findings,
): void {
  const [value] = values;
  const match = (['initial', 'partial'] as const).find((one) => one === value?.text);
  if (value !== undefined && match === undefined)
    findings.warning(value, 'param_match is initial or partial, or alone: ignored');
  else Object.assign(draft, { match: match ?? 'exact', fullCommand: true });
}

function readQuorum(
  draft: Mutable<TrackProcessConfig>,
  inner: Statement,
  findings: Findings,
): void {
  const most = inner.keyword.text === 'quorum_max';
  const value = integer(inner, most ? 0 : 1, 65_535, findings);
  if (value === undefined) return;
  const [quorum, limit] = most ? [draft.quorum, value] : [value, draft.quorumMax ?? MOST];
  // None may run: then none has to.
  const none = most && value === 0 && draft.quorum <= 1;
  if (quorum > limit && !none)
    findings.warning(inner.keyword, 'quorum is above quorum_max: ignored');
  else if (!most) draft.quorum = value;
  else Object.assign(draft, { quorumMax: value, quorum: none ? 0 : Math.max(1, draft.quorum) });
}
