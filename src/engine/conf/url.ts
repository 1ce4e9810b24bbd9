/** `url { }` of HTTP_GET and SSL_GET. */

import { withoutPcre } from '../../pcre.ts';
import type { RegexCheck, UrlCheck } from '../core/config-checker.ts';
import type { Token } from '../text/findings.ts';
import type { Statement } from '../text/tree.ts';
import { FLAG, WORD } from './codec.ts';
import { type Codec, field, lost, type Rows, readRows, rowOf, through } from './keyword.ts';

type UrlDraft = ReturnType<typeof newDraft>;

/** PCRE's options that JavaScript has. */
const FLAGS: Readonly<Record<string, string>> = {
  caseless: 'i',
  multiline: 'm',
  dotall: 's',
  utf: 'u',
};
/** Options without effect: they already hold, or only change the speed. */
const HARMLESS = [
  'no_start_optimize',
  'no_auto_possess',
  'no_dotstar_anchor',
  'never_backslash_c',
  'never_ucp',
  'never_utf',
  'dollar_endonly',
  'auto_callout',
  'alt_verbnames',
  'use_offset_limit',
];

const DIGEST: Codec<string> = {
  shape: 'value',
  type: '32 hex digits',
  read: ({ values: [value] }, before) => {
    if (value === undefined) return undefined;
    if (before !== undefined) value.warning('this url has a digest already: ignored');
    else if (/^[0-9a-f]{32}$/i.test(value.text)) return value.text.toLowerCase();
    else value.warning('digest is an MD5 sum of 32 hex digits: ignored');
    return undefined;
  },
  print: String,
};

/** A number. keepalived reads invalid text as 0, and a negative number as the largest one. */
const OFFSET: Codec<number> = {
  shape: 'words',
  type: 'whole number',
  read: ({ keyword, values }) => {
    const [value] = values;
    if (values.length === 1 && /^\s*[+-]?\d+$/.test(value?.text ?? '')) {
      const number = Number(value?.text);
      return number < 0 ? Number.MAX_SAFE_INTEGER : Math.min(number, Number.MAX_SAFE_INTEGER);
    }
    (value ?? keyword).warning(`${keyword.text} takes one number: 0 is taken`);
    return 0;
  },
  print: String,
};

const OPTIONS: Codec<string> = {
  shape: 'words',
  type: `${Object.keys(FLAGS).join(', ')} and options that change nothing here`,
  read: ({ values }, before = '') => {
    const flags = new Set(before);
    for (const token of values) {
      const flag = rowOf(FLAGS, token.text);
      if (flag !== undefined) flags.add(flag);
      else if (!HARMLESS.includes(token.text))
        token.warning(`the option "${token.text}" is not supported and ignored`);
    }
    return [...flags].sort().join('');
  },
  print: (flags) => {
    const names = Object.entries(FLAGS).filter(([, flag]) => flags.includes(flag));
    return names.map(([name]) => name).join(' ');
  },
};

const STATUS: Codec<UrlCheck['status']> = {
  shape: 'words',
  type: 'codes 100..599 and ranges such as 200-299',
  read: ({ values }, before = []) => [...before, ...values.flatMap((one) => statusOf(one) ?? [])],
  print: (status) =>
    status.map(({ low, high }) => (low === high ? `${low}` : `${low}-${high}`)).join(' '),
};

// biome-ignore format: a table, one keyword a line
const REGEX: Rows<UrlDraft, RegexCheck> = {
  regex: {
    shape: 'script',
    type: 'an expression in quotes (PCRE)',
    since: '2.0.7',
    doc: 'The expression that the body must match.',
    read: (draft, { keyword, values }) => {
      if (values.length === 1) draft.pattern = values[0];
      else keyword.warning('regex takes one expression: ignored', 'Put it into quotes.');
    },
    print: ({ pattern }, keyword) => [`${keyword} ${quoteExpression(pattern)}`],
  },
  regex_no_match: field('negate', FLAG, 'The body must not contain it.', { default: false, since: '2.0.7' }),
  regex_options: field('flags', OPTIONS, "PCRE's options of the expression.", { default: '', unset: '', since: '2.0.7' }),
  regex_min_offset: field('minOffset', OFFSET, 'The lowest offset of a match.', { default: 0, always: true, since: '2.0.7' }),
  regex_max_offset: field('maxOffset', OFFSET, 'The highest offset of a match.', { since: '2.0.7' }),
  regex_stack: {
    shape: 'words',
    doc: '',
    lost: 'the expression runs in a bounded time and needs no stack of its own',
  },
};

export const URL_ROWS: Rows<UrlDraft, UrlCheck> = {
  path: field('path', { ...WORD, shape: 'value' }, 'The requested path.'),
  virtualhost: field('host', WORD, 'The Host header.', { unset: 'that of the checker' }),
  digest: field('digest', DIGEST, 'The MD5 sum of the body.'),
  status_code: field('status', STATUS, 'The status codes that are right.', { unset: '200-299' }),
  ...through(
    (url) => url,
    ({ regex }) => regex,
    REGEX,
  ),
  ...lost('a TLS connection is closed as the protocol says in any case', 'tls_compliant'),
};

function newDraft() {
  return {
    ...({} as { path?: string; host?: string; digest?: string }),
    status: [] as UrlCheck['status'],
    pattern: undefined as Token | undefined,
    negate: false,
    flags: '',
    minOffset: 0,
    maxOffset: undefined as number | undefined,
  };
}

/** Undefined: it has no path, and is ignored. */
export function readUrl({ keyword, block }: Statement): UrlCheck | undefined {
  const draft = newDraft();
  const { path, host, digest, status } = readRows(URL_ROWS, draft, block, undefined);
  if (path === undefined)
    return keyword.warning('this url has no path: it is ignored', 'Add path /.');
  return {
    path,
    host,
    digest,
    status: status.length === 0 ? [{ low: 200, high: 299 }] : status,
    regex: regexOf(draft),
  };
}

/** A word with escapes; each special character is printed as an octal escape. */
function quoteExpression(text: string): string {
  const code = (sign: string) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return `"${text.replaceAll(/[\\"$]/g, code)}"`;
}

function statusOf(token: Token): UrlCheck['status'][number] | undefined {
  const [, low, high] = /^\+?(\d+)(?:-\+?(\d+))?$/.exec(token.text) ?? [];
  const range = { low: Number(low), high: Number(high ?? low) };
  if (range.low >= 100 && range.high <= 599 && range.low <= range.high) return range;
  return token.warning('status_code takes codes from 100 to 599 or ranges such as 200-299');
}

function regexOf(draft: UrlDraft): RegexCheck | undefined {
  const { pattern, negate, flags } = draft;
  if (pattern === undefined) return undefined;
  checkRegex(pattern, flags);
  const { minOffset, maxOffset } = draft;
  const rest = { pattern: pattern.text, negate, flags };
  if (maxOffset === undefined || minOffset <= maxOffset) return { ...rest, minOffset, maxOffset };
  pattern.warning('regex_min_offset is larger than regex_max_offset: both are ignored');
  return { ...rest, minOffset: 0, maxOffset: undefined };
}

/** An unsupported expression is reported now, not at the first check. */
function checkRegex(pattern: Token, flags: string): void {
  try {
    const plain = withoutPcre({ pattern: pattern.text, flags });
    new RegExp(plain.pattern, plain.flags);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    pattern.warning(`the check fails, because its expression cannot be run: ${why}`);
  }
}
