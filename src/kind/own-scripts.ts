/** Programs that a user's keepalived.conf starts: the lab does not copy them into the node. */
import type { Token } from '../engine/text/findings.ts';
import type { Statement } from '../engine/text/tree.ts';
import { type SourceIssue, warningAt } from '../errors.ts';
import { LAB_FOLDER } from './lab-scripts.ts';

const KEYWORDS =
  /^(notify(_(master|backup|fault|stop|deleted|up|down|master_rx_lower_pri))?|script|misc_path|quorum_(up|down)|(startup|shutdown)_script|\w*notify_fifo_script)$/;
/** Folders in which the node image has programs. */
const SYSTEM = ['/bin/', '/sbin/', '/usr/bin/', '/usr/sbin/', '/usr/lib/', `${LAB_FOLDER}/`];

/** A warning for each script that production has and the node lacks: the router runs without it. */
export function missingScripts(statements: readonly Statement[]): SourceIssue[] {
  return statements.flatMap((statement) => [
    ...missing(statement),
    ...missingScripts(statement.block ?? []),
  ]);
}

function missing({ keyword, values }: Statement): SourceIssue[] {
  const program = KEYWORDS.test(keyword.text) ? programOf(values[0]) : undefined;
  if (program === undefined || SYSTEM.some((folder) => program.startsWith(folder))) return [];
  const isNotify = keyword.text.startsWith('notify');
  const what = isNotify ? 'nobody is notified' : 'what it would do is not done';
  const message = `${keyword.text}: ${program} is not in the node: ${what}`;
  const hint = 'Scripts stay here; the rest of the file runs as in production.';
  return [warningAt(keyword, message, hint)];
}

/** The path in `"/etc/keepalived/notify.sh web"`; undefined: not a path. */
function programOf(token: Token | undefined): string | undefined {
  const [program = ''] = token?.text.trim().split(/\s+/) ?? [];
  return program.startsWith('/') ? program : undefined;
}
