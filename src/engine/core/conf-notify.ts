/** Notify scripts of instances and sync groups. */
import type { Findings } from './conf-findings.ts';
import type { Statement } from './conf-tree.ts';
import { bool, command } from './conf-values.ts';
import type { NotifyConfig } from './config.ts';

type Script = Exclude<keyof NotifyConfig, 'priorityChanges' | 'smtpAlert'>;

export const NOTIFY_KEYWORDS: Readonly<Record<string, Script>> = {
  notify_master: 'master',
  notify_backup: 'backup',
  notify_fault: 'fault',
  notify_stop: 'stop',
  notify_deleted: 'deleted',
  notify_master_rx_lower_pri: 'lowerPriority',
  notify: 'any',
};

/** Whether the statement is one of these; reads it into `notify`. */
export function readNotify(
  notify: { -readonly [K in keyof NotifyConfig]: NotifyConfig[K] },
  statement: Statement,
  findings: Findings,
): boolean {
  const { keyword, values } = statement;
  if (keyword.text === 'notify_priority_changes') {
    notify.priorityChanges = bool(statement, findings);
    return true;
  }
  if (keyword.text === 'smtp_alert') {
    notify.smtpAlert = bool(statement, findings);
    return true;
  }
  const key = Object.hasOwn(NOTIFY_KEYWORDS, keyword.text)
    ? NOTIFY_KEYWORDS[keyword.text]
    : undefined;
  if (key === undefined) return false;
  // keepalived: notify_deleted alone only asks for DELETED instead of FAULT.
  if (key === 'deleted' && values.length === 0) return true;
  const script = command(statement, findings);
  if (script !== undefined) notify[key] = script;
  return true;
}
