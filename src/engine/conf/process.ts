/** The keywords of `global_defs` about the daemon's processes: scheduling, names, umask, namespace. */
import { micros } from '../../time.ts';
import type { ProcessConfig, ProcessScheduling } from '../core/config-process.ts';
import type { Findings } from './findings.ts';
import type { Statement } from './tree.ts';
import { integer, integerAt, required } from './values.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type ProcessDraft = Mutable<ProcessConfig>;

type Reader = (draft: ProcessDraft, statement: Statement, findings: Findings) => void;

const HIGHEST_PRIORITY = 99;
const HIGHEST_CPU = 1_023;
const LONGEST_LIMIT = 1_000_000_000;
/** What the kernel shows of a name. */
const LONGEST_NAME = 15;
const MOST = 2_147_483_647;

const NAMES = {
  process_name: 'parentName',
  vrrp_process_name: 'vrrpName',
  checker_process_name: 'checkerName',
  lvs_process_name: 'checkerName',
} as const;
/** keepalived's own, with `process_names`; the parent keeps what it is called by. */
const KEEPALIVED_NAMES = {
  vrrpName: 'keepalived_vrrp',
  checkerName: 'keepalived_lvs',
};

const READERS: Readonly<Record<string, Reader>> = {
  ...schedulingOf('vrrp'),
  ...schedulingOf('checker'),
  process_priority: (draft, statement, findings) => {
    draft.nice = optional(statement, -20, 19, findings) ?? 0;
  },
  max_auto_priority: (draft, statement, findings) => {
    draft.maxAutoPriority =
      statement.values.length === 0
        ? HIGHEST_PRIORITY
        : (integer(statement, -1, HIGHEST_PRIORITY, findings) ?? draft.maxAutoPriority);
  },
  min_auto_priority_delay: (draft, statement, findings) => {
    const value = optional(statement, 1, 10_000_000, findings);
    if (value !== undefined) draft.minAutoPriorityDelay = micros(value);
  },
  umask: (draft, statement, findings) => {
    const { keyword, values } = statement;
    if (required(statement, findings) === undefined) return;
    const value = umaskOf(values.map(({ text }) => text).join(''));
    if (value !== undefined) draft.umask = value;
    else
      findings.warning(
        values[0] ?? keyword,
        'umask is a number from 0 to 0777, or bits such as IWGRP|IWOTH',
      );
  },
  process_names: (draft) => {
    Object.assign(draft, KEEPALIVED_NAMES);
  },
  ...Object.fromEntries(
    Object.entries(NAMES).map(([keyword, key]): [string, Reader] => [
      keyword,
      (draft, statement, findings) => {
        draft[key] = nameOf(statement, findings) ?? draft[key];
      },
    ]),
  ),
  net_namespace: (draft, statement, findings) => {
    draft.namespace = fileNameOf(statement, draft.namespace, findings);
  },
  instance: (draft, statement, findings) => {
    draft.instance = fileNameOf(statement, draft.instance, findings);
  },
  use_pid_dir: (draft) => {
    draft.usePidDir = true;
  },
};

export const PROCESS_KEYWORDS = Object.keys(READERS);
/** Those that keepalived also takes outside of global_defs. */
export const TOP_LEVEL_PROCESS_KEYWORDS = ['net_namespace', 'instance', 'use_pid_dir'];

/** Whether the statement is one of these; reads it into `draft`. */
export function readProcess(
  draft: ProcessDraft,
  statement: Statement,
  findings: Findings,
): boolean {
  const { keyword } = statement;
  const reader = Object.hasOwn(READERS, keyword.text) ? READERS[keyword.text] : undefined;
  if (reader === undefined) return false;
  reader(draft, statement, findings);
  return true;
}

function schedulingOf(child: 'vrrp' | 'checker'): Record<string, Reader> {
  const set = (draft: ProcessDraft, change: Partial<ProcessScheduling>): void => {
    draft[child] = { ...draft[child], ...change };
  };
  const limit: Reader = (draft, statement, findings) => {
    const value = integer(statement, 1, LONGEST_LIMIT, findings);
    if (value !== undefined) set(draft, { realTimeLimit: micros(Math.max(2, value)) });
  };
  return {
    [`${child}_priority`]: (draft, statement, findings) =>
      set(draft, { nice: optional(statement, -20, 19, findings) ?? 0 }),
    [`${child}_rt_priority`]: (draft, statement, findings) => {
      const value = optional(statement, -MOST, MOST, findings);
      if (value === undefined) return;
      const clamped = Math.max(1, Math.min(HIGHEST_PRIORITY, value));
      if (clamped !== value) findings.warning(statement.keyword, `the priority becomes ${clamped}`);
      set(draft, { realTime: clamped });
    },
    [`${child}_rlimit_rttime`]: limit,
    // keepalived's older spelling.
    [`${child}_rlimit_rtime`]: limit,
    [`${child}_no_swap`]: (draft) => set(draft, { noSwap: true }),
    [`${child}_cpu_affinity`]: (draft, { keyword, values }, findings) => {
      const cpus = values.map((word) => integerAt(word, keyword, 0, HIGHEST_CPU, findings));
      const known = cpus.filter((cpu) => cpu !== undefined);
      if (values.length === 0) findings.warning(keyword, `${keyword.text} takes CPUs: ignored`);
      else if (known.length === cpus.length) set(draft, { cpus: known });
    },
  };
}

/** Without a value it changes nothing. */
function optional(
  statement: Statement,
  least: number,
  most: number,
  findings: Findings,
): number | undefined {
  if (statement.values.length > 0) return integer(statement, least, most, findings);
  findings.warning(statement.keyword, `${statement.keyword.text} has no value: ignored`);
  return undefined;
}

/** The kernel shows 15 characters. */
function nameOf(statement: Statement, findings: Findings): string | undefined {
  const name = required(statement, findings);
  if (name === undefined) return undefined;
  const shown = name.text.replaceAll(/[\s/]/g, '_').slice(0, LONGEST_NAME);
  if (shown !== name.text) findings.warning(name, `the name becomes "${shown}"`);
  return shown === '' ? undefined : shown;
}

/** It becomes part of a path. The first one counts. */
function fileNameOf(
  { keyword, values }: Statement,
  before: string | undefined,
  findings: Findings,
): string | undefined {
  const [name] = values;
  if (name === undefined || before !== undefined)
    findings.warning(keyword, `${keyword.text} has no name, or is given already: ignored`);
  else if (/^[^\s/]{1,64}$/.test(name.text) && name.text !== '.' && name.text !== '..')
    return name.text;
  else findings.stops(name, `${keyword.text} takes a name without "/"`);
  return before;
}

const WHO = { USR: 6, GRP: 3, OTH: 0 } as const;
const WHAT = { R: 4, W: 2, X: 1 } as const;

/** Decimal, 0octal, 0xhex, or `IWGRP|IWOTH`. Undefined: none of them. */
export function umaskOf(text: string): number | undefined {
  if (/^(0x[\da-f]{1,3}|0[0-7]{0,3}|[1-9]\d{0,2})$/i.test(text)) {
    const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
    return value <= 0o777 ? value : undefined;
  }
  let mask = 0;
  for (const word of text.split('|')) {
    const [, what, who] = /^S?_?I([RWX])(USR|GRP|OTH)$/.exec(word) ?? [];
    if (what === undefined || who === undefined) return undefined;
    mask |= WHAT[what as keyof typeof WHAT] << WHO[who as keyof typeof WHO];
  }
  return mask;
}
