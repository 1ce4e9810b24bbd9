/** Programs that a keepalived.conf of a user's own starts: the lab carries none of them into the node. */
import type { Token } from '../engine/conf/lexer.ts';
import type { Statement } from '../engine/conf/tree.ts';
import type { SourceIssue } from '../errors.ts';
import { LAB_FOLDER } from './lab-scripts.ts';

const KEYWORDS =
  /^(notify(_(master|backup|fault|stop|deleted|up|down|master_rx_lower_pri))?|script|misc_path|quorum_(up|down)|(startup|shutdown)_script|\w*notify_fifo_script)$/;
/** Where the node image has programs of its own. */
const SYSTEM = ['/bin/', '/sbin/', '/usr/bin/', '/usr/sbin/', '/usr/lib/', `${LAB_FOLDER}/`];

/** What production has and the node has not: the router goes on without it. */
export function missingScripts(statements: readonly Statement[]): SourceIssue[] {
  return statements.flatMap((statement) => [
    ...missing(statement),
    ...missingScripts(statement.block ?? []),
  ]);
}

function missing({ keyword, values }: Statement): SourceIssue[] {
  const program = KEYWORDS.test(keyword.text) ? programOf(values[0]) : undefined;
  if (program === undefined || SYSTEM.some((folder) => program.startsWith(folder))) return [];
  const { file, line, column } = keyword;
  const what = keyword.text.startsWith('notify')
    ? 'nobody is notified'
    : 'what it would do is not done';
  return [
    {
      file,
      line,
      column,
      severity: 'warning',
      message: `${keyword.text}: ${program} is not in the node: ${what}`,
      hint: 'Scripts stay here; the rest of the file runs as in production.',
    },
  ];
}

/** Of `"/etc/keepalived/notify.sh web"` the path; undefined: no path. */
function programOf(token: Token | undefined): string | undefined {
  const [program = ''] = token?.text.trim().split(/\s+/) ?? [];
  return program.startsWith('/') ? program : undefined;
}
