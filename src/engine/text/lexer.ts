/**
 * A line of keepalived.conf as tokens with positions. Comments start with `#` or `!`; double quotes keep
 * white space and comment signs. Only words of scripts know single quotes and escapes.
 */

import { type FindingList, Token } from './findings.ts';

/** The position of a line, and the positions of its characters before parameters were substituted. */
export interface LinePlace {
  readonly file: string;
  readonly line: number;
  readonly columnAt: (offset: number) => number;
  /** The reporter for errors in its words. */
  readonly findings: FindingList;
}

/** A line without comments; a brace outside of double quotes is alone on its line. */
export interface ConfLine extends LinePlace {
  readonly text: string;
}

/** As in keepalived, a no-break space or a byte order mark is part of a word. */
const BLANKS = ' \t\f\v\r\n';

export function trimStart(text: string): string {
  let from = 0;
  while (from < text.length && BLANKS.includes(text.charAt(from))) from++;
  return text.slice(from);
}

export function trimEnd(text: string): string {
  let to = text.length;
  while (to > 0 && BLANKS.includes(text.charAt(to - 1))) to--;
  return text.slice(0, to);
}

export function trim(text: string): string {
  return trimStart(trimEnd(text));
}

const PART = /[^"\\#!]+|\\.|["\\#!]/gs;

/** The line up to its comment; `\#` and `\!` are signs of their own. `open`: a quote is not closed. */
export function withoutComment(line: string): { readonly text: string; readonly open: boolean } {
  let quoted = false;
  let text = '';
  for (const [part] of line.matchAll(PART)) {
    if (part === '"') quoted = !quoted;
    // A definition continues on the next line even if this one ends with a comment.
    if (!quoted && (part === '#' || part === '!'))
      return { text: line.endsWith('\\') ? `${trimEnd(text)}\\` : text, open: false };
    if (part === '\\') return { text: `${trimEnd(text)}\\`, open: quoted };
    text += !quoted && (part === '\\#' || part === '\\!') ? part.charAt(1) : part;
  }
  return { text, open: quoted };
}

/** keepalived ignores escapes here: a brace between two `"` is quoted. */
export function* splitAtBraces(line: ConfLine): Generator<ConfLine> {
  const part = (from: number, to: number): ConfLine => ({
    ...line,
    text: line.text.slice(from, to),
    columnAt: (offset) => line.columnAt(from + offset),
  });
  let from = 0;
  for (let at = 0; at < line.text.length; at++) {
    const char = line.text[at];
    if (char === '"') {
      const end = line.text.indexOf('"', at + 1);
      if (end < 0) break;
      at = end;
    } else if (char === '{' || char === '}') {
      if (trim(line.text.slice(from, at)) !== '') yield part(from, at);
      yield part(at, at + 1);
      from = at + 1;
    }
  }
  if (trim(line.text.slice(from)) !== '') yield part(from, line.text.length);
}

const WORD = /"([^"]*)"|[^ \t\f\v\r\n"]+|"/g;

/** Words of a line; text after an unclosed quote is dropped, as in keepalived. */
export function wordsOf(line: ConfLine): { readonly words: Token[]; readonly open?: Token } {
  const words: Token[] = [];
  for (const found of line.text.matchAll(WORD)) {
    const token = tokenAt(line, found.index, found[1] ?? found[0]);
    if (found[0] === '"') return { words, open: token };
    words.push(token);
  }
  return { words };
}

/** Words of a line that names a script: both quotes, escapes. Undefined: a quote is not closed. */
export function scriptWordsOf(line: ConfLine): Token[] | undefined {
  return escapedWords(line.text)?.map(({ text, at }) => tokenAt(line, at, text));
}

/** A token of the line, which begins at an offset in it. */
export function tokenAt(
  { file, line, columnAt, findings }: ConfLine,
  at: number,
  text: string,
): Token {
  return new Token(text, { file, line, column: columnAt(at) }, findings);
}

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
const PIECE =
  /\\(?:x([0-9a-fA-F]+)|c(.)|([0-7]{1,3})|(.))|(["'])|([ \t\f\v\r\n]+)|[^ \t\f\v\r\n"'\\]+|\\$/gs;

/** Words as a shell would have them, but without a meaning of `$`. Undefined: it is not closed. */
export function escapedWords(
  text: string,
): { readonly text: string; readonly at: number }[] | undefined {
  const words: { text: string; at: number }[] = [];
  let word: { text: string; at: number } | undefined;
  let quote = '';
  for (const found of text.matchAll(PIECE)) {
    const [whole, hex, control, octal, other, sign, space] = found;
    if (whole === '\\') return undefined;
    if (space !== undefined && quote === '') {
      word = undefined;
      continue;
    }
    if (word === undefined) {
      word = { text: '', at: found.index };
      words.push(word);
    }
    if (sign !== undefined && (quote === '' || quote === sign)) quote = quote === '' ? sign : '';
    else word.text += charOf(whole, hex, control, octal, other);
  }
  return quote === '' ? words : undefined;
}

function charOf(whole: string, hex?: string, control?: string, octal?: string, other?: string) {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(-2), 16));
  if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) & 0x1f);
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  return other === undefined ? whole : (ESCAPES[other] ?? other);
}

/** A word in the form that is read back as itself; a word cannot contain a `"`. */
export function quoteWord(text: string): string {
  return /^[^\s{}"#!\\$@~]+$/.test(text) ? text : `"${text}"`;
}

/** A command in the form for the keyword of a script: read twice by `escapedWords`. */
export function quoteCommand(argv: readonly string[]): string {
  const inner = argv.map((word) =>
    word === '' || /\s/.test(word) ? `'${coded(word, /[\\"'$]/g)}'` : coded(word, /[\\"'$]/g),
  );
  const text = inner.join(' ');
  return /^[^\s{}"'#!\\$@~]+$/.test(text) ? text : `"${coded(text, /[\\"$]/g)}"`;
}

function coded(text: string, signs: RegExp): string {
  return text.replaceAll(signs, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** A text in pieces of at most so many bytes of UTF-8. */
export function piecesOf(text: string, most: number): string[] {
  // No character has more than three bytes for each of its units.
  if (text.length * 3 <= most) return [text];
  const pieces: string[] = [];
  let [from, at, bytes] = [0, 0, 0];
  for (const char of text) {
    const size = char.length > 1 ? 4 : char < '\u0080' ? 1 : char < '\u0800' ? 2 : 3;
    if (bytes + size > most) {
      pieces.push(text.slice(from, at));
      from = at;
      bytes = 0;
    }
    bytes += size;
    at += char.length;
  }
  return [...pieces, text.slice(from)];
}
