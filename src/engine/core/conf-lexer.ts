/**
 * A line of keepalived.conf as tokens with positions. Comments start with `#` or `!`; quotes, double or
 * single, keep white space and comment signs; a backslash takes the next character as it is.
 */

export interface Token {
  /** Without quotes. `{` and `}` are tokens of their own. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly quoted: boolean;
}

/** Where a line stands, and where its characters stood before parameters were put in. */
export interface LinePlace {
  readonly file: string;
  readonly line: number;
  readonly columnAt: (offset: number) => number;
}

const BARE = /(?:\\.|[^\s{}"'#!\\])+/y;
const SPACE = /\s+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y;
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  E: '\x1b',
};

export function lexLine(
  line: string,
  place: LinePlace,
  report: (column: number, message: string) => void,
): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(line);
  };
  const push = (text: string, quoted: boolean): void => {
    const { file, line: number } = place;
    tokens.push({ text, file, line: number, column: place.columnAt(at), quoted });
  };
  while (at < line.length) {
    const char = line[at];
    const space = match(SPACE);
    if (char === '#' || char === '!') break;
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    if (char === '{' || char === '}') {
      push(char, false);
      at++;
      continue;
    }
    const isQuote = char === '"' || char === "'";
    const found = match(isQuote ? QUOTED : BARE);
    if (found === null) {
      const message = isQuote ? 'a quote is not closed on its line' : `"${char}" cannot stand here`;
      report(place.columnAt(at), message);
      break;
    }
    push(unescaped(isQuote ? (found[1] ?? found[2] ?? '') : found[0]), isQuote);
    at += found[0].length;
  }
  return tokens;
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(x[0-9a-fA-F]+|[0-7]{1,3}|.)/g, (_, code: string) => {
    if (/^x[0-9a-fA-F]/.test(code))
      return String.fromCharCode(Number.parseInt(code.slice(1), 16) & 0xff);
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return ESCAPES[code] ?? code;
  });
}

/** A word as it must be written to be read back as itself. */
export function quoteWord(text: string): string {
  return /^[^\s{}"'#!\\$@~]+$/.test(text) ? text : `"${text.replaceAll(/["\\$]/g, quoteOne)}"`;
}

/** A dollar would be read as a parameter, before the quotes are seen. */
function quoteOne(char: string): string {
  return char === '$' ? '\\044' : `\\${char}`;
}
