/** What global_defs says of virtual servers and their checks. */

import type { ScriptCommand } from '../core/config.ts';
import { NO_CHECKS } from '../core/config-check.ts';
import type { Findings } from './findings.ts';
import { type LvsGlobal, readTimeouts } from './lvs.ts';
import type { Statement } from './tree.ts';
import { bool, command } from './values.ts';

export interface LvsDraft {
  readonly settings: { -readonly [K in Exclude<keyof LvsGlobal, 'notifyFifo'>]: LvsGlobal[K] };
  readonly fifo: { path?: string; script?: ScriptCommand };
}

export const LVS_GLOBAL_KEYWORDS = [
  'lvs_timeouts',
  'lvs_flush',
  'lvs_flush_on_stop',
  'lvs_flush_onstop',
  'lvs_notify_fifo',
  'lvs_notify_fifo_script',
  'rs_init_notifies',
  'checker_log_all_failures',
];

export function newLvsDraft(): LvsDraft {
  const { timeouts, flush, flushOnStop, initNotifies } = NO_CHECKS;
  return {
    settings: { timeouts, flush, flushOnStop, initNotifies, logAllFailures: false },
    fifo: {},
  };
}

/** Whether the statement is one of these; reads it. */
export function readLvsGlobal(
  { settings, fifo }: LvsDraft,
  statement: Statement,
  findings: Findings,
): boolean {
  const { keyword, values } = statement;
  const [first] = values;
  switch (keyword.text) {
    case 'lvs_timeouts':
      settings.timeouts = readTimeouts(settings.timeouts, statement, findings);
      return true;
    case 'lvs_flush':
      settings.flush = true;
      return true;
    case 'lvs_flush_on_stop':
    case 'lvs_flush_onstop':
      if (first === undefined) settings.flushOnStop = 'all';
      else if (first.text === 'VS') settings.flushOnStop = 'services';
      else findings.warning(first, `${keyword.text} takes nothing or VS: ignored`);
      return true;
    case 'lvs_notify_fifo':
      if (first === undefined) findings.warning(keyword, `${keyword.text} takes a path: ignored`);
      else if (fifo.path === undefined) fifo.path = first.text;
      else findings.warning(keyword, `there is a ${keyword.text} already: ignored`);
      return true;
    case 'lvs_notify_fifo_script': {
      if (fifo.script !== undefined) {
        findings.warning(keyword, `there is a ${keyword.text} already: ignored`);
        return true;
      }
      const script = command(statement, findings);
      if (script !== undefined) fifo.script = script;
      return true;
    }
    case 'rs_init_notifies':
      settings.initNotifies = bool(statement, findings) ?? settings.initNotifies;
      return true;
    case 'checker_log_all_failures':
      settings.logAllFailures = bool(statement, findings) ?? settings.logAllFailures;
      return true;
    default:
      return false;
  }
}

export function lvsGlobalOf({ settings, fifo }: LvsDraft): LvsGlobal {
  const { path, script } = fifo;
  return { ...settings, notifyFifo: path === undefined ? undefined : { path, script } };
}
