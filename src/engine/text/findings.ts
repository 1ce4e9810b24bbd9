/** Findings about tokens of keepalived.conf. */
import { nearest, type SourceIssue } from '../../errors.ts';
import type { Token } from './lexer.ts';

/**
 * `runs`: whatever is wrong is altered or ignored, as keepalived does. `stops`: keepalived reports it,
 * and then ends at its start. `refused`: keepalived does not even read on.
 */
export type Outcome = 'runs' | 'stops' | 'refused';

/** Answers with undefined: what is ignored because of the finding has no value. */
type Report = (at: Token, message: string, hint?: string) => undefined;

/** Where findings go while a file is read. */
export interface Findings {
  /** keepalived says nothing about it: `halabd -t` reports it, and its exit code does not change. */
  readonly note: Report;
  /** Altered or ignored; the daemon runs. */
  readonly warning: Report;
  /** As a warning, but about what users rely on: authentication, users of scripts, certificates. */
  readonly error: Report;
  /** The daemon does not start: keepalived's ends itself. `halabd -t`: 5. */
  readonly stops: Report;
  /** The daemon does not start. `halabd -t`: 4. */
  readonly refuse: Report;
}

/** Findings in the order in which they are made, and what follows from them. */
export class FindingList implements Findings {
  readonly issues: SourceIssue[];
  outcome: Outcome;

  constructor(issues: SourceIssue[], refused: boolean) {
    this.issues = issues;
    this.outcome = refused ? 'refused' : 'runs';
  }

  readonly note: Report = (...finding) => this.add('note', ...finding);
  readonly warning: Report = (...finding) => this.add('warning', ...finding);
  readonly error: Report = (...finding) => this.add('error', ...finding);
  readonly stops: Report = (...finding) => {
    if (this.outcome === 'runs') this.outcome = 'stops';
    this.add('error', ...finding);
  };
  readonly refuse: Report = (...finding) => {
    this.outcome = 'refused';
    this.add('error', ...finding);
  };

  private add(
    severity: SourceIssue['severity'],
    { file, line, column }: Token,
    message: string,
    hint?: string,
  ): undefined {
    this.issues.push({
      file,
      line,
      column,
      severity,
      message,
      ...(hint !== undefined && { hint }),
    });
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
