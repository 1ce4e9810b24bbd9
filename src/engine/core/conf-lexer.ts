/**
 * keepalived.conf text as tokens with positions. A statement is a line; a block is a statement that
 * ends in `{`. Comments start with `#` or `!`; double quotes keep white space and comment signs.
 */
import type { SourceIssue } from '../../errors.ts';

export interface Token {
  /** Without quotes. `{` and `}` are tokens of their own. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly quoted: boolean;
}

/** Bounds: nobody writes more by hand, and a parser must end. */
const MAX_TOKENS = 200_000;

/** Tokens of each line that has any. */
export function lexConfig(text: string, file: string): { lines: Token[][]; issues: SourceIssue[] } {
  const lines: Token[][] = [];
  const issues: SourceIssue[] = [];
  let count = 0;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const tokens = lexLine(line, i + 1, (column, message) =>
      issues.push({ file, line: i + 1, column, severity: 'error', message }),
    );
    count += tokens.length;
    if (count > MAX_TOKENS) {
      issues.push({
        file,
        line: i + 1,
        column: 1,
        severity: 'error',
        message: 'the file is too large',
      });
      break;
    }
    if (tokens.length > 0) lines.push(tokens);
  }
  return { lines, issues };
}

const BARE = /[^\s{}"#!]+/y;
const SPACE = /\s+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;

function lexLine(
  line: string,
  number: number,
  report: (column: number, message: string) => void,
): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(line);
  };
  while (at < line.length) {
    const char = line[at];
    const space = match(SPACE);
    if (char === '#' || char === '!') break;
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const column = at + 1;
    if (char === '{' || char === '}') {
      tokens.push({ text: char, line: number, column, quoted: false });
      at++;
      continue;
    }
    const quoted = char === '"' ? match(QUOTED) : null;
    if (char === '"' && quoted === null) {
      report(column, 'a quote is not closed on its line');
      break;
    }
    const found = quoted ?? match(BARE);
    if (found === null) break;
    const text = quoted === null ? found[0] : (quoted[1] ?? '').replaceAll(/\\(.)/g, '$1');
    tokens.push({ text, line: number, column, quoted: quoted !== null });
    at += found[0].length;
  }
  return tokens;
}
