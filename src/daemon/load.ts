/** Reads and checks a configuration file; `-t`. */
import { readFileSync } from 'node:fs';
import { parseConfig } from '../engine/conf/read.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import type { ScriptUser } from '../engine/core/config-script.ts';
import type { Outcome } from '../engine/text/findings.ts';
import { formatIssue, HalabError, messageOf, type SourceIssue } from '../errors.ts';
import { surroundingsOf } from './conf-files.ts';
import type { DaemonOptions } from './daemon-options.ts';
import type { Log } from './log.ts';
import { missingNames } from './missing-names.ts';
import { runInside } from './place.ts';
import { commandsOf, type ScriptProblem, withoutUnusable } from './script/usable-scripts.ts';

export interface Loaded {
  /** Undefined: it cannot run; `outcome` says why. */
  readonly config: DaemonConfig | undefined;
  readonly outcome: Outcome;
  readonly issues: readonly SourceIssue[];
  readonly missing: boolean;
  /** Why scripts are left out of `config`. */
  readonly scripts: readonly ScriptProblem[];
  /** Scripts run, and `enable_script_security` is not set. */
  readonly unguarded: boolean;
}

/** `isHere` [true]: this is the network namespace in which it will run, so its interfaces should exist. */
export function load(file: string, configId: string | undefined, isHere = true): Loaded {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const message = `the configuration cannot be read: ${messageOf(error)}`;
    const issue = { file, line: 1, column: 1, severity: 'error', message } as const;
    return { ...NOTHING, issues: [issue], missing: true };
  }
  const { config, issues, outcome, statements } = parseConfig(text, file, surroundingsOf(configId));
  const names = missingNames({ config, statements, users: usersOf(config), isHere });
  const found = [...issues, ...names];
  if (outcome !== 'runs') return { ...NOTHING, outcome, issues: found };
  const { problems, unguarded, config: usable } = withoutUnusable(config);
  return { config: usable, outcome, issues: found, missing: false, scripts: problems, unguarded };
}

const NOTHING = {
  config: undefined,
  outcome: 'refused',
  missing: false,
  scripts: [],
  unguarded: false,
} as const;

function usersOf(config: DaemonConfig): ScriptUser[] {
  const users = commandsOf(config).map(({ user }) => user);
  return [...users, config.global.scriptUser].filter((user) => user !== undefined);
}

/** To the terminal. */
export function printFindings({ issues, scripts }: Loaded): void {
  for (const issue of issues) process.stderr.write(`${formatIssue(issue)}\n`);
  for (const problem of scripts) process.stderr.write(`${formatProblem(problem)}\n`);
}

/** One line for each finding. */
export function findingsOf({ issues, scripts }: Loaded): string[] {
  const lines = issues.map((issue) => formatIssue(issue).replace(/\n\s*/g, '. '));
  return [...lines, ...scripts.map(formatProblem)];
}

function formatProblem({ severity, text }: ScriptProblem): string {
  return `${severity}: ${text}`;
}

/** To the log, at the level of each finding's severity. */
export function logFindings(loaded: Loaded, log: Log): void {
  for (const [i, line] of findingsOf(loaded).entries())
    log[loaded.issues[i]?.severity === 'error' ? 'error' : 'info'](line);
}

/**
 * `-t`: keepalived's exit codes. 0 good, 4 refused (a missing file too, where keepalived exits with 0), 5 something was
 * altered or ignored, 6 scripts run without `enable_script_security`; notes do not count. `strict`: 4 for any finding.
 */
export function testConfig(
  file: string,
  { configId, namespace }: Pick<DaemonOptions, 'configId' | 'namespace'>,
  strict: boolean,
): number {
  const first = load(file, configId, false);
  const inside = namespace ?? first.config?.global.process.namespace;
  const mayEnter = process.getuid?.() === 0;
  const problem = mayEnter ? whyNotInside(inside) : undefined;
  const isHere = inside === undefined || (mayEnter && problem === undefined);
  const loaded = load(file, configId, isHere);
  printFindings(loaded);
  if (problem !== undefined) process.stderr.write(`note: ${problem}; interfaces are not checked\n`);
  const { issues, scripts, outcome, unguarded } = loaded;
  const found = [...issues, ...scripts];
  const isClean = found.length === 0 && problem === undefined && !unguarded;
  if (outcome === 'refused' || (strict && !isClean)) return 4;
  if (unguarded) return 6;
  return found.some(({ severity }) => severity !== 'note') ? 5 : 0;
}

/** keepalived -t exits with 0 where there is no such namespace. */
function whyNotInside(namespace: string | undefined): string | undefined {
  try {
    runInside(namespace);
    return undefined;
  } catch (error) {
    if (error instanceof HalabError) return error.message;
    throw error;
  }
}
