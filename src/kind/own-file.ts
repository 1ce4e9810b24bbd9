/** A keepalived.conf of a user's own as it runs in its node: what it says, where it says it, and what is odd about it. */

import { parseConfig } from '../engine/conf/parser.ts';
import type { Statement } from '../engine/conf/tree.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import type { SourceIssue } from '../errors.ts';
import { type ConfigFiles, OWN_CONFIG_PATH } from '../topology/file/config-files.ts';
import type { Engine } from '../topology/topology.ts';
import type { SourceSpan } from '../topology/yaml/yaml-source.ts';
import { missingScripts } from './own-scripts.ts';

export interface OwnFile {
  readonly node: string;
  readonly config: DaemonConfig;
  /** Instances that can run. */
  readonly instances: readonly VrrpInstanceConfig[];
  readonly issues: readonly SourceIssue[];
  /** Where one of these keywords of an instance stands; otherwise where the instance begins. */
  readonly at: (instance: string, ...keywords: readonly string[]) => SourceSpan;
  /** Where a block of another kind with that name begins; undefined: there is none. */
  readonly block: (keyword: string, name: string) => SourceSpan | undefined;
  readonly start: SourceSpan;
}

/** More of one file helps nobody. */
const MOST_ISSUES = 20;

export function readOwnFile(node: string, engine: Engine, files: ConfigFiles): OwnFile {
  const { config, issues, outcome, statements } = parseConfig(files.text, OWN_CONFIG_PATH, files);
  const here = ({ file, line, column }: SourceSpan): SourceSpan => ({
    file: files.shown(file),
    line,
    column,
  });
  const start = here({ file: OWN_CONFIG_PATH, line: 1, column: 1 });
  const idle = config.instances.length + config.check.virtualServers.length === 0;
  const findings = issues.map((issue): SourceIssue => {
    // keepalived decides for itself what it takes; halabd runs what is altered or ignored.
    const runs = engine !== 'halab' || outcome === 'runs';
    const severity = runs ? 'warning' : issue.severity;
    const where = here(issue);
    const closed = [...files.closed].find(([path]) => issue.message.startsWith(`${path} `));
    if (closed === undefined) return { ...issue, ...where, severity };
    // Without it, it would be another configuration.
    return { ...where, severity: 'error', message: closed[1].problem, hint: closed[1].hint };
  });
  return {
    node,
    config,
    instances: config.instances.filter(({ vrid }) => vrid > 0),
    issues: idle
      ? [nothingToDo(start, findings)]
      : [
          ...findings.slice(0, MOST_ISSUES),
          ...missingScripts(statements).map((issue) => ({ ...issue, ...here(issue) })),
        ],
    at: (instance, ...keywords) => {
      const block = find(statements, 'vrrp_instance', instance);
      const inner = keywords.flatMap(
        (keyword) =>
          block?.block?.findLast((statement) => statement.keyword.text === keyword) ?? [],
      )[0];
      const globally = keywords.flatMap((keyword) => globalKeyword(statements, keyword) ?? [])[0];
      const found = inner ?? globally ?? block;
      return found === undefined ? start : here(found.keyword);
    },
    block: (keyword, name) => {
      const found = find(statements, keyword, name);
      return found === undefined ? undefined : here(found.keyword);
    },
    start,
  };
}

/** A file in which nothing is known, or that starts nothing: whatever it is, it is no router's. */
function nothingToDo(start: SourceSpan, [first]: readonly SourceIssue[]): SourceIssue {
  const why = first === undefined ? '' : `: line ${first.line}: ${first.message}`;
  return {
    ...start,
    severity: 'error',
    message: `this keepalived.conf has no vrrp_instance and no virtual_server${why}`,
    hint: 'The router would do nothing: is it the right file?',
  };
}

function find(statements: readonly Statement[], keyword: string, name: string) {
  return statements.find(
    (statement) => statement.keyword.text === keyword && statement.values[0]?.text === name,
  );
}

/** `vrrp_version` in global_defs is the version of instances that say none. */
function globalKeyword(statements: readonly Statement[], keyword: string): Statement | undefined {
  return statements
    .filter((statement) => statement.keyword.text === 'global_defs')
    .flatMap(({ block }) => block ?? [])
    .findLast((statement) => statement.keyword.text === keyword);
}
