/**
 * Finds scripts that cannot run, before anything starts. As keepalived, halabd goes on without them: a missing tracked
 * script must not keep a router from becoming Active. Each is reported once.
 */
import type { DaemonConfig, GlobalConfig } from '../../engine/core/config.ts';
import type { NotifyFifo, ScriptCommand } from '../../engine/core/config-script.ts';
import { account, group } from '../accounts.ts';
import { insecureFile, isOpenTest, isThere, notRunnable, programFile } from './script-security.ts';

/** keepalived's default user, if it exists. */
export const DEFAULT_SCRIPT_USER = 'keepalived_script';

export interface ScriptProblem {
  /** A note for a script that is not tracked: keepalived -t only logs that one. */
  readonly severity: 'warning' | 'note';
  readonly text: string;
}

/** `problems`: why scripts are left out. `unguarded`: scripts run, and `enable_script_security` is not set. */
export function withoutUnusable(config: DaemonConfig) {
  const found = new Map<string, string | undefined>();
  const why = (command: ScriptCommand): string | undefined => {
    const key = JSON.stringify([command.argv[0], command.user]);
    if (!found.has(key)) found.set(key, unusable(command, config.global));
    return found.get(key);
  };
  const all = commandsOf(config);
  const counting = new Set(all.filter((command) => counts(command, config)).map(why));
  const problems = [...new Set(all.flatMap((command) => why(command) ?? []))].map(
    (text): ScriptProblem => ({ severity: counting.has(text) ? 'warning' : 'note', text }),
  );
  // As in keepalived an existing file counts, even if it cannot be run; not if its user does not exist.
  const runs = all.some((command) => {
    const program = command.argv[0] ?? '';
    return unknownUser(command, config.global) === undefined && isThere(program);
  });
  const unguarded = runs && !config.global.scriptSecurity;
  const usable =
    problems.length === 0 ? config : left(config, (command) => why(command) === undefined);
  return { config: usable, problems, unguarded };
}

/** Whether a problem with the command changes the exit code of keepalived -t. */
function counts(command: ScriptCommand, { scripts, instances, global }: DaemonConfig): boolean {
  if (unknownUser(command, global) !== undefined) return true;
  const isTracked = instances.length > 0 && scripts.some((script) => script.command === command);
  const program = command.argv[0] ?? '';
  return isTracked && (!isThere(program) || programFile(program) !== undefined);
}

function unusable(command: ScriptCommand, global: GlobalConfig): string | undefined {
  const program = command.argv[0] ?? '';
  if (isOpenTest(program)) return undefined;
  const unknown = unknownUser(command, global);
  if (unknown !== undefined) return `${program} is left out: there is no ${unknown}`;
  const file = programFile(program);
  if (file === undefined) return `${notRunnable(program)}: it is left out`;
  const user = account((command.user ?? global.scriptUser)?.user ?? DEFAULT_SCRIPT_USER);
  const asRoot = user === undefined || user.uid === 0;
  const insecure = global.scriptSecurity && asRoot ? insecureFile(file) : undefined;
  if (insecure === undefined) return undefined;
  return `${program} is left out: ${insecure} (enable_script_security)`;
}

/** `user NAME` or `group NAME`. Without a user keepalived takes root, unless enable_script_security is set. */
function unknownUser({ user }: ScriptCommand, global: GlobalConfig): string | undefined {
  const wanted = user ?? global.scriptUser;
  const name = wanted?.user ?? DEFAULT_SCRIPT_USER;
  const isNeeded = wanted !== undefined || global.scriptSecurity;
  if (isNeeded && account(name) === undefined) return `user ${name}`;
  const its = wanted?.group;
  return its === undefined || group(its) !== undefined ? undefined : `group ${its}`;
}

type Keep = (command: ScriptCommand) => boolean;

function left(config: DaemonConfig, keep: Keep): DaemonConfig {
  const prune = <T extends object>(part: T): T => pruned(part, keep) as T;
  const scripts = prune(config.scripts);
  const names = new Set(scripts.map(({ name }) => name));
  const tracking = <T extends Pick<DaemonConfig['instances'][number], 'tracks' | 'notify'>>(
    tracker: T,
  ): T => ({
    ...tracker,
    tracks: tracker.tracks.filter(({ kind, name }) => kind !== 'script' || names.has(name)),
    notify: prune(tracker.notify),
  });
  const { startupScript, shutdownScript, notifyFifo, vrrpNotifyFifo } = config.global;
  const ofGlobal = prune({ startupScript, shutdownScript, notifyFifo, vrrpNotifyFifo });
  return {
    ...config,
    global: { ...config.global, ...ofGlobal },
    instances: config.instances.map(tracking),
    syncGroups: config.syncGroups.map(tracking),
    scripts,
    check: {
      ...config.check,
      virtualServers: prune(config.check.virtualServers),
      notifyFifo: pruned(config.check.notifyFifo, keep) as NotifyFifo | undefined,
    },
  };
}

/** Parts without which what has them is nothing: a script, a check. */
const ESSENTIAL = ['command', 'probe'];

/** A part of the configuration without the commands that are not kept; undefined: nothing is left of it. */
function pruned(part: unknown, keep: Keep): unknown {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part))
    return part.map((item) => pruned(item, keep)).filter((item) => item !== undefined);
  if (isCommand(part)) return keep(part) ? part : undefined;
  const entries = Object.entries(part).map(([key, value]) => [key, pruned(value, keep)] as const);
  const isNothing = entries.some(([key, value]) => ESSENTIAL.includes(key) && value === undefined);
  return isNothing ? undefined : Object.fromEntries(entries);
}

export function commandsOf(config: DaemonConfig): ScriptCommand[] {
  const { global, instances, syncGroups, scripts, check } = config;
  const { startupScript, shutdownScript, notifyFifo, vrrpNotifyFifo } = global;
  const servers = check.virtualServers.flatMap(({ realServers }) => realServers);
  return commandsIn([
    scripts,
    [...instances, ...syncGroups].map(({ notify }) => notify),
    check.virtualServers.map(({ quorumUp, quorumDown }) => [quorumUp, quorumDown]),
    servers.map(({ notifyUp, notifyDown }) => [notifyUp, notifyDown]),
    servers.map(({ checkers }) => checkers),
    [startupScript, shutdownScript, notifyFifo, vrrpNotifyFifo, check.notifyFifo],
  ]);
}

function commandsIn(part: unknown): ScriptCommand[] {
  if (typeof part !== 'object' || part === null) return [];
  return isCommand(part) ? [part] : Object.values(part).flatMap(commandsIn);
}

function isCommand(part: object): part is ScriptCommand {
  return 'argv' in part && 'user' in part;
}
