/** The checkers of a real server as written. Inheritance is resolved later. */

import { type Micros, micros } from '../../time.ts';
import {
  type CheckerConfig,
  DNS_TYPES,
  type DnsProbe,
  type FileProbe,
  type HttpProbe,
  type MiscProbe,
  type ProbeConfig,
  type SmtpProbe,
  type UdpProbe,
} from '../core/config-checker.ts';
import type { TrackWeight } from '../core/config-track.ts';
import { unknownKeyword } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import { LONGEST_SECONDS, weightOf } from '../text/values.ts';
import {
  CHECKER_KEYWORDS,
  type CheckerContext,
  type CheckerDraft,
  type CheckerKind,
  isReachable,
  isUsable,
  newDraft,
  newTarget,
  TARGET,
  TARGET_TIMEOUT,
  type TargetDraft,
} from './checker-draft.ts';
import {
  ARGV,
  BARE_ON,
  FLAG_REPORTED,
  ON_OFF,
  oneOf,
  printWeight,
  user,
  WHOLE_SECONDS,
  WORD,
  whole,
} from './codec.ts';
import {
  block,
  type Codec,
  field,
  fieldOf,
  input,
  lost,
  mapRows,
  printRows,
  type Row,
  type Rows,
  readRows,
  through,
} from './keyword.ts';
import { hexOf, MOST_UNSIGNED, MOST_WEIGHT, type TimingDraft, timing } from './lvs-values.ts';
import { readUrl, URL_ROWS } from './url.ts';

type Table<P extends ProbeConfig = ProbeConfig> = Rows<
  CheckerDraft,
  CheckerConfig & { readonly probe: P },
  CheckerContext
>;

/** Where a check goes. */
const target: Table<Extract<ProbeConfig, { readonly target: unknown }>> = through(
  (draft) => draft.target,
  ({ probe }) => probe.target,
  TARGET,
);

// biome-ignore format: a table, one keyword a line
const HTTP: Table<HttpProbe> = {
  ...target,
  ...through((draft: CheckerDraft) => draft.http, ({ probe }: { readonly probe: HttpProbe }) => probe, {
    http_protocol: field('version', { ...oneOf(['1.0', '1.0C', '1.1'], 'http_protocol is 1.0, 1.0C or 1.1: ignored', { reading: (word) => (word === '1.0c' ? '1.0C' : word) }), shape: 'words' }, 'The version of HTTP; 1.0C asks for the connection to be closed.', { default: '1.0', always: true, since: '2.0.17' }),
    fast_recovery: field('fastRecovery', ON_OFF, 'One success of all urls brings the server up, instead of one for each url.', { default: false, always: true, since: '2.0.17' }),
    enable_sni: field('sni', BARE_ON, 'Sends the name of the host in the TLS handshake.', { default: false }),
    sni_name: field('sniName', WORD, 'The name in the TLS handshake.', { unset: "the url's virtualhost" }),
  } satisfies Rows<CheckerDraft['http'], HttpProbe>),
  url: {
    shape: URL_ROWS,
    doc: 'The requested page; several are requested in sequence.',
    read: ({ urls }, statement) => {
      const url = readUrl(statement);
      if (url !== undefined) urls.push(url);
    },
    print: ({ probe }, keyword) => probe.urls.flatMap((url) => block(keyword, printRows(URL_ROWS, url))),
  },
  virtualhost: input('virtualhost', WORD, 'The Host header of urls without one.', { unset: 'that of the real server, or of the virtual server' }),
  nb_get_retry: {
    shape: 'value',
    type: 'whole number',
    doc: 'An older spelling of `retry`.',
    read: ({ timing: times }, statement) => {
      statement.keyword.warning('nb_get_retry is deprecated: write retry');
      times.retry = whole(0, MOST_UNSIGNED).read(statement) ?? times.retry;
    },
  },
  ...lost('a TLS connection is closed as the protocol says in any case', 'tls_compliant', { voice: 'silent' }),
};

const HOST: Rows<TargetDraft, never> = { ...TARGET, ...TARGET_TIMEOUT };

// biome-ignore format: a table, one keyword a line
const SMTP: Table<SmtpProbe> = {
  ...through((draft: CheckerDraft) => draft, ({ probe }: { readonly probe: SmtpProbe }) => probe, {
    helo_name: field('helo', WORD, 'The name in HELO.', { always: true, default: 'smtpchecker.keepalived.org' }),
  } satisfies Rows<CheckerDraft, SmtpProbe>),
  ...target,
  host: {
    shape: HOST,
    doc: 'A mail server in addition to that of the checker.',
    read: (draft, { keyword, block: rows }, { place }) => {
      const host = readRows(HOST, newTarget(place), rows, undefined);
      if (isReachable(host, keyword)) draft.hosts.push(host);
    },
  },
};

const DNS_NAME: Codec<string> = {
  shape: 'value',
  type: 'a domain name',
  read: ({ values: [word] }, before) => {
    if (word === undefined) return undefined;
    if (before !== undefined) word.warning('there is a name already: ignored');
    else if (/^\..|^.\.|\.\./.test(word.text))
      // keepalived reads a first part of one letter as empty.
      word.warning('a domain name has no empty parts: the root is asked for');
    else return word.text;
    return undefined;
  },
  print: quoteWord,
};

// biome-ignore format: a table, one keyword a line
const DNS: Table<DnsProbe> = {
  ...target,
  ...through((draft: CheckerDraft) => draft.dns, ({ probe }: { readonly probe: DnsProbe }) => probe, {
    type: field('type', oneOf(DNS_TYPES, `type is one of ${DNS_TYPES.join(', ')}: ignored`, { reading: (word) => word.toUpperCase() }), 'The type of the requested record.', { always: true, default: 'SOA' }),
    name: field('name', DNS_NAME, 'The name that is asked for.', { always: true, unset: '.' }),
  } satisfies Rows<CheckerDraft['dns'], DnsProbe>),
};

const PAYLOAD: Codec<string> = {
  shape: 'words',
  type: 'bytes as hex digits',
  read: ({ keyword, values }) =>
    hexOf(values, false) ??
    (values[0] ?? keyword).warning('payload takes bytes as hex digits: ignored'),
  print: String,
};
const REPLY: Codec<string> = {
  ...PAYLOAD,
  type: '[bytes as hex digits, x for any]',
  read: ({ values }, before = '') => {
    const reply = hexOf(values, true);
    if (reply === undefined)
      values[0]?.warning('the reply is not written in hex digits: any reply will do');
    return reply ?? before;
  },
};
const UDP_LENGTH = whole(0, 65_535, 'strict');

// biome-ignore format: a table, one keyword a line
const UDP: Table<UdpProbe> = {
  ...target,
  ...through((draft: CheckerDraft) => draft.udp, ({ probe }: { readonly probe: UdpProbe }) => probe, {
    payload: field('payload', PAYLOAD, 'The data to send.', { unset: 'random bytes', since: '2.2.0' }),
    require_reply: field('reply', REPLY, 'The expected reply.', { unset: 'no reply is needed', since: '2.1.0' }),
    min_reply_length: field('minReply', UDP_LENGTH, 'The shortest reply that counts.', { default: 0, always: true, since: '2.2.0' }),
    max_reply_length: field('maxReply', UDP_LENGTH, 'The longest reply that counts.', { default: 255, always: true, since: '2.2.0' }),
  } satisfies Rows<CheckerDraft['udp'], UdpProbe>),
};

/** keepalived reads one word as a command line and drops the next ones. */
const MISC_PATH: Codec<readonly string[]> = {
  ...ARGV,
  read: (statement) => {
    const { keyword, values } = statement;
    values[1]?.warning(
      `what stands behind the first word of ${keyword.text} is ignored`,
      'Put the command and its arguments into one pair of quotes.',
    );
    return values.length === 0 ? undefined : ARGV.read(statement);
  },
};

// biome-ignore format: a table, one keyword a line
const MISC: Table<MiscProbe> = {
  misc_path: fieldOf('argv', ({ probe }) => probe.command.argv, MISC_PATH, 'The script; exit code 0 is success.'),
  user: fieldOf('user', ({ probe }) => probe.command.user, user('user takes a user: ignored'), 'The user that runs it.', { unset: 'script_user' }),
  misc_dynamic: fieldOf('dynamic', ({ probe }) => probe.dynamic, FLAG_REPORTED, 'Exit code n of 2..255 makes the weight n - 2.', { default: false }),
};

/** Any other limit is that of the virtual server's `delay_loop`. */
export function isMiscTimeout(timeout: Micros): boolean {
  return timeout > 0 && timeout % 1_000_000 === 0 && timeout <= LONGEST_SECONDS * 1_000_000;
}

const MISC_TIMEOUT: Table = through(
  ({ timing: own }: CheckerDraft) => own,
  ({ timing: written }: CheckerConfig) => (isMiscTimeout(written.timeout) ? written : undefined),
  {
    misc_timeout: field('timeout', WHOLE_SECONDS, 'How long the script may take.', {
      unset: 'delay_loop of the virtual server',
    }),
  },
);

const FILE_WEIGHT: Codec<TrackWeight> = {
  shape: 'words',
  type: 'NUMBER [reverse|noreverse]',
  read: (statement) => {
    const [value, option] = statement.values;
    if (value === undefined) return statement.keyword.warning('weight takes a number: ignored');
    if (option !== undefined && !/^(no)?reverse$/.test(option.text))
      return option.warning('only reverse stands behind a weight: this line is ignored');
    const values = option?.text === 'noreverse' ? [value] : statement.values;
    return weightOf({ ...statement, values }, MOST_WEIGHT);
  },
  print: printWeight,
};
const FILE_DEFAULT = { unset: 'that of the track_file', always: true } as const;

const FILE: Table<FileProbe> = {
  track_file: {
    shape: 'value',
    type: 'the name of a track_file above',
    doc: 'The file whose number changes the weight of the server.',
    read: ({ file }, { values: [word] }, { files }) => {
      const found = files.find(({ name }) => name === word?.text);
      if (word !== undefined && found === undefined)
        word.warning(`above this there is no track_file "${word.text}": ignored`);
      file.found = found ?? file.found;
    },
    print: ({ probe }, keyword) => [`${keyword} ${quoteWord(probe.file)}`],
  },
  ...through(
    ({ file }: CheckerDraft) => file,
    ({ probe }: { readonly probe: FileProbe }) => probe,
    { weight: field('weight', FILE_WEIGHT, 'What the number is multiplied by.', FILE_DEFAULT) },
  ),
};

const { delay_loop, ...TIMES } = timing('checker');
const DELAY_LOOP = { delay_loop };

// biome-ignore format: a table, one keyword a line
const LOG_ALL: Table = {
  log_all_failures: field('logAll', ON_OFF, 'Logs every failure of the check.', { unset: 'checker_log_all_failures', since: '2.0.11' }),
};

const CONNECT: Table = through(
  ({ target: its }: CheckerDraft) => its,
  ({ timing: { timeout }, probe }: CheckerConfig) => {
    const urls = 'urls' in probe ? probe.urls.length : 1;
    return { timeout: micros(timeout / Math.max(1, urls)) };
  },
  TARGET_TIMEOUT,
);

/** Times of a check over the network. */
const NETWORK: Table = {
  ...inTiming(DELAY_LOOP),
  ...CONNECT,
  ...inTiming(TIMES),
  ...LOG_ALL,
};

function inTiming(rows: Rows<TimingDraft, TimingDraft>): Table {
  const written = ({ timing: { interval, fall, retryDelay, warmup, initial } }: CheckerConfig) => ({
    interval,
    retry: fall - 1,
    retryDelay,
    warmup,
    alpha: initial === 'down',
  });
  return through(({ timing: own }: CheckerDraft) => own, written, rows);
}

/** keepalived accepts these keywords in every checker, and reports them in this one. */
const NOT_OF_FILES: Table<FileProbe> = mapRows(
  { ...inTiming(DELAY_LOOP), ...inTiming(TIMES), ...LOG_ALL, ...lost('', 'dynamic') },
  ({ shape }) =>
    ({
      shape,
      doc: '',
      lost: 'a file is looked at when it changes',
      voice: 'silent',
      read: (_, { keyword }) => unknownKeyword(keyword, Object.keys(FILE)),
    }) as const,
);

const CHECKERS: Readonly<
  Record<CheckerKind, readonly [string, Rows<CheckerDraft, never, CheckerContext>, string?]>
> = {
  TCP_CHECK: ['Connects over TCP.', { ...target, ...NETWORK }],
  HTTP_GET: ['Asks over HTTP.', { ...HTTP, ...NETWORK }],
  SSL_GET: ['Asks over HTTPS.', { ...HTTP, ...NETWORK }],
  SMTP_CHECK: ['Greets a mail server.', { ...SMTP, ...NETWORK }],
  DNS_CHECK: ['Asks a name server over UDP.', { ...DNS, ...NETWORK }],
  MISC_CHECK: [
    'Runs a script.',
    { ...MISC, ...inTiming(DELAY_LOOP), ...MISC_TIMEOUT, ...inTiming(TIMES), ...LOG_ALL },
  ],
  PING_CHECK: ['Sends ICMP echo requests.', { ...target, ...NETWORK }, '2.1.0'],
  UDP_CHECK: ['Sends a datagram.', { ...UDP, ...NETWORK }, '2.1.0'],
  FILE_CHECK: ['Takes the weight from a track_file.', { ...FILE, ...NOT_OF_FILES }, '2.1.0'],
};

function printChecker(checker: CheckerConfig): string[] {
  const { kind } = checker.probe;
  // The table of a kind prints probes of that kind.
  return block(kind, printRows(CHECKERS[kind][1], checker as never));
}

interface Server {
  readonly checkers: CheckerDraft[];
}
interface Checked {
  readonly checkers: readonly CheckerConfig[];
}

/** Rows of a real server: its checkers, of which the first prints all, so that their order is kept. */
export const CHECKS: Rows<Server, Checked, CheckerContext> = {
  ...Object.fromEntries(
    CHECKER_KEYWORDS.map((kind, i): [string, Row<Server, Checked, CheckerContext>] => {
      const [doc, rows, since] = CHECKERS[kind];
      const read: Row<Server, Checked, CheckerContext>['read'] = (server, statement, context) => {
        const draft = newDraft(kind, context.place, statement.keyword);
        readRows(rows, draft, statement.block, context);
        if (isUsable(draft)) server.checkers.push(draft);
      };
      const print = ({ checkers }: Checked) => checkers.flatMap(printChecker);
      return [kind, { shape: rows, doc, since, read, ...(i === 0 ? { print } : {}) }];
    }),
  ),
  ...lost('halabd has no BFD', 'BFD_CHECK', { shape: lost('', 'name alpha', { voice: 'silent' }) }),
};
