/**
 * Runs scripts as keepalived does: without a shell, as the configured user, in their own process group. The parent runs
 * them, so that no fork delays an advert.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { GlobalConfig } from '../../engine/core/config.ts';
import type { ScriptCommand, ScriptUser } from '../../engine/core/config-script.ts';
import { messageOf } from '../../errors.ts';
import { account, group } from '../accounts.ts';
import type { Log } from '../log.ts';
import {
  insecureFile,
  isOpenTest,
  notRunnable,
  programFile,
  SCRIPT_PATH,
} from './script-security.ts';
import { DEFAULT_SCRIPT_USER } from './usable-scripts.ts';

export interface ScriptRun {
  /** To the whole process group. */
  signal(signal: NodeJS.Signals): void;
}

export class ScriptRunner {
  private readonly log: Log;
  private global: GlobalConfig;
  private readonly running = new Set<ChildProcess>();

  constructor(global: GlobalConfig, log: Log) {
    this.global = global;
    this.log = log;
  }

  configure(global: GlobalConfig): void {
    this.global = global;
  }

  /** Calls `ended` once, with the exit code; undefined: it did not start, or a signal ended it. */
  run(
    command: ScriptCommand,
    more: readonly string[],
    ended: (code: number | undefined) => void,
  ): ScriptRun {
    const [program = '', ...args] = command.argv;
    const checked = this.checked(command, program);
    if ('refused' in checked) {
      this.log.error(checked.refused);
      setImmediate(() => ended(undefined));
      return { signal: () => {} };
    }
    let over = false;
    const end = (code: number | undefined): void => {
      if (over) return;
      over = true;
      this.running.delete(child);
      ended(code);
    };
    const child = spawn(checked.file, checked.args ?? [...args, ...more], {
      argv0: checked.args === undefined ? program : 'sh',
      stdio: 'ignore',
      detached: true,
      env: { PATH: SCRIPT_PATH },
      ...accountOf(command.user ?? this.global.scriptUser),
    });
    this.running.add(child);
    child.once('error', (error) => {
      this.log.error(`${program}: ${messageOf(error)}`);
      end(undefined);
    });
    child.once('exit', (code) => end(code ?? undefined));
    return { signal: (signal) => killGroup(child, signal) };
  }

  /** No script outlives the daemon. */
  killAll(): void {
    for (const child of this.running) killGroup(child, 'SIGKILL');
  }

  /** The file to run, or why none is. */
  private checked(
    command: ScriptCommand,
    program: string,
  ): { readonly file: string; readonly args?: readonly string[] } | { readonly refused: string } {
    const { user } = command.user ?? this.global.scriptUser ?? { user: undefined };
    const found = user === undefined ? account(DEFAULT_SCRIPT_USER) : account(user);
    if (user !== undefined && found === undefined)
      return { refused: `${program}: there is no user ${user}` };
    // Only a shell can open bash's /dev/tcp. The path is an argument, never part of the shell's text.
    if (isOpenTest(program))
      return { file: '/bin/sh', args: ['-c', '< "$0"', program.slice(1).trim()] };
    const file = programFile(program);
    if (file === undefined) return { refused: notRunnable(program) ?? program };
    const asRoot = process.getuid?.() === 0 && (found === undefined || found.uid === 0);
    const insecure = this.global.scriptSecurity && asRoot ? insecureFile(file) : undefined;
    if (insecure === undefined) return { file };
    return { refused: `${program} is not run as root (enable_script_security): ${insecure}` };
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

function accountOf(wanted: ScriptUser | undefined): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const found = account(wanted?.user ?? DEFAULT_SCRIPT_USER);
  if (found === undefined) return {};
  const gid = wanted?.group === undefined ? found.gid : (group(wanted.group) ?? found.gid);
  return { uid: found.uid, gid };
}
