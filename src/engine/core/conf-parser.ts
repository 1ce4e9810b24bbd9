/**
 * keepalived.conf text to the configuration the daemon runs: every keyword known, every value in its
 * range, every default keepalived's. All mistakes are found in one pass.
 */
import type { SourceIssue } from '../../errors.ts';
import { type Findings, unknownKeyword } from './conf-findings.ts';
import { instanceOf } from './conf-instance.ts';
import type { Token } from './conf-lexer.ts';
import { parseTree, type Statement } from './conf-tree.ts';
import {
  type DaemonConfig,
  type GlobalConfig,
  plainConfig,
  type VrrpInstanceConfig,
} from './config.ts';

export interface ParsedConfig {
  readonly config: DaemonConfig;
  /** Warnings, too: the caller decides what an error means. */
  readonly issues: readonly SourceIssue[];
}

const TOP_LEVEL = ['global_defs', 'vrrp_instance'];
const GLOBAL = ['router_id', 'vrrp_version'];

/** Parses a whole file. Whatever the text, it returns. */
export function parseConfig(text: string, file: string): ParsedConfig {
  const { statements, issues } = parseTree(text, file);
  const add = (severity: 'error' | 'warning') => (at: Token, message: string, hint?: string) => {
    issues.push({
      file,
      line: at.line,
      column: at.column,
      severity,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const findings: Findings = { error: add('error'), warning: add('warning') };
  const global = readGlobal(statements, findings);
  const instances: VrrpInstanceConfig[] = [];
  const seen = new Map<string, string>();
  for (const statement of statements) {
    const { keyword } = statement;
    if (keyword.text === 'global_defs') continue;
    if (keyword.text !== 'vrrp_instance') {
      unknownKeyword(keyword, TOP_LEVEL, findings);
      continue;
    }
    const instance = instanceOf(statement, global, findings);
    checkUnique(instance, keyword, seen, findings);
    instances.push(instance);
  }
  if (instances.length === 0 && issues.length === 0) {
    issues.push({
      file,
      line: 1,
      column: 1,
      severity: 'error',
      message: 'no vrrp_instance: there is nothing to do',
    });
  }
  return { config: plainConfig(instances, global), issues };
}

function readGlobal(
  statements: readonly Statement[],
  findings: Findings,
): Pick<GlobalConfig, 'routerId' | 'vrrpVersion'> {
  let routerId: string | undefined;
  let vrrpVersion: 2 | 3 = 2;
  for (const { keyword, values, block } of statements.flatMap((one) =>
    one.keyword.text === 'global_defs' ? (one.block ?? []) : [],
  )) {
    const value = values[0]?.text ?? '';
    if (block !== undefined) findings.error(keyword, `"${keyword.text}" takes no block`);
    else if (keyword.text === 'router_id') routerId = value === '' ? undefined : value;
    else if (keyword.text !== 'vrrp_version') unknownKeyword(keyword, GLOBAL, findings);
    else if (value === '2' || value === '3') vrrpVersion = value === '2' ? 2 : 3;
    else findings.error(values[0] ?? keyword, 'vrrp_version is 2 or 3');
  }
  return { routerId, vrrpVersion };
}

function checkUnique(
  instance: VrrpInstanceConfig,
  at: Token,
  seen: Map<string, string>,
  findings: Findings,
): void {
  const identity = `${instance.interface} ${instance.family} ${instance.vrid}`;
  const other = seen.get(identity);
  if (other !== undefined) {
    findings.error(
      at,
      `virtual_router_id ${instance.vrid} is used twice on ${instance.interface}: also by "${other}"`,
    );
  }
  if ([...seen.values()].includes(instance.name))
    findings.error(at, `there are two vrrp_instances named "${instance.name}"`);
  seen.set(identity, instance.name);
}
