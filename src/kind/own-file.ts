/** A user's keepalived.conf as it runs in its node: its values, their positions, and the findings in it. */

import { parseConfig } from '../engine/conf/read.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import type { Statement } from '../engine/text/tree.ts';
import { errorAt, type SourceIssue } from '../errors.ts';
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
  /** The position of the first of these keywords in an instance; otherwise that of the instance. */
  readonly at: (instance: string, ...keywords: readonly string[]) => SourceSpan;
  /** The position of a block with that keyword and name; undefined: none. */
  readonly block: (keyword: string, name: string) => SourceSpan | undefined;
  readonly start: SourceSpan;
}

/** More findings in one file do not help. */
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
    // keepalived decides itself what it accepts; halabd runs although values were altered or ignored.
    const runs = engine !== 'halab' || outcome === 'runs';
    const severity = runs ? 'warning' : issue.severity;
    const where = here(issue);
    const closed = [...files.closed].find(([path]) => issue.message.startsWith(`${path} `));
    if (closed === undefined) return { ...issue, ...where, severity };
    // Without the included file it would be another configuration.
    return errorAt(where, closed[1].problem, closed[1].hint);
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

/** The finding for a file that starts nothing, which is no router's configuration. */
function nothingToDo(start: SourceSpan, [first]: readonly SourceIssue[]): SourceIssue {
  const why = first === undefined ? '' : `: line ${first.line}: ${first.message}`;
  return errorAt(
    start,
    `this keepalived.conf has no vrrp_instance and no virtual_server${why}`,
    'The router would do nothing: is it the right file?',
  );
}

function find(statements: readonly Statement[], keyword: string, name: string) {
  return statements.find(
    (statement) => statement.keyword.text === keyword && statement.values[0]?.text === name,
  );
}

/** A keyword in global_defs: `vrrp_version` is the version of instances without one. */
function globalKeyword(statements: readonly Statement[], keyword: string): Statement | undefined {
  return statements
    .filter((statement) => statement.keyword.text === 'global_defs')
    .flatMap(({ block }) => block ?? [])
    .findLast((statement) => statement.keyword.text === keyword);
}
