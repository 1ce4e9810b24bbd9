/** Scripts and FIFOs that report changes. Keywords in docstrings are keepalived's; values in brackets are defaults. */
import type { Micros } from '../../time.ts';

export interface NotifyFifo {
  readonly path: string;
  readonly script: ScriptCommand | undefined;
}

export interface ScriptUser {
  readonly user: string;
  readonly group: string | undefined;
}

/** A program with its arguments, run without a shell. */
export interface ScriptCommand {
  readonly argv: readonly string[];
  /** [the global `script_user`]. */
  readonly user: ScriptUser | undefined;
}

export interface GlobalScript {
  readonly command: ScriptCommand;
  readonly timeout: Micros;
}

/** Scripts that run on a new state; FIFOs are global. */
export interface NotifyConfig {
  readonly master?: ScriptCommand;
  readonly backup?: ScriptCommand;
  readonly fault?: ScriptCommand;
  readonly stop?: ScriptCommand;
  readonly deleted?: ScriptCommand;
  /** `notify`: gets INSTANCE or GROUP, the name, the state and the priority. */
  readonly any?: ScriptCommand;
  /** `notify_master_rx_lower_pri`. */
  readonly lowerPriority?: ScriptCommand;
  /** `notify_priority_changes` [the global one]. */
  readonly priorityChanges: boolean;
  /** `smtp_alert` [smtp_alert_vrrp, smtp_alert, off]: a mail for every new state. */
  readonly smtpAlert: boolean;
}
