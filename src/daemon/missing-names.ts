/**
 * Interfaces and users that a configuration names and this machine does not have, each with its position. keepalived
 * refuses to start without an interface unless `dynamic_interfaces` is set; halabd waits for it, so this is a warning.
 */
import { readFileSync } from 'node:fs';
import type { DaemonConfig } from '../engine/core/config.ts';
import type { ScriptUser } from '../engine/core/config-script.ts';
import type { Token } from '../engine/text/findings.ts';
import type { Statement } from '../engine/text/tree.ts';
import { type SourceIssue, warningAt } from '../errors.ts';
import { account, group } from './accounts.ts';

/** Blocks whose statements begin with the name of an interface. */
const LISTS = ['track_interface', 'interfaces', 'interface_up_down_delays'];
/** Blocks whose statements name an interface behind one of `DEVICE`. */
const ROUTED = /^(virtual|static)_(ipaddress|ipaddress_excluded|routes|rules)$/;
const DEVICE = ['dev', 'oif', 'iif'];
/** Statements with an interface as their value. */
const NAMED = ['interface', 'default_interface'];
const COMMAND =
  /^(script_user|user|notify|quorum|startup_script|shutdown_script|misc_path|vrrp_notify)/;

/** `users`: those of all scripts. `isHere`: it runs in this network namespace, so its interfaces should exist. */
export function missingNames(named: {
  readonly config: DaemonConfig;
  readonly statements: readonly Statement[];
  readonly users: readonly ScriptUser[];
  readonly isHere: boolean;
}): SourceIssue[] {
  const { config, statements, users, isHere } = named;
  return [
    ...(isHere ? missingInterfaces(config, statements) : []),
    ...missingUsers(statements, users),
  ];
}

function missingInterfaces(config: DaemonConfig, statements: readonly Statement[]): SourceIssue[] {
  const present = interfacesHere();
  if (present === undefined || config.global.dynamicInterfaces) return [];
  // A default that every instance replaces is not used.
  const used = new Set(config.instances.map((instance) => instance.interface));
  return interfaceTokens(statements)
    .filter(({ token, isDefault }) => !isDefault || used.has(token.text))
    .filter(({ token }) => !present.has(token.text))
    .map(({ token }) => warningAt(token, `there is no interface ${token.text} here`));
}

function interfaceTokens(
  statements: readonly Statement[],
  enclosing = '',
): { readonly token: Token; readonly isDefault: boolean }[] {
  return statements.flatMap(({ keyword, values, block }) => {
    const named = NAMED.includes(keyword.text) ? values.slice(0, 1) : [];
    const listed = LISTS.includes(enclosing) ? [keyword] : [];
    const routed = ROUTED.test(enclosing)
      ? values.filter((_, i) => DEVICE.includes(values[i - 1]?.text ?? ''))
      : [];
    const isDefault = keyword.text === 'default_interface';
    const own = [...named, ...listed, ...routed].map((token) => ({ token, isDefault }));
    return [...own, ...interfaceTokens(block ?? [], keyword.text)];
  });
}

/** Down ones too; undefined: the kernel does not list them. */
function interfacesHere(): ReadonlySet<string> | undefined {
  try {
    const text = readFileSync('/proc/self/net/dev', 'utf8');
    return new Set([...text.matchAll(/^\s*(\S+?):/gm)].map(([, name]) => name ?? ''));
  } catch {
    return undefined;
  }
}

function missingUsers(
  statements: readonly Statement[],
  users: readonly ScriptUser[],
): SourceIssue[] {
  const wanted = new Map<string, string>();
  for (const { user, group: its } of users) {
    if (account(user) === undefined) wanted.set(user, `there is no user ${user} here`);
    if (its !== undefined && group(its) === undefined)
      wanted.set(its, `there is no group ${its} here`);
  }
  return commandTokens(statements).flatMap((token) => {
    const message = wanted.get(token.text);
    return message === undefined ? [] : [warningAt(token, message)];
  });
}

function commandTokens(statements: readonly Statement[]): Token[] {
  return statements.flatMap(({ keyword, values, block }) => [
    ...(COMMAND.test(keyword.text) ? values : []),
    ...commandTokens(block ?? []),
  ]);
}
