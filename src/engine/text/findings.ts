/** Words of keepalived.conf and findings about them. */
import { nearest, type SourceIssue } from '../../errors.ts';

/**
 * `runs`: errors are corrected or ignored, as keepalived does. `stops`: keepalived reports it,
 * and then ends at its start. `refused`: keepalived does not even read on.
 */
export type Outcome = 'runs' | 'stops' | 'refused';

/** Findings in order, and their consequence. */
export class FindingList {
  readonly issues: SourceIssue[] = [];
  outcome: Outcome = 'runs';

  add(
    severity: SourceIssue['severity'],
    { file, line, column }: Place,
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

  refuse(at: Place, message: string, hint?: string): undefined {
    this.outcome = 'refused';
    this.add('error', at, message, hint);
  }
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * A word of keepalived.conf and its reporter. A report returns undefined: an ignored keyword
 * because of it has no value.
 */
export class Token implements Place {
  /** Without quotes. A brace that is not quoted is a line of its own. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  private readonly findings: FindingList;

  constructor(text: string, { file, line, column }: Place, findings: FindingList) {
    this.text = text;
    this.file = file;
    this.line = line;
    this.column = column;
    this.findings = findings;
  }

  /** keepalived does not report it: `halabd -t` does, without a change of its exit code. */
  note(message: string, hint?: string): undefined {
    this.findings.add('note', this, message, hint);
  }

  /** Altered or ignored; the daemon runs. */
  warning(message: string, hint?: string): undefined {
    this.findings.add('warning', this, message, hint);
  }

  /** Like a warning, but about security: authentication, users of scripts, certificates. */
  error(message: string, hint?: string): undefined {
    this.findings.add('error', this, message, hint);
  }

  /** The daemon does not start: keepalived's ends itself. `halabd -t`: 5. */
  stops(message: string, hint?: string): undefined {
    if (this.findings.outcome === 'runs') this.findings.outcome = 'stops';
    this.error(message, hint);
  }

  /** The daemon does not start. `halabd -t`: 4. */
  refuse(message: string, hint?: string): undefined {
    this.findings.refuse(this, message, hint);
  }
}

/** A longer list does not help. */
const MOST_LISTED = 16;

/** Keywords of authentication and permission: a misspelt one leaves a protection out, so it is an error. */
const SECURITY =
  /^(auth\w*|script_user|enable_script_security|SSL|ca|certificate|key|active_key|password)$/;

/** Remnants of an editor: a byte order mark, blanks that are no separators. */
const INVISIBLE = /[\u00a0\u200b-\u200f\u2028\u2029\u2060\ufeff]/;

/** keepalived ignores unknown keywords; all else is reported. */
export function unknownKeyword(keyword: Token, known: readonly string[]): void {
  const close = nearest(keyword.text, known);
  const listed = known.length > MOST_LISTED ? '' : `Known here: ${known.join(', ')}.`;
  const meant = close === undefined ? listed : `Did you mean "${close}"?`;
  const hint = INVISIBLE.test(keyword.text) ? 'An invisible character belongs to it.' : meant;
  const security = SECURITY.test(keyword.text) || (close !== undefined && SECURITY.test(close));
  keyword[security ? 'error' : 'warning'](
    `unknown keyword "${keyword.text}": it is ignored`,
    hint === '' ? undefined : hint,
  );
}
