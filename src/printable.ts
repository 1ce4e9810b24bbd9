/**
 * The only sanitiser of shown text. Names, log lines and error texts come from files and
 * programs of others: on a terminal an escape sequence could rewrite the screen, in a CI log a line of
 * `::error::` or `##[error]` is a command to the runner. Unprintable characters are written as escapes.
 */

/** Control and format characters, line separators, lone surrogates, noncharacters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}]/gu;
/** How runners' commands begin: at the start of a line (GitHub), and anywhere (GitHub's old form, Azure, TeamCity). */
const LEADING_COMMAND = /^(\s*):(?=:)/;
const INNER_COMMAND = /#(?=#[a-z]*\[)/gi;

/** One line for any `text`: a line break inside is escaped, too. */
export function printable(text: string): string {
  return text
    .replace(HIDDEN, escaped)
    .replace(LEADING_COMMAND, '$1\\x3a')
    .replace(INNER_COMMAND, '\\x23');
}

/** A text of several lines, each made printable; all but the first are indented, so that none looks like a line of halab. */
export function printableBlock(text: string, indent = '    '): string {
  return text
    .split(/\r?\n/)
    .map((line, i) => (i === 0 ? printable(line) : `${indent}${printable(line)}`))
    .join('\n');
}

/** JSON that can be shown: the same value, with everything hidden written as `\uXXXX`. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent)
    .replace(HIDDEN, (char) => (char === '\n' ? char : unicodeEscape(char)))
    .replace(INNER_COMMAND, '\\u0023');
}

/** A word of a shell's command line, in quotes if it needs them. */
export function shellWord(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  if (!/\p{Cc}/u.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const inside = word.replace(/[\\']/g, '\\$&').replace(HIDDEN, escaped);
  return `$'${inside}'`;
}

function escaped(char: string): string {
  if (char === '\n') return '\\n';
  if (char === '\r') return '\\r';
  if (char === '\t') return '\\t';
  const code = char.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicodeEscape(char);
}

/** As JSON writes it: a character outside the first plane is two of them. */
function unicodeEscape(char: string): string {
  const units = Array.from({ length: char.length }, (_, i) => char.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
