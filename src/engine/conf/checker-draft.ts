/** A checker as it is written, before it inherits anything, and where it connects to. */

import { family, isLinkLocal } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import {
  type CheckTiming,
  type DnsProbe,
  HTTP_DEFAULTS,
  type ProbeTarget,
  TARGET_DEFAULTS,
  UDP_DEFAULTS,
  type UrlCheck,
} from '../core/config-checker.ts';
import type { ScriptUser } from '../core/config-script.ts';
import type { TrackFileConfig, TrackWeight } from '../core/config-track.ts';
import type { Token } from '../text/findings.ts';
import { DEVICE, IP, whole } from './codec.ts';
import { field, fieldOf, mapRows, type Row, type Rows } from './keyword.ts';
import { CONNECT_TIMEOUT, MOST_UNSIGNED, type Place, type TimingDraft } from './lvs-values.ts';

export type TargetDraft = ReturnType<typeof newTarget>;

export function newTarget({ address, port = 0 }: Partial<Place>) {
  return {
    /** Undefined: not given, or invalid. */
    address,
    port,
    ...TARGET_DEFAULTS,
    timeout: undefined as Micros | undefined,
    /** Whether a keyword of it was given. */
    given: false,
  };
}

/** One end of a check, which the other one must fit; what is wrong leaves it without one. */
function end(
  key: 'address' | 'bindAddress',
  unset: string,
  doc: string,
  misfit: string,
): Row<TargetDraft, ProbeTarget> {
  return {
    ...fieldOf(key, (target: ProbeTarget) => target[key], IP, doc, { unset }),
    read: (target: TargetDraft, statement) => {
      target[key] = IP.read(statement);
      if (fits(target)) return;
      statement.keyword.warning(misfit);
      target[key] = undefined;
    },
  };
}

// biome-ignore format: a table, one keyword a line
const PLACE: Rows<TargetDraft, ProbeTarget> = {
  connect_ip: end('address', 'that of the real server', 'The address that is checked.', 'connect_ip and bindto are of different families'),
  connect_port: field('port', whole(1, 65_535), 'The port that is checked.', { default: 0, unset: 'that of the real server' }),
  bindto: end('bindAddress', "the kernel's choice", 'The address that checks come from.', 'bindto and connect_ip are of different families: ignored'),
  bind_if: field('bindInterface', DEVICE, 'The interface that checks leave on.', { unset: "the kernel's choice" }),
  bind_port: field('bindPort', whole(1, 65_535), 'The port that checks come from; with bindto only.', { default: 0, unset: "the kernel's choice" }),
  fwmark: field('mark', whole(0, MOST_UNSIGNED), 'The mark of packets of the check.', { default: 0 }),
};

/** Records that a keyword of the target was given. */
function noting<C>(rows: Rows<TargetDraft, C>): Rows<TargetDraft, C> {
  return mapRows(rows, (row) => ({
    ...row,
    read: (target, ...rest) => {
      row.read?.(target, ...rest);
      target.given = true;
    },
  }));
}

export const TARGET = noting(PLACE);
/** `connect_timeout` of a checker, which is printed among its times. */
// biome-ignore format: a table, one keyword a line
export const TARGET_TIMEOUT: Rows<TargetDraft, Pick<CheckTiming, 'timeout'>> = noting({
  connect_timeout: field('timeout', CONNECT_TIMEOUT, 'How long a check may take; HTTP_GET and SSL_GET: one url.', { unset: '5' }),
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
  { timeout: _, given: __, address, ...target }: TargetDraft,
  at: Token,
): ProbeTarget | undefined {
  const { port, bindAddress, bindPort } = target;
  if (address === undefined)
    return at.warning(`${at.text} has no address to connect to: it is never made`);
  if (bindPort !== 0 && bindAddress === undefined)
    at.warning('bind_port counts only with bindto: it is ignored');
  if (port === 0 && at.text !== 'PING_CHECK')
    at.warning(`${at.text} has no port to connect to: it fails`, 'Set connect_port.');
  return { ...target, address, bindPort: bindAddress === undefined ? 0 : bindPort };
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

/** What a checker needs from its context. */
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
    http: { ...HTTP_DEFAULTS },
    dns: { type: 'SOA' as DnsProbe['type'], name: undefined as string | undefined },
    udp: { ...UDP_DEFAULTS },
    file: {} as { found?: TrackFileConfig | undefined; weight?: TrackWeight | undefined },
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
