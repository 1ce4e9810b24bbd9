/** Reads and checks a configuration file; `-t`. */
import { readFileSync } from 'node:fs';
import { parseConfig } from '../engine/core/conf-parser.ts';
import { parseTree } from '../engine/core/conf-tree.ts';
import type { DaemonConfig, ScriptCommand, ScriptUser } from '../engine/core/config.ts';
import type { RealServerConfig } from '../engine/core/config-check.ts';
import { formatIssue, messageOf, type SourceIssue } from '../errors.ts';
import { surroundingsOf } from './conf-files.ts';
import type { Log } from './log.ts';
import { missingNames } from './missing-names.ts';
import { runInside } from './place.ts';
import { insecureFile, notRunnable, programFile } from './script-security.ts';

export interface Loaded {
  /** Undefined: it cannot run. */
  readonly config: DaemonConfig | undefined;
  readonly issues: readonly SourceIssue[];
  readonly missing: boolean;
  /** Scripts that cannot run, or that `enable_script_security` will not run. */
  readonly scripts: readonly string[];
}

/** `isHere` [true]: this is the network namespace in which it would run, so its interfaces should be here. */
export function load(file: string, configId: string | undefined, isHere = true): Loaded {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const message = `the configuration cannot be read: ${messageOf(error)}`;
    const issue = { file, line: 1, column: 1, severity: 'error', message } as const;
    return { config: undefined, issues: [issue], missing: true, scripts: [] };
  }
  const surroundings = surroundingsOf(configId);
  const { config, issues } = parseConfig(text, file, surroundings);
  const failed = issues.some(({ severity }) => severity === 'error');
  if (failed) return { config: undefined, issues, missing: false, scripts: [] };
  const { statements } = parseTree(text, file, surroundings);
  const missing = missingNames({ config, statements, users: usersOf(config), isHere });
  return {
    config,
    issues: [...issues, ...missing],
    missing: false,
    scripts: scriptProblems(config),
  };
}

function usersOf(config: DaemonConfig): ScriptUser[] {
  const users = commandsOf(config).map(({ user }) => user);
  return [...users, config.global.scriptUser].filter((one) => one !== undefined);
}

/** To the terminal. */
export function tell({ issues, scripts }: Loaded): void {
  for (const issue of issues) process.stderr.write(`${formatIssue(issue)}\n`);
  for (const problem of scripts) process.stderr.write(`warning: ${problem}\n`);
}

/** To the log: one line for each finding. */
export function logFindings({ issues, scripts }: Loaded, log: Log): void {
  for (const issue of issues) log.info(formatIssue(issue).replace(/\n\s*/g, ' '));
  for (const problem of scripts) log.info(`warning: ${problem}`);
}

/**
 * `-t`: keepalived's exit codes. 0 good, 4 cannot run (a missing file too: keepalived says 0), 5 runs
 * after the configuration was altered, 6 a script is not secure.
 */
export function testConfig(
  file: string,
  configId: string | undefined,
  namespace: string | undefined,
): number {
  const first = load(file, configId, false);
  const inside = namespace ?? first.config?.global.process.namespace;
  const mayEnter = process.getuid?.() === 0;
  if (mayEnter) runInside(inside);
  const loaded = load(file, configId, inside === undefined || mayEnter);
  tell(loaded);
  if (loaded.config === undefined) return 4;
  if (loaded.config.global.scriptSecurity && loaded.scripts.length > 0) return 6;
  return loaded.issues.length + loaded.scripts.length > 0 ? 5 : 0;
}

function scriptProblems(config: DaemonConfig): string[] {
  const programs = new Set(commandsOf(config).map(({ argv }) => argv[0] ?? ''));
  return [...programs].flatMap((program) => {
    const file = programFile(program);
    if (file === undefined) return notRunnable(program) ?? [];
    const insecure = config.global.scriptSecurity ? insecureFile(file) : undefined;
    return insecure === undefined ? [] : [`${program}: ${insecure} (enable_script_security)`];
  });
}

function commandsOf(config: DaemonConfig): ScriptCommand[] {
  const { global, instances, syncGroups, scripts, check } = config;
  const notify = [...instances, ...syncGroups].flatMap((one) => {
    const { priorityChanges, smtpAlert, ...commands } = one.notify;
    return Object.values(commands);
  });
  return [
    ...scripts.map(({ command }) => command),
    ...notify,
    ...check.virtualServers.flatMap(({ quorumUp, quorumDown }) => [quorumUp, quorumDown]),
    ...check.virtualServers.flatMap(({ realServers }) => realServers).flatMap(ofServer),
    global.startupScript?.command,
    global.shutdownScript?.command,
    global.notifyFifo?.script,
    global.vrrpNotifyFifo?.script,
  ].filter((one) => one !== undefined);
}

function ofServer(server: RealServerConfig): (ScriptCommand | undefined)[] {
  const checks = server.checkers.map(({ probe }) =>
    probe.kind === 'MISC_CHECK' ? probe.command : undefined,
  );
  return [server.notifyUp, server.notifyDown, ...checks];
}
