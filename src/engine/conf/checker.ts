/** The checkers of a real server as they are written. What they inherit comes later. */

import type { ScriptUser } from '../core/config.ts';
import {
  DNS_TYPES,
  type DnsProbe,
  type HttpProbe,
  type UdpProbe,
  type UrlCheck,
} from '../core/config-check.ts';
import type { TrackFileConfig, TrackWeight } from '../core/config-track.ts';
import { isReachable, newTarget, readTarget, type TargetDraft } from './checker-target.ts';
import { type Findings, unknownKeyword, unsupported } from './findings.ts';
import type { Token } from './lexer.ts';
import {
  hexOf,
  MOST_UNSIGNED,
  MOST_WEIGHT,
  type Place,
  readTiming,
  type TimingWords,
} from './lvs-values.ts';
import type { Statement } from './tree.ts';
import { UNSUPPORTED_SERVER } from './unsupported.ts';
import { readUrl } from './url.ts';
import {
  argumentsOf,
  bool,
  integer,
  readFlag,
  readSeconds,
  readWord,
  required,
  userOf,
  weightOf,
} from './values.ts';

const CHECKER_KEYWORDS = [
  'TCP_CHECK',
  'HTTP_GET',
  'SSL_GET',
  'SMTP_CHECK',
  'DNS_CHECK',
  'MISC_CHECK',
  'PING_CHECK',
  'UDP_CHECK',
  'FILE_CHECK',
] as const;
export type CheckerKind = (typeof CHECKER_KEYWORDS)[number];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface CheckerDraft {
  readonly kind: CheckerKind;
  readonly at: Token;
  readonly timing: TimingWords;
  readonly target: TargetDraft;
  /** SMTP_CHECK's `host { }`. */
  readonly hosts: TargetDraft[];
  readonly urls: UrlCheck[];
  readonly http: Mutable<Pick<HttpProbe, 'version' | 'fastRecovery' | 'sni' | 'sniName'>>;
  readonly dns: Mutable<Pick<DnsProbe, 'type'>> & { name: string | undefined };
  readonly udp: Mutable<Omit<UdpProbe, 'kind' | 'target'>>;
  readonly file: { found: TrackFileConfig | undefined; weight: TrackWeight | undefined };
  logAll: boolean;
  virtualhost: string | undefined;
  helo: string;
  argv: readonly string[];
  user: ScriptUser | undefined;
  dynamic: boolean;
}

/** What a checker needs to know of what stands before it. */
export interface CheckerContext {
  readonly place: Place;
  /** The track_files above this virtual server: keepalived finds no others. */
  readonly files: readonly TrackFileConfig[];
}

type Reader = (
  draft: CheckerDraft,
  statement: Statement,
  findings: Findings,
  context: CheckerContext,
) => void;

const HTTP: Readonly<Record<string, Reader>> = {
  url: (draft, statement, findings) => {
    const url = readUrl(statement, findings);
    if (url !== undefined) draft.urls.push(url);
  },
  virtualhost: (draft, statement, findings) => {
    draft.virtualhost = readWord(statement, findings) ?? draft.virtualhost;
  },
  http_protocol: ({ http }, { keyword, values }, findings) => {
    const word = values[0]?.text === '1.0c' ? '1.0C' : values[0]?.text;
    const version = (['1.0', '1.0C', '1.1'] as const).find((one) => one === word);
    if (version !== undefined) http.version = version;
    else findings.warning(values[0] ?? keyword, 'http_protocol is 1.0, 1.0C or 1.1: ignored');
  },
  fast_recovery: ({ http }, statement, findings) => {
    http.fastRecovery = bool(statement, findings) ?? http.fastRecovery;
  },
  enable_sni: ({ http }, statement, findings) => {
    http.sni = bool(statement, findings) ?? http.sni;
  },
  sni_name: ({ http }, statement, findings) => {
    http.sniName = readWord(statement, findings) ?? http.sniName;
  },
  nb_get_retry: ({ timing }, statement, findings) => {
    findings.warning(statement.keyword, 'nb_get_retry is deprecated: write retry');
    timing.retry = integer(statement, 0, MOST_UNSIGNED, findings) ?? timing.retry;
  },
};

const OWN: Readonly<Record<CheckerKind, Readonly<Record<string, Reader>>>> = {
  TCP_CHECK: {},
  PING_CHECK: {},
  HTTP_GET: HTTP,
  SSL_GET: HTTP,
  SMTP_CHECK: {
    helo_name: (draft, statement, findings) => {
      draft.helo = readWord(statement, findings) ?? draft.helo;
    },
    host: (draft, { keyword, block }, findings, { place }) => {
      const host = newTarget(place);
      for (const inner of block ?? []) readTarget(host, inner, findings);
      if (isReachable(host, keyword, findings)) draft.hosts.push(host);
    },
  },
  DNS_CHECK: {
    type: ({ dns }, statement, findings) => {
      const word = required(statement, findings);
      const type = DNS_TYPES.find((one) => one === word?.text.toUpperCase());
      if (type !== undefined) dns.type = type;
      else if (word !== undefined)
        findings.warning(word, `type is one of ${DNS_TYPES.join(', ')}: ignored`);
    },
    name: ({ dns }, statement, findings) => {
      const word = required(statement, findings);
      if (word === undefined) return;
      if (dns.name !== undefined) findings.warning(word, 'there is a name already: ignored');
      else if (/^\..|^.\.|\.\./.test(word.text))
        // keepalived takes a first part of one letter for an empty one.
        findings.warning(word, 'a domain name has no empty parts: the root is asked for');
      else dns.name = word.text;
    },
  },
  UDP_CHECK: {
    payload: ({ udp }, { keyword, values }, findings) => {
      udp.payload = hexOf(values, false) ?? udp.payload;
      if (hexOf(values, false) === undefined)
        findings.warning(values[0] ?? keyword, 'payload takes bytes as hex digits: ignored');
    },
    require_reply: ({ udp }, { values }, findings) => {
      const [first] = values;
      const reply = hexOf(values, true);
      if (first !== undefined && reply === undefined)
        findings.warning(first, 'the reply is not written in hex digits: any reply will do');
      udp.reply = reply ?? udp.reply ?? '';
    },
    min_reply_length: ({ udp }, statement, findings) => {
      udp.minReply = integer(statement, 0, 65_535, findings, { strict: true }) ?? udp.minReply;
    },
    max_reply_length: ({ udp }, statement, findings) => {
      udp.maxReply = integer(statement, 0, 65_535, findings, { strict: true }) ?? udp.maxReply;
    },
  },
  MISC_CHECK: {
    misc_path: (draft, { keyword, values }, findings) => {
      const [command] = values;
      // keepalived reads one word, as a command line; the next ones are lost.
      draft.argv = command === undefined ? draft.argv : argumentsOf(command);
      if (values[1] !== undefined)
        findings.warning(
          values[1],
          `what stands behind the first word of ${keyword.text} is ignored`,
          'Put the command and its arguments into one pair of quotes.',
        );
    },
    misc_timeout: ({ timing }, statement, findings) => {
      timing.timeout = readSeconds(statement, findings) ?? timing.timeout;
    },
    misc_dynamic: (draft, statement, findings) => {
      draft.dynamic = readFlag(statement, findings);
    },
    user: (draft, { keyword, values }, findings) => {
      draft.user = userOf(values[0], values[1]) ?? draft.user;
      if (values.length === 0) findings.error(keyword, 'user takes a user: ignored');
    },
  },
  FILE_CHECK: {
    track_file: ({ file }, statement, findings, { files }) => {
      const word = required(statement, findings);
      const found = files.find(({ name }) => name === word?.text);
      if (word !== undefined && found === undefined)
        findings.warning(word, `above this there is no track_file "${word.text}": ignored`);
      file.found = found ?? file.found;
    },
    weight: ({ file }, statement, findings) => {
      const [value, option] = statement.values;
      if (value === undefined)
        findings.warning(statement.keyword, 'weight takes a number: ignored');
      else if (option !== undefined && !/^(no)?reverse$/.test(option.text))
        findings.warning(option, 'only reverse stands behind a weight: this line is ignored');
      else {
        const values = option?.text === 'noreverse' ? [value] : statement.values;
        file.weight = weightOf({ ...statement, values }, MOST_WEIGHT, findings) ?? file.weight;
      }
    },
  },
};

/**
 * Whether the statement is a checker; reads it into `drafts`, unless it cannot be used, which is told.
 */
export function readChecker(
  drafts: CheckerDraft[],
  statement: Statement,
  context: CheckerContext,
  findings: Findings,
): boolean {
  const kind = CHECKER_KEYWORDS.find((one) => one === statement.keyword.text);
  if (kind === undefined) return false;
  const draft = newDraft(kind, context.place, statement.keyword);
  for (const inner of statement.block ?? []) readKeyword(draft, inner, context, findings);
  if (isUsable(draft, findings)) drafts.push(draft);
  return true;
}

function readKeyword(
  draft: CheckerDraft,
  inner: Statement,
  context: CheckerContext,
  findings: Findings,
): void {
  const { keyword } = inner;
  const own = OWN[draft.kind];
  const reader = Object.hasOwn(own, keyword.text) ? own[keyword.text] : undefined;
  if (reader !== undefined) reader(draft, inner, findings, context);
  else if (draft.kind === 'FILE_CHECK') unknownKeyword(keyword, Object.keys(own), findings);
  else if (keyword.text === 'log_all_failures')
    draft.logAll = bool(inner, findings) ?? draft.logAll;
  else if (!readTarget(draft.target, inner, findings))
    if (!readTiming(draft.timing, inner, 'checker', findings))
      unsupported(keyword, UNSUPPORTED_SERVER, findings);
}

function newDraft(kind: CheckerKind, place: Place, at: Token): CheckerDraft {
  return {
    kind,
    at,
    timing: {},
    target: newTarget(kind === 'SMTP_CHECK' ? {} : place),
    hosts: [],
    urls: [],
    http: { version: '1.0', fastRecovery: false, sni: false, sniName: undefined },
    dns: { type: 'SOA', name: undefined },
    udp: { payload: undefined, reply: undefined, minReply: 0, maxReply: 255 },
    file: { found: undefined, weight: undefined },
    logAll: false,
    virtualhost: undefined,
    helo: 'smtpchecker.keepalived.org',
    argv: [],
    user: undefined,
    dynamic: false,
  };
}

function isUsable(draft: CheckerDraft, findings: Findings): boolean {
  const { kind, at, urls, argv, file, udp } = draft;
  const missing =
    (kind === 'HTTP_GET' || kind === 'SSL_GET') && urls.length === 0
      ? 'a url { path ... }'
      : kind === 'MISC_CHECK' && argv.length === 0
        ? 'a misc_path'
        : kind === 'FILE_CHECK' && file.found === undefined
          ? 'a track_file'
          : undefined;
  if (missing !== undefined) {
    findings.warning(at, `${kind} needs ${missing}: it is ignored`);
    return false;
  }
  if (udp.minReply > udp.maxReply)
    findings.warning(at, 'min_reply_length is larger than max_reply_length: the check fails');
  return isReachable(draft.target, at, findings);
}
