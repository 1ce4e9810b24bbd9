/**
 * keepalived reads expressions with PCRE2; RE2 and JavaScript read other dialects. This rewrites the common
 * constructs of PCRE (pcre2pattern(3)) in syntax that all of them have; the rest (atomic groups, possessive
 * repetition, options inside an expression) fails to compile.
 */

export interface Expression {
  readonly pattern: string;
  /** JavaScript's: i, m, s, u. */
  readonly flags: string;
}

/** POSIX names, inside of a class. */
const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  print: '\\x20-\\x7e',
  graph: '\\x21-\\x7e',
  cntrl: '\\x00-\\x1f\\x7f',
};

/** The end and the begin of the whole text; with `m` the anchors `$` and `^` match at every line instead. */
const END = { '': '$', m: '(?![\\s\\S])' } as const;
const BEGIN = { '': '^', m: '(?<![\\s\\S])' } as const;

/** Leading options, a part of a class, an escape, or any other character. */
const TOKEN = /\[:(\w+):\]|\\([\s\S])|[\s\S]/gu;

/** The same expression in the syntax of RE2 and JavaScript. */
export function withoutPcre({ pattern, flags }: Expression): Expression {
  const [head, options = ''] = /^\(\?([ims]+)\)/.exec(pattern) ?? [''];
  const every = [...new Set([...flags, ...options])].sort().join('');
  const lines = every.includes('m') ? 'm' : '';
  let inClass = false;
  const text = pattern.slice(head.length).replace(TOKEN, (token, name: string, escaped: string) => {
    if (name !== undefined) return inClass ? (CLASSES[name] ?? token) : token;
    if (inClass) {
      inClass = token !== ']';
      return escaped === 'h' ? ' \\t' : token;
    }
    inClass = token === '[';
    return OUTSIDE[token]?.(lines) ?? token;
  });
  return { pattern: text, flags: every };
}

const OUTSIDE: Readonly<Record<string, (lines: '' | 'm') => string>> = {
  $: (lines) => (lines === 'm' ? '$' : '(?:\\n?$)'),
  '\\A': (lines) => BEGIN[lines],
  '\\z': (lines) => END[lines],
  '\\Z': (lines) => `(?:\\n?${END[lines]})`,
  '\\h': () => '[ \\t]',
};
