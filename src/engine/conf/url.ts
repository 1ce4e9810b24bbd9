/** `url { }` of HTTP_GET and SSL_GET. */
import { withoutPcre } from '../../pcre.ts';
import type { RegexCheck, UrlCheck } from '../core/config-check.ts';
import { type Findings, unsupported } from './findings.ts';
import type { Token } from './lexer.ts';
import type { Statement } from './tree.ts';
import { readWord, required } from './values.ts';

interface UrlDraft {
  path: string | undefined;
  host: string | undefined;
  digest: string | undefined;
  readonly status: { readonly low: number; readonly high: number }[];
  pattern: Token | undefined;
  negate: boolean;
  flags: string;
  minOffset: number;
  maxOffset: number | undefined;
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  regex_stack: 'the expression runs in a bounded time and needs no stack of its own',
  tls_compliant: 'a TLS connection is closed as the protocol says in any case',
};

/** PCRE's options that JavaScript has. */
const FLAGS: Readonly<Record<string, string>> = {
  caseless: 'i',
  dotall: 's',
  multiline: 'm',
  utf: 'u',
};
/** They change nothing here: what they say already holds, or only speed is at stake. */
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

/** Undefined: it has no path, and is ignored. */
export function readUrl({ keyword, block }: Statement, findings: Findings): UrlCheck | undefined {
  const draft: UrlDraft = {
    path: undefined,
    host: undefined,
    digest: undefined,
    status: [],
    pattern: undefined,
    negate: false,
    flags: '',
    minOffset: 0,
    maxOffset: undefined,
  };
  for (const inner of block ?? []) readKeyword(draft, inner, findings);
  const { path, host, digest, status } = draft;
  if (path === undefined) {
    findings.warning(keyword, 'this url has no path: it is ignored', 'Add path /.');
    return undefined;
  }
  return {
    path,
    host,
    digest,
    status: status.length === 0 ? [{ low: 200, high: 299 }] : status,
    regex: regexOf(draft, findings),
  };
}

function readKeyword(draft: UrlDraft, inner: Statement, findings: Findings): void {
  const { keyword, values } = inner;
  switch (keyword.text) {
    case 'path':
      if (required(inner, findings) !== undefined)
        draft.path = readWord(inner, findings) ?? draft.path;
      return;
    case 'virtualhost':
      draft.host = readWord(inner, findings) ?? draft.host;
      return;
    case 'digest':
      readDigest(draft, inner, findings);
      return;
    case 'status_code':
      for (const one of values) readStatus(draft, one, findings);
      return;
    case 'regex':
      if (values.length === 1) draft.pattern = values[0];
      else findings.warning(keyword, 'regex takes one expression: ignored', 'Put it into quotes.');
      return;
    case 'regex_no_match':
      draft.negate = true;
      return;
    case 'regex_options':
      for (const one of values) readFlag(draft, one, findings);
      return;
    case 'regex_min_offset':
      draft.minOffset = offsetOf(inner, findings);
      return;
    case 'regex_max_offset':
      draft.maxOffset = offsetOf(inner, findings);
      return;
    default:
      unsupported(keyword, UNSUPPORTED, findings);
  }
}

function readDigest(draft: UrlDraft, inner: Statement, findings: Findings): void {
  const value = required(inner, findings);
  if (value === undefined) return;
  if (draft.digest !== undefined) findings.warning(value, 'this url has a digest already: ignored');
  else if (/^[0-9a-f]{32}$/i.test(value.text)) draft.digest = value.text.toLowerCase();
  else findings.warning(value, 'digest is an MD5 sum of 32 hex digits: ignored');
}

function readStatus({ status }: UrlDraft, token: Token, findings: Findings): void {
  const [, low, high] = /^\+?(\d+)(?:-\+?(\d+))?$/.exec(token.text) ?? [];
  const range = { low: Number(low), high: Number(high ?? low) };
  if (range.low >= 100 && range.high <= 599 && range.low <= range.high) status.push(range);
  else findings.warning(token, 'status_code takes codes from 100 to 599 or ranges such as 200-299');
}

function readFlag(draft: UrlDraft, token: Token, findings: Findings): void {
  const flag = Object.hasOwn(FLAGS, token.text) ? FLAGS[token.text] : undefined;
  if (flag !== undefined) {
    if (!draft.flags.includes(flag)) draft.flags = [...draft.flags, flag].sort().join('');
  } else if (!HARMLESS.includes(token.text))
    findings.warning(token, `the option "${token.text}" is not supported and ignored`);
}

/** What is no number counts as 0, in keepalived. */
function offsetOf({ keyword, values }: Statement, findings: Findings): number {
  const [value] = values;
  if (values.length === 1 && /^\s*[+-]?\d+$/.test(value?.text ?? '')) {
    const number = Number(value?.text);
    // A negative one is as large as can be there.
    return number < 0 ? Number.MAX_SAFE_INTEGER : Math.min(number, Number.MAX_SAFE_INTEGER);
  }
  findings.warning(value ?? keyword, `${keyword.text} takes one number: 0 is taken`);
  return 0;
}

function regexOf(draft: UrlDraft, findings: Findings): RegexCheck | undefined {
  const { pattern, negate, flags } = draft;
  if (pattern === undefined) return undefined;
  checkRegex(pattern, flags, findings);
  const { minOffset, maxOffset } = draft;
  const rest = { pattern: pattern.text, negate, flags };
  if (maxOffset === undefined || minOffset <= maxOffset) return { ...rest, minOffset, maxOffset };
  findings.warning(pattern, 'regex_min_offset is larger than regex_max_offset: both are ignored');
  return { ...rest, minOffset: 0, maxOffset: undefined };
}

/** What nothing here can read is found now, not at the first check. */
function checkRegex(pattern: Token, flags: string, findings: Findings): void {
  try {
    const plain = withoutPcre({ pattern: pattern.text, flags });
    new RegExp(plain.pattern, plain.flags);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    findings.warning(pattern, `the check fails, because its expression cannot be run: ${why}`);
  }
}
