/** Notify scripts of instances and sync groups. */

import type { NotifyConfig } from '../core/config.ts';
import type { Findings } from './findings.ts';
import type { Statement } from './tree.ts';
import { bool, command } from './values.ts';

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

/** Undefined switches take the global defaults. */
export type NotifyDraft = { -readonly [K in keyof NotifyConfig]?: NotifyConfig[K] };

/** Whether the statement is one of these; reads it into `notify`. The first script of a kind counts. */
export function readNotify(notify: NotifyDraft, statement: Statement, findings: Findings): boolean {
  const { keyword, values } = statement;
  if (keyword.text === 'notify_priority_changes' || keyword.text === 'smtp_alert') {
    const value = bool(statement, findings);
    const key = keyword.text === 'smtp_alert' ? 'smtpAlert' : 'priorityChanges';
    if (value !== undefined) notify[key] = value;
    return true;
  }
  const key = Object.hasOwn(NOTIFY_KEYWORDS, keyword.text)
    ? NOTIFY_KEYWORDS[keyword.text]
    : undefined;
  if (key === undefined) return false;
  // keepalived: notify_deleted alone only asks for DELETED instead of FAULT.
  if (key === 'deleted' && values.length === 0) return true;
  const script = notify[key] === undefined ? command(statement, findings) : undefined;
  if (notify[key] !== undefined)
    findings.warning(keyword, `${keyword.text} is given already: ignored`);
  else if (script !== undefined) notify[key] = script;
  return true;
}

export function notifyOf(
  notify: NotifyDraft,
  smtpAlert: boolean,
  priorityChanges: boolean,
): NotifyConfig {
  return { priorityChanges, smtpAlert, ...notify };
}
