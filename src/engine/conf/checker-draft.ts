/** A checker as it is written, before it inherits anything, and where it connects to. */

import { family, type IpAddress, isLinkLocal } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { DnsProbe, HttpProbe, ProbeTarget, UrlCheck } from '../core/config-checker.ts';
import type { ScriptUser } from '../core/config-script.ts';
import type { TrackFileConfig, TrackWeight } from '../core/config-track.ts';
import type { Token } from '../text/findings.ts';
import { address } from '../text/values.ts';
import { DEVICE, whole } from './codec.ts';
import { field, input, optional, type Row, type Rows } from './keyword.ts';
import { CONNECT_TIMEOUT, MOST_UNSIGNED, type Place, type TimingDraft } from './lvs-values.ts';

const IP_ROW = { shape: 'value', type: 'an IP address' } as const;

export type TargetDraft = ReturnType<typeof newTarget>;

export function newTarget({ address, port = 0 }: Partial<Place>) {
  return {
    /** Undefined: none was given, or what was given is none. */
    address,
    port,
    bindAddress: undefined as IpAddress | undefined,
    bindPort: 0,
    bindInterface: undefined as string | undefined,
    mark: 0,
    timeout: undefined as Micros | undefined,
    /** Whether anything was said of it. */
    given: false,
  };
}

// biome-ignore format: a table, one keyword a line
const PLACE: Rows<TargetDraft, ProbeTarget> = {
  connect_ip: {
    ...IP_ROW, default: 'that of the real server', doc: 'The address that is checked.',
    read: (target, statement) => {
      target.address = address(statement);
      if (target.address === undefined || fits(target)) return;
      statement.keyword.warning('connect_ip and bindto are of different families');
      target.address = undefined;
    },
    print: (target, keyword) => [`${keyword} ${target.address}`],
  },
  connect_port: field('port', whole(1, 65_535), 'The port that is checked.', { default: 0, unset: 'that of the real server' }),
  bindto: {
    ...IP_ROW, default: "the kernel's choice", doc: 'The address that checks come from.',
    read: (target, statement) => {
      target.bindAddress = address(statement);
      if (target.bindAddress === undefined || fits(target)) return;
      statement.keyword.warning('bindto and connect_ip are of different families: ignored');
      target.bindAddress = undefined;
    },
    print: optional(({ bindAddress }) => bindAddress, String),
  },
  bind_if: field('bindInterface', DEVICE, 'The interface that checks leave on.', { unset: "the kernel's choice" }),
  bind_port: field('bindPort', whole(1, 65_535), 'The port that checks come from; with bindto only.', { default: 0, unset: "the kernel's choice" }),
  fwmark: field('mark', whole(0, MOST_UNSIGNED), 'The mark of packets of the check.', { default: 0 }),
};

/** Notes that something is said of the target. */
function noting<C>(rows: Rows<TargetDraft, C>): Rows<TargetDraft, C> {
  return Object.fromEntries(
    Object.entries(rows).map(([keyword, row]) => [
      keyword,
      {
        ...row,
        read: (target, ...rest) => {
          row.read?.(target, ...rest);
          target.given = true;
        },
      } satisfies Row<TargetDraft, C>,
    ]),
  );
}

export const TARGET = noting(PLACE);
/** `connect_timeout` of a checker, which is printed among its times. */
// biome-ignore format: a table, one keyword a line
export const TARGET_TIMEOUT: Rows<TargetDraft, unknown> = noting({
  connect_timeout: input('timeout', CONNECT_TIMEOUT, 'How long a check may take; HTTP_GET and SSL_GET: one url.', { unset: '5' }),
});

function fits({ address: to, bindAddress: from }: TargetDraft): boolean {
  return to === undefined || from === undefined || family(to) === family(from);
}

/** Whether the checker can be used; a link-local address is one only on an interface. */
export function isReachable({ address: to, bindInterface }: TargetDraft, at: Token): boolean {
  if (to === undefined || family(to) === 4 || !isLinkLocal(to) || bindInterface !== undefined)
    return true;
  at.warning(`${to} is link-local and needs bind_if: this ${at.text} is ignored`);
  return false;
}

/** As it is probed. Undefined: keepalived never does. */
export function targetOf(
  { address: to, port, bindAddress, bindPort, bindInterface, mark }: TargetDraft,
  at: Token,
): ProbeTarget | undefined {
  if (to === undefined)
    return at.warning(`${at.text} has no address to connect to: it is never made`);
  if (bindPort !== 0 && bindAddress === undefined)
    at.warning('bind_port counts only with bindto: it is ignored');
  if (port === 0 && at.text !== 'PING_CHECK')
    at.warning(`${at.text} has no port to connect to: it fails`, 'Set connect_port.');
  return {
    address: to,
    port,
    bindAddress,
    bindInterface,
    bindPort: bindAddress === undefined ? 0 : bindPort,
    mark,
  };
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
export type CheckerKind = (typeof CHECKER_KEYWORDS)[number];

export type CheckerDraft = ReturnType<typeof newDraft>;

/** What a checker needs to know of what stands before it. */
export interface CheckerContext {
  readonly place: Place;
  /** The track_files above this virtual server: keepalived finds no others. */
  readonly files: readonly TrackFileConfig[];
}

export function newDraft(kind: CheckerKind, place: Place, at: Token) {
  return {
    kind,
    at,
    timing: {} as TimingDraft,
    target: newTarget(kind === 'SMTP_CHECK' ? {} : place),
    /** SMTP_CHECK's `host { }`. */
    hosts: [] as TargetDraft[],
    urls: [] as UrlCheck[],
    http: {
      version: '1.0' as HttpProbe['version'],
      fastRecovery: false,
      sni: false,
      sniName: undefined as string | undefined,
    },
    dns: { type: 'SOA' as DnsProbe['type'], name: undefined as string | undefined },
    udp: {
      payload: undefined as string | undefined,
      reply: undefined as string | undefined,
      minReply: 0,
      maxReply: 255,
    },
    file: {
      found: undefined as TrackFileConfig | undefined,
      weight: undefined as TrackWeight | undefined,
    },
    logAll: false,
    virtualhost: undefined as string | undefined,
    helo: 'smtpchecker.keepalived.org',
    argv: [] as readonly string[],
    user: undefined as ScriptUser | undefined,
    dynamic: false,
  };
}

export function isUsable(draft: CheckerDraft): boolean {
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
    at.warning(`${kind} needs ${missing}: it is ignored`);
    return false;
  }
  if (udp.minReply > udp.maxReply)
    at.warning('min_reply_length is larger than max_reply_length: the check fails');
  return isReachable(draft.target, at);
}
