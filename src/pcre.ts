/**
 * keepalived reads expressions with PCRE2; RE2 and JavaScript read other dialects. This writes what people use of
 * PCRE's own (pcre2pattern(3)) in the words that all of them have; what is left (atomic groups, possessive
 * repetition, options inside an expression) is refused by whoever compiles it.
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

/** Where a text ends, and where it does or its last line break begins; where every line ends at `$`, the text's own. */
const END = { '': '$', m: '(?![\\s\\S])' } as const;
const BEGIN = { '': '^', m: '(?<![\\s\\S])' } as const;

/** Options that stand first, a part of a class, an escape, or what else one character is. */
const TOKEN = /\[:(\w+):\]|\\([\s\S])|[\s\S]/gu;

/** The same expression, as RE2 and JavaScript read it. */
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
