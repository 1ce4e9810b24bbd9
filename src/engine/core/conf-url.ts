/** `url { }` of HTTP_GET and SSL_GET. */
import { withoutPcre } from '../../pcre.ts';
import { type Findings, unknownKeyword, unsupported } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import type { Statement } from './conf-tree.ts';
import { integer } from './conf-values.ts';
import type { UrlCheck } from './config-check.ts';

export interface UrlDraft {
  path: string;
  host: string | undefined;
  digest: string | undefined;
  status: { readonly low: number; readonly high: number }[];
  pattern: Token | undefined;
  negate: boolean;
  flags: string;
  minOffset: number;
  maxOffset: number | undefined;
}

const KEYWORDS = [
  'path',
  'digest',
  'status_code',
  'virtualhost',
  'regex',
  'regex_no_match',
  'regex_options',
  'regex_min_offset',
  'regex_max_offset',
];

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
  'dollar_endonly',
];

export function readUrl({ keyword: at, block }: Statement, findings: Findings): UrlDraft {
  const draft: UrlDraft = {
    path: '/',
    host: undefined,
    digest: undefined,
    status: [],
    pattern: undefined,
    negate: false,
    flags: '',
    minOffset: 0,
    maxOffset: undefined,
  };
  if (block === undefined) findings.error(at, 'url needs a block: url { path / }');
  for (const inner of block ?? []) readKeyword(draft, inner, findings);
  checkRegex(draft, findings);
  return draft;
}

/** The host of the checker, the real server or the virtual server, if the url has none. */
export function urlOf(draft: UrlDraft, virtualhost: string | undefined): UrlCheck {
  const { path, host, digest, status, pattern, negate, flags, minOffset, maxOffset } = draft;
  return {
    path,
    host: host ?? virtualhost,
    digest,
    status: status.length === 0 ? [{ low: 200, high: 299 }] : status,
    regex:
      pattern === undefined
        ? undefined
        : { pattern: pattern.text, negate, flags, minOffset, maxOffset },
  };
}

function readKeyword(draft: UrlDraft, inner: Statement, findings: Findings): void {
  const { keyword, values } = inner;
  const text = values[0]?.text ?? '';
  switch (keyword.text) {
    case 'path':
      // A blank or a line break would let the value write headers of its own.
      if (/^\/[\x21-\x7e]*$/.test(text)) draft.path = text;
      else findings.error(values[0] ?? keyword, 'path begins with / and has no blanks');
      return;
    case 'virtualhost':
      if (/^[\x21-\x7e]{1,255}$/.test(text)) draft.host = text;
      else findings.error(values[0] ?? keyword, 'virtualhost is the name of a host');
      return;
    case 'digest':
      if (/^[0-9a-f]{32}$/i.test(text)) draft.digest = text.toLowerCase();
      else findings.error(values[0] ?? keyword, 'digest is an MD5 sum: 32 hex digits');
      return;
    case 'status_code':
      for (const one of values) readStatus(draft, one, findings);
      if (values.length === 0) findings.error(keyword, 'status_code takes codes or ranges');
      return;
    case 'regex':
      draft.pattern = values[0];
      if (text === '') findings.error(keyword, 'regex takes an expression');
      return;
    case 'regex_no_match':
      draft.negate = true;
      return;
    case 'regex_options':
      for (const one of values.flatMap((value) =>
        value.text.split(/\s+/).map((word) => ({ ...value, text: word })),
      ))
        readFlag(draft, one, findings);
      return;
    case 'regex_min_offset':
      draft.minOffset = integer(inner, 0, 1_048_576, findings) ?? 0;
      return;
    case 'regex_max_offset':
      draft.maxOffset = integer(inner, 0, 1_048_576, findings);
      return;
    default:
      if (!unsupported(keyword, UNSUPPORTED, findings)) unknownKeyword(keyword, KEYWORDS, findings);
  }
}

function readStatus(draft: UrlDraft, token: Token, findings: Findings): void {
  const [, low, high] = /^(\d{3})(?:-(\d{3}))?$/.exec(token.text) ?? [];
  const range = { low: Number(low), high: Number(high ?? low) };
  if (low !== undefined && range.low >= 100 && range.high >= range.low) draft.status.push(range);
  else findings.error(token, 'status_code takes codes of three digits or ranges such as 200-299');
}

function readFlag(draft: UrlDraft, token: Token, findings: Findings): void {
  const flag = Object.hasOwn(FLAGS, token.text) ? FLAGS[token.text] : undefined;
  if (flag !== undefined) {
    if (!draft.flags.includes(flag)) draft.flags = [...draft.flags, flag].sort().join('');
  } else if (!HARMLESS.includes(token.text))
    findings.warning(token, `"${token.text}" is not supported and ignored: it is PCRE's own`);
}

/** What nothing here can read is found now, not at the first check. */
function checkRegex({ pattern, flags }: UrlDraft, findings: Findings): void {
  if (pattern === undefined) return;
  try {
    const plain = withoutPcre({ pattern: pattern.text, flags });
    new RegExp(plain.pattern, plain.flags);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    findings.error(pattern, `regex: ${why}`);
  }
}
