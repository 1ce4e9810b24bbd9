/** Findings about tokens of keepalived.conf. */
import { nearest, type SourceIssue } from '../../errors.ts';
import type { Token } from './lexer.ts';

/**
 * `runs`: whatever is wrong is altered or ignored, as keepalived does. `stops`: keepalived reports it,
 * and then ends at its start. `refused`: keepalived does not even read on.
 */
export type Outcome = 'runs' | 'stops' | 'refused';

/** Where findings go while a file is read. */
export interface Findings {
  /** keepalived says nothing about it: `halabd -t` reports it, and its exit code does not change. */
  note(at: Token, message: string, hint?: string): void;
  /** Altered or ignored; the daemon runs. */
  warning(at: Token, message: string, hint?: string): void;
  /** As a warning, but about what users rely on: authentication, users of scripts, certificates. */
  error(at: Token, message: string, hint?: string): void;
  /** The daemon does not start: keepalived's ends itself. `halabd -t`: 5. */
  stops(at: Token, message: string, hint?: string): void;
  /** The daemon does not start. `halabd -t`: 4. */
  refuse(at: Token, message: string, hint?: string): void;
}

/** Findings in the order in which they are made, and what follows from them. */
export class FindingList implements Findings {
  readonly issues: SourceIssue[];
  outcome: Outcome = 'runs';

  constructor(issues: SourceIssue[], refused: boolean) {
    this.issues = issues;
    if (refused) this.outcome = 'refused';
  }

  note(at: Token, message: string, hint?: string): void {
    this.add('note', at, message, hint);
  }

  warning(at: Token, message: string, hint?: string): void {
    this.add('warning', at, message, hint);
  }

  error(at: Token, message: string, hint?: string): void {
    this.add('error', at, message, hint);
  }

  stops(at: Token, message: string, hint?: string): void {
    if (this.outcome === 'runs') this.outcome = 'stops';
    this.add('error', at, message, hint);
  }

  refuse(at: Token, message: string, hint?: string): void {
    this.outcome = 'refused';
    this.add('error', at, message, hint);
  }

  private add(severity: SourceIssue['severity'], at: Token, message: string, hint?: string): void {
    const { file, line, column } = at;
    const more = hint === undefined ? {} : { hint };
    this.issues.push({ file, line, column, severity, message, ...more });
  }
}

/** A longer list does not help. */
const MOST_LISTED = 16;

/** Keywords of authentication and permission: a misspelt one leaves a protection out, so it is an error. */
const SECURITY =
  /^(auth\w*|script_user|enable_script_security|SSL|ca|certificate|key|active_key|password)$/;

/** What an editor leaves behind: a byte order mark, blanks that are none here. */
const INVISIBLE = /[\u00a0\u200b-\u200f\u2028\u2029\u2060\ufeff]/;

/** What keepalived does not know it ignores; nothing else is ignored silently. */
export function unknownKeyword(keyword: Token, known: readonly string[], findings: Findings): void {
  const close = nearest(keyword.text, known);
  const listed = known.length > MOST_LISTED ? '' : `Known here: ${known.join(', ')}.`;
  const meant = close === undefined ? listed : `Did you mean "${close}"?`;
  const hint = INVISIBLE.test(keyword.text) ? 'An invisible character belongs to it.' : meant;
  const security = SECURITY.test(keyword.text) || (close !== undefined && SECURITY.test(close));
  findings[security ? 'error' : 'warning'](
    keyword,
    `unknown keyword "${keyword.text}": it is ignored`,
    hint === '' ? undefined : hint,
  );
}
