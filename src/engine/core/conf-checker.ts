/** The checkers of a real server: keywords read, what is missing inherited, keepalived's defaults. */
import type { IpAddress } from '../../net/address.ts';
import { type Micros, micros, seconds } from '../../time.ts';
import { type Findings, unknownKeyword } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import { hexOf, portOf, readTiming, TIMING_KEYWORDS, type TimingWords } from './conf-lvs-values.ts';
import type { Statement } from './conf-tree.ts';
import { readUrl, type UrlDraft, urlOf } from './conf-url.ts';
import {
  address,
  argumentsOf,
  bool,
  integer,
  interfaceName,
  timer,
  userOf,
  weightOf,
} from './conf-values.ts';
import type { ScriptCommand, ScriptUser } from './config.ts';
import {
  type CheckerConfig,
  type CheckTiming,
  DNS_TYPES,
  type HttpProbe,
  type ProbeConfig,
  type ProbeTarget,
} from './config-check.ts';

/** What a checker takes from around it. */
export interface CheckerAround {
  readonly address: IpAddress;
  readonly port: number;
  /** From the outermost to the innermost. */
  readonly timings: readonly TimingWords[];
  readonly virtualhost: string | undefined;
  readonly logAll: boolean;
  /** The weight of a track_file; undefined: there is none of that name. */
  readonly fileWeight: (name: string) => number | undefined;
}

export const CHECKER_KEYWORDS = [
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
type Kind = (typeof CHECKER_KEYWORDS)[number];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Draft {
  readonly kind: Kind;
  readonly around: CheckerAround;
  readonly at: Token;
  timing: TimingWords;
  logAll: boolean | undefined;
  target: Mutable<ProbeTarget>;
  hosts: ProbeTarget[];
  virtualhost: string | undefined;
  urls: UrlDraft[];
  http: Mutable<Pick<HttpProbe, 'version' | 'fastRecovery' | 'sni' | 'sniName'>>;
  helo: string;
  dns: { type: (typeof DNS_TYPES)[number]; name: string };
  udp: { payload: string | undefined; reply: string | undefined; min: number; max: number };
  argv: readonly string[];
  user: ScriptUser | undefined;
  dynamic: boolean;
  file: { name: Token | undefined; weight: number | undefined };
}

type Reader = (draft: Draft, statement: Statement, findings: Findings) => void;

const TARGET: Readonly<Record<string, Reader>> = {
  connect_ip: ({ target }, statement, findings) => {
    target.address = address(statement, findings) ?? target.address;
  },
  connect_port: ({ target }, { keyword, values }, findings) => {
    if (values.length === 0) findings.error(keyword, 'connect_port takes a port');
    target.port = portOf(values[0], keyword, findings);
  },
  bindto: ({ target }, statement, findings) => {
    target.bindAddress = address(statement, findings);
  },
  bind_if: ({ target }, { keyword, values }, findings) => {
    target.bindInterface = interfaceName(values[0], keyword, findings);
  },
  bind_port: ({ target }, { keyword, values }, findings) => {
    target.bindPort = portOf(values[0], keyword, findings);
  },
  fwmark: ({ target }, statement, findings) => {
    target.mark = integer(statement, 0, 4_294_967_295, findings) ?? 0;
  },
};

const HTTP: Readonly<Record<string, Reader>> = {
  url: (draft, statement, findings) => {
    draft.urls.push(readUrl(statement, findings));
  },
  virtualhost: (draft, { values }) => {
    draft.virtualhost = values[0]?.text;
  },
  http_protocol: ({ http }, { keyword, values }, findings) => {
    const version = (['1.0', '1.0C', '1.1'] as const).find((one) => one === values[0]?.text);
    if (version === undefined)
      findings.error(values[0] ?? keyword, 'http_protocol is 1.0, 1.0C or 1.1');
    else http.version = version;
  },
  fast_recovery: ({ http }, statement, findings) => {
    http.fastRecovery = bool(statement, findings);
  },
};

const OWN: Readonly<Record<Kind, Readonly<Record<string, Reader>>>> = {
  TCP_CHECK: TARGET,
  PING_CHECK: TARGET,
  HTTP_GET: { ...TARGET, ...HTTP },
  SSL_GET: {
    ...TARGET,
    ...HTTP,
    enable_sni: ({ http }, statement, findings) => {
      http.sni = bool(statement, findings);
    },
    sni_name: ({ http }, { values }) => {
      http.sniName = values[0]?.text;
    },
  },
  SMTP_CHECK: {
    ...TARGET,
    helo_name: (draft, { values }) => {
      draft.helo = values[0]?.text ?? draft.helo;
    },
    host: (draft, statement, findings) => {
      draft.hosts.push(hostOf(draft, statement, findings));
    },
  },
  DNS_CHECK: {
    ...TARGET,
    type: ({ dns }, { keyword, values }, findings) => {
      const type = DNS_TYPES.find((one) => one === values[0]?.text.toUpperCase());
      if (type === undefined)
        findings.error(values[0] ?? keyword, `type is one of ${DNS_TYPES.join(', ')}`);
      else dns.type = type;
    },
    name: ({ dns }, { keyword, values }, findings) => {
      const name = values[0]?.text ?? '';
      const fits = name.length <= 253 && name.replace(/\.$/, '').split('.').every(isLabel);
      if (name === '.' || fits) dns.name = name;
      else findings.error(values[0] ?? keyword, 'name is a domain name');
    },
  },
  UDP_CHECK: {
    ...TARGET,
    payload: ({ udp }, { keyword, values }, findings) => {
      udp.payload = hexOf(values, keyword, false, findings);
    },
    require_reply: ({ udp }, { keyword, values }, findings) => {
      udp.reply = values.length === 0 ? '' : hexOf(values, keyword, true, findings);
    },
    min_reply_length: ({ udp }, statement, findings) => {
      udp.min = integer(statement, 0, 65_535, findings) ?? 0;
    },
    max_reply_length: ({ udp }, statement, findings) => {
      udp.max = integer(statement, 0, 65_535, findings) ?? 255;
    },
  },
  MISC_CHECK: {
    misc_path: (draft, { values }) => {
      draft.argv =
        values.length > 1 ? values.map(({ text }) => text) : argumentsOf(values[0]?.text ?? '');
    },
    misc_timeout: ({ timing }, statement, findings) => {
      timing.timeout = timer(statement, 0.001, 86_400, findings);
    },
    misc_dynamic: (draft, statement, findings) => {
      draft.dynamic = bool(statement, findings);
    },
    user: (draft, { values }) => {
      draft.user = userOf(values[0], values[1]);
    },
  },
  FILE_CHECK: {
    track_file: ({ file }, { values }) => {
      file.name = values[0];
    },
    weight: ({ file }, { values }, findings) => {
      const weight = weightOf(values, -2_147_483_647, 2_147_483_647, findings);
      if (weight !== undefined) file.weight = weight.reverse ? -weight.value : weight.value;
    },
    dynamic: (draft, statement, findings) => {
      draft.dynamic = bool(statement, findings);
    },
  },
};

function isLabel(label: string): boolean {
  return /^[\w-]{1,63}$/.test(label);
}

/** undefined: it cannot be used, which has been told. */
export function readChecker(
  statement: Statement,
  around: CheckerAround,
  findings: Findings,
): CheckerConfig | undefined {
  const kind = CHECKER_KEYWORDS.find((one) => one === statement.keyword.text);
  if (kind === undefined) return undefined;
  const draft = newDraft(kind, around, statement.keyword);
  for (const inner of statement.block ?? []) {
    const { keyword } = inner;
    const reader = Object.hasOwn(OWN[kind], keyword.text) ? OWN[kind][keyword.text] : undefined;
    if (reader !== undefined) reader(draft, inner, findings);
    else if (keyword.text === 'log_all_failures') draft.logAll = bool(inner, findings);
    else if (!readTiming(draft.timing, inner, findings))
      unknownKeyword(
        keyword,
        [...Object.keys(OWN[kind]), ...TIMING_KEYWORDS, 'log_all_failures'],
        findings,
      );
  }
  const probe = probeOf(draft, findings);
  if (probe === undefined) return undefined;
  return { timing: timingOf(draft, probe), logAll: draft.logAll ?? around.logAll, probe };
}

function newDraft(kind: Kind, around: CheckerAround, at: Token): Draft {
  return {
    kind,
    around,
    at,
    timing: {},
    logAll: undefined,
    target: {
      address: around.address,
      port: around.port,
      bindAddress: undefined,
      bindInterface: undefined,
      bindPort: 0,
      mark: 0,
    },
    hosts: [],
    virtualhost: around.virtualhost,
    urls: [],
    http: { version: '1.0', fastRecovery: false, sni: false, sniName: undefined },
    helo: 'smtpchecker.keepalived.org',
    dns: { type: 'SOA', name: '.' },
    udp: { payload: undefined, reply: undefined, min: 0, max: 255 },
    argv: [],
    user: undefined,
    dynamic: false,
    file: { name: undefined, weight: undefined },
  };
}

/** SMTP_CHECK's `host { connect_ip … }`. */
function hostOf(draft: Draft, { block }: Statement, findings: Findings): ProbeTarget {
  const host = newDraft('SMTP_CHECK', draft.around, draft.at);
  for (const inner of block ?? []) {
    const { keyword } = inner;
    const reader = Object.hasOwn(TARGET, keyword.text) ? TARGET[keyword.text] : undefined;
    if (reader !== undefined) reader(host, inner, findings);
    else if (!readTiming(draft.timing, inner, findings))
      unknownKeyword(keyword, Object.keys(TARGET), findings);
  }
  return host.target;
}

const DEFAULT_PORTS: Partial<Record<Kind, number>> = {
  HTTP_GET: 80,
  SSL_GET: 443,
  SMTP_CHECK: 25,
  DNS_CHECK: 53,
};

function probeOf(draft: Draft, findings: Findings): ProbeConfig | undefined {
  const { kind, at } = draft;
  if (kind === 'MISC_CHECK') return miscOf(draft, findings);
  if (kind === 'FILE_CHECK') return fileOf(draft, findings);
  const port = DEFAULT_PORTS[kind] ?? 0;
  const whole = (target: ProbeTarget): ProbeTarget =>
    target.port === 0 ? { ...target, port } : target;
  const target = whole(draft.target);
  const needs = draft.hosts.length === 0 && kind !== 'PING_CHECK' && target.port === 0;
  if (needs)
    findings.error(at, `${kind} needs a port: the real server has none`, 'Set connect_port.');
  switch (kind) {
    case 'HTTP_GET':
    case 'SSL_GET': {
      if (draft.urls.length === 0) findings.error(at, `${kind} needs a url { path ... }`);
      const urls = draft.urls.map((url) => urlOf(url, draft.virtualhost));
      return { kind, target, ...draft.http, urls };
    }
    case 'SMTP_CHECK': {
      const targets = draft.hosts.length === 0 ? [target] : draft.hosts.map(whole);
      return { kind, targets, helo: draft.helo };
    }
    case 'DNS_CHECK':
      return { kind, target, ...draft.dns };
    case 'UDP_CHECK': {
      const { payload, reply, min, max } = draft.udp;
      if (min > max) findings.error(at, 'min_reply_length is larger than max_reply_length');
      return { kind, target, payload, reply, minReply: min, maxReply: max };
    }
    default:
      return { kind, target };
  }
}

function miscOf({ argv, user, dynamic, at }: Draft, findings: Findings): ProbeConfig | undefined {
  if ((argv[0] ?? '') === '') {
    findings.error(at, 'MISC_CHECK needs a misc_path');
    return undefined;
  }
  const command: ScriptCommand = { argv, user };
  return { kind: 'MISC_CHECK', command, dynamic };
}

function fileOf({ file, around, dynamic, at }: Draft, findings: Findings): ProbeConfig | undefined {
  const name = file.name?.text ?? '';
  const known = around.fileWeight(name);
  if (known === undefined) {
    findings.error(file.name ?? at, `FILE_CHECK needs a track_file: there is none named "${name}"`);
    return undefined;
  }
  return { kind: 'FILE_CHECK', file: name, weight: file.weight ?? known, dynamic };
}

const DEFAULT_INTERVAL = seconds(60);
const DEFAULT_TIMEOUT = seconds(5);

function timingOf({ kind, around, timing }: Draft, probe: ProbeConfig): CheckTiming {
  const all: TimingWords = Object.assign({}, ...[...around.timings, timing].map(given));
  const interval = all.interval ?? DEFAULT_INTERVAL;
  const urls = probe.kind === 'HTTP_GET' || probe.kind === 'SSL_GET' ? probe : undefined;
  // A script has a time limit of its own, which connect_timeout does not set.
  const limit =
    kind === 'MISC_CHECK' ? (timing.timeout ?? interval) : (all.timeout ?? DEFAULT_TIMEOUT);
  const retry = all.retry ?? (kind === 'DNS_CHECK' ? 3 : kind === 'MISC_CHECK' ? 0 : 1);
  return {
    interval,
    timeout: micros(limit * Math.max(1, urls?.urls.length ?? 1)),
    fall: retry + 1,
    rise: urls === undefined || urls.fastRecovery ? 1 : Math.max(1, urls.urls.length),
    retryDelay: all.retryDelay ?? retryDelayOf(kind, interval),
    warmup: all.warmup ?? interval,
    initial: all.alpha === true ? 'down' : 'up',
  };
}

function retryDelayOf(kind: Kind, interval: Micros): Micros {
  if (kind === 'DNS_CHECK') return interval;
  return kind === 'HTTP_GET' || kind === 'SSL_GET' ? seconds(3) : seconds(1);
}

/** Only what was given: what is wrong must not hide what stands around it. */
function given(words: TimingWords): TimingWords {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}
