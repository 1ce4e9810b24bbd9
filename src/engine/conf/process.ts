/** The keywords about the daemon's processes: scheduling, names, umask (`global_defs`); namespace and pid files (outside of it). */
import { type Micros, micros } from '../../time.ts';
import {
  PROCESS_DEFAULTS,
  type ProcessConfig,
  type ProcessScheduling,
  SCHEDULING_DEFAULTS,
} from '../core/config-process.ts';
import { quoteWord } from '../text/lexer.ts';
import { integerAt, required } from '../text/values.ts';
import { FLAG, needed, whole } from './codec.ts';
import { type Codec, field, type Mutable, type Rows, withAlias, within } from './keyword.ts';

export type ProcessDraft = Mutable<Omit<ProcessConfig, 'vrrp' | 'checker'>> & {
  vrrp: Mutable<ProcessScheduling>;
  checker: Mutable<ProcessScheduling>;
};

const HIGHEST_PRIORITY = 99;
const HIGHEST_CPU = 1_023;
const LONGEST_LIMIT = 1_000_000_000;
/** The maximum length of a name in the kernel. */
const LONGEST_NAME = 15;
const MOST = 2_147_483_647;
/** keepalived's names with `process_names`; the parent keeps its own. */
const KEEPALIVED_NAMES = { vrrpName: 'keepalived_vrrp', checkerName: 'keepalived_lvs' };

const NO_VALUE = 'has no value';
const NICE = needed(whole(-20, 19), NO_VALUE);
const REAL_TIME: Codec<number> = {
  ...NICE,
  type: `whole number 1..${HIGHEST_PRIORITY}`,
  read: (statement) => {
    const value = needed(whole(-MOST, MOST), NO_VALUE).read(statement);
    const clamped = value === undefined ? value : Math.max(1, Math.min(HIGHEST_PRIORITY, value));
    if (clamped !== value) statement.keyword.warning(`the priority becomes ${clamped}`);
    return clamped;
  },
};
const CPU_LIMIT: Codec<Micros> = {
  ...whole<Micros>(1, LONGEST_LIMIT),
  type: `microseconds 1..${LONGEST_LIMIT}`,
  read: (statement) => {
    const value = whole(1, LONGEST_LIMIT).read(statement);
    return value === undefined ? undefined : micros(Math.max(2, value));
  },
};
const CPUS: Codec<readonly number[]> = {
  shape: 'words',
  type: `CPU numbers 0..${HIGHEST_CPU}`,
  read: ({ keyword, values }) => {
    const cpus = values.map((word) => integerAt(word, keyword, 0, HIGHEST_CPU));
    const known = cpus.filter((cpu) => cpu !== undefined);
    if (values.length === 0) keyword.warning(`${keyword.text} takes CPUs: ignored`);
    return values.length > 0 && known.length === cpus.length ? known : undefined;
  },
  print: (cpus) => cpus.join(' '),
};

function scheduling(child: 'vrrp' | 'checker'): Rows<ProcessDraft, ProcessConfig> {
  const limit = field<ProcessDraft['vrrp'], ProcessScheduling, unknown, 'realTimeLimit'>(
    'realTimeLimit',
    CPU_LIMIT,
    'CPU time without a pause that is logged while real-time.',
    { unset: 'none', since: '2.1.0' },
  );
  // biome-ignore format: a table, one keyword a line
  return within(child, {
    [`${child}_priority`]: field('nice', NICE, 'The nice value of the child.', { default: 0, otherwise: 0 }),
    [`${child}_rt_priority`]: field('realTime', REAL_TIME, 'The real-time priority (SCHED_RR) of the child.', { unset: 'not real-time' }),
    ...withAlias(`${child}_rlimit_rttime`, `${child}_rlimit_rtime`, limit),
    [`${child}_no_swap`]: field('noSwap', FLAG, 'Keeps the memory of the child from being swapped out.', { default: false }),
    [`${child}_cpu_affinity`]: field('cpus', CPUS, 'The CPUs that the child may run on.', { default: SCHEDULING_DEFAULTS.cpus, unset: 'all', since: '2.0.17' }),
  });
}

/** A name of a process, as the kernel shows it. */
const NAME: Codec<string> = {
  shape: 'value',
  type: `a name of at most ${LONGEST_NAME} characters`,
  read: (statement) => {
    const name = required(statement);
    if (name === undefined) return undefined;
    const shown = name.text.replaceAll(/[\s/]/g, '_').slice(0, LONGEST_NAME);
    if (shown !== name.text) name.warning(`the name becomes "${shown}"`);
    return shown === '' ? undefined : shown;
  },
  print: quoteWord,
};

const UMASK: Codec<number> = {
  shape: 'value',
  type: 'octal, decimal or hexadecimal 0..0777, or bits such as IWGRP|IWOTH',
  read: ({ keyword, values }) => {
    const value = umaskOf(values.map(({ text }) => text).join(''));
    if (value === undefined)
      (values[0] ?? keyword).warning(
        'umask is a number from 0 to 0777, or bits such as IWGRP|IWOTH',
      );
    return value;
  },
  print: (mask) => `0${mask.toString(8)}`,
};

const CHECKER_NAME = field<ProcessDraft, ProcessConfig, unknown, 'checkerName'>(
  'checkerName',
  NAME,
  'The name of the checker process.',
  { unset: 'halabd', since: '2.2.0' },
);

// biome-ignore format: a table, one keyword a line
export const PROCESS: Rows<ProcessDraft, ProcessConfig> = {
  process_priority: field('nice', NICE, 'The nice value of the parent.', { default: 0, otherwise: 0 }),
  ...scheduling('vrrp'),
  ...scheduling('checker'),
  max_auto_priority: field(
    'maxAutoPriority',
    {
      shape: 'words',
      type: `whole number -1..${HIGHEST_PRIORITY}; without a value ${HIGHEST_PRIORITY}`,
      read: (statement) =>
        statement.values.length === 0
          ? HIGHEST_PRIORITY
          : whole(-1, HIGHEST_PRIORITY).read(statement),
      print: String,
    },
    'The real-time priority up to which a child that runs late is raised.',
    { default: PROCESS_DEFAULTS.maxAutoPriority, since: '2.1.0' },
  ),
  min_auto_priority_delay: field(
    'minAutoPriorityDelay',
    { ...needed(whole<Micros>(1, 10_000_000), NO_VALUE), type: 'microseconds 1..10000000' },
    'How late a child must run for its priority to be raised.',
    { default: PROCESS_DEFAULTS.minAutoPriorityDelay, since: '2.1.0' },
  ),
  umask: field('umask', UMASK, 'The umask of files that the daemon makes.', { default: PROCESS_DEFAULTS.umask, since: '2.0.9' }),
  process_name: field('parentName', NAME, 'The name of the parent process.', { unset: 'halabd', since: '2.0.16' }),
  process_names: {
    shape: 'words',
    since: '2.0.16',
    doc: 'Gives the children the names that they have in keepalived.',
    read: (draft) => {
      Object.assign(draft, KEEPALIVED_NAMES);
    },
  },
  vrrp_process_name: field('vrrpName', NAME, 'The name of the VRRP process.', { unset: 'halabd', since: '2.0.16' }),
  ...withAlias('checker_process_name', 'lvs_process_name', CHECKER_NAME),
};

/** A word that becomes part of a path. The first one counts. */
const FILE_NAME: Codec<string> = {
  shape: 'words',
  type: 'a name without "/"',
  read: ({ keyword, values }, before) => {
    const [name] = values;
    if (name === undefined || before !== undefined)
      keyword.warning(`${keyword.text} has no name, or is given already: ignored`);
    else if (/^[^\s/]{1,64}$/.test(name.text) && name.text !== '.' && name.text !== '..')
      return name.text;
    else name.stops(`${keyword.text} takes a name without "/"`);
    return undefined;
  },
  print: quoteWord,
};

/** keepalived accepts these only outside of `global_defs`. */
// biome-ignore format: a table, one keyword a line
export const PLACE: Rows<ProcessDraft, ProcessConfig> = {
  net_namespace: field('namespace', FILE_NAME, 'The network namespace that the daemon runs in.', { unset: 'the one it is started in' }),
  instance: field('instance', FILE_NAME, 'A name that pid files and log lines of this daemon carry.', { unset: 'none' }),
  use_pid_dir: field('usePidDir', FLAG, 'Puts pid files into /run/keepalived.', { default: false }),
};

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
