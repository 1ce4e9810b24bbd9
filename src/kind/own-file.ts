/** A user's keepalived.conf as it runs in its node: its values, their positions, and the findings in it. */

import { parseConfig } from '../engine/conf/read.ts';
import type { Statement } from '../engine/text/tree.ts';
import { errorAt, type SourceIssue } from '../errors.ts';
import { type ConfigFiles, OWN_CONFIG_PATH } from '../topology/file/config-files.ts';
import type { Engine } from '../topology/topology.ts';
import type { SourceSpan } from '../topology/yaml/yaml-source.ts';
import { missingScripts } from './own-scripts.ts';

export type OwnFile = ReturnType<typeof readOwnFile>;

/** More findings in one file do not help. */
const MOST_ISSUES = 20;

export function readOwnFile(node: string, engine: Engine, files: ConfigFiles) {
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
  const missing = missingScripts(statements).map((issue) => ({ ...issue, ...here(issue) }));
  const find = (keyword: string, name: string) =>
    all(statements, keyword).find(({ values }) => values[0]?.text === name);
  return {
    node,
    config,
    /** Instances that can run. */
    instances: config.instances.filter(({ vrid }) => vrid > 0),
    issues: idle ? [nothingToDo(start, findings)] : [...findings.slice(0, MOST_ISSUES), ...missing],
    /**
     * The position of the first of these keywords in an instance, otherwise in global_defs: `vrrp_version` is the version
     * of instances without one. Otherwise that of the instance.
     */
    at: (instance: string, ...keywords: readonly string[]): SourceSpan => {
      const own = find('vrrp_instance', instance);
      const global = all(statements, 'global_defs').flatMap(({ block }) => block ?? []);
      const [found = own] = [own?.block ?? [], global].flatMap((lines) =>
        keywords.flatMap((keyword) => all(lines, keyword).slice(-1)),
      );
      return found === undefined ? start : here(found.keyword);
    },
    /** The position of a block with that keyword and name; undefined: none. */
    block: (keyword: string, name: string): SourceSpan | undefined => {
      const found = find(keyword, name);
      return found && here(found.keyword);
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

function all(statements: readonly Statement[], keyword: string): Statement[] {
  return statements.filter((statement) => statement.keyword.text === keyword);
}
