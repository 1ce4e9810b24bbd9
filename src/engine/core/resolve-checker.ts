/** Checkers with everything they inherit from their real server and their virtual server. */
import { type Micros, micros, seconds } from '../../time.ts';
import {
  type CheckerDraft,
  type CheckerKind,
  type TargetDraft,
  targetOf,
} from '../conf/checker-draft.ts';
import type { Place, TimingDraft } from '../conf/lvs-values.ts';
import {
  type CheckerConfig,
  type CheckTiming,
  type ProbeConfig,
  TARGET_DEFAULTS,
} from './config-checker.ts';

/** Values that a checker inherits. */
export interface CheckerContext {
  /** As it is written: the port that the virtual server would add comes too late for checkers. */
  readonly place: Place;
  readonly virtual: TimingDraft;
  /** Values of the real server take precedence. */
  readonly real: TimingDraft;
  readonly virtualhost: string | undefined;
  readonly logAll: boolean;
}

/** One checker for each host of an SMTP_CHECK; none if keepalived would never make it. */
export function resolveChecker(draft: CheckerDraft, context: CheckerContext): CheckerConfig[] {
  return targetsOf(draft, context).flatMap((target) => {
    const timing = timingOf(draft, target, context);
    const probe = probeOf(draft, target, context);
    const logAll = draft.logAll || context.logAll;
    if (probe !== undefined) return [{ timing, logAll, probe }];
    // Without a check a server is up, unless it must first succeed: then it never is.
    return timing.initial === 'down' ? [{ timing, logAll, probe: never(context) }] : [];
  });
}

function targetsOf({ kind, target, hosts }: CheckerDraft, { place }: CheckerContext) {
  if (kind !== 'SMTP_CHECK') return [target];
  const address = target.address ?? place.address;
  const own = { ...target, address, port: target.port === 0 ? place.port : target.port };
  return hosts.length === 0 || target.given ? [own, ...hosts] : hosts;
}

function never({ place: { address } }: CheckerContext): ProbeConfig {
  return { kind: 'TCP_CHECK', target: { ...TARGET_DEFAULTS, address, port: 0 } };
}

function probeOf(draft: CheckerDraft, where: TargetDraft, { virtualhost }: CheckerContext) {
  const { kind, argv, user, dynamic, file } = draft;
  if (kind === 'MISC_CHECK') return { kind, command: { argv, user }, dynamic };
  if (kind === 'FILE_CHECK') {
    const { found, weight = found?.weight } = file;
    return found && weight && { kind, file: found.name, weight };
  }
  const target = targetOf(where, draft.at);
  if (target === undefined) return undefined;
  switch (kind) {
    case 'HTTP_GET':
    case 'SSL_GET': {
      const host = draft.virtualhost ?? virtualhost;
      const urls = draft.urls.map((url) => ({ ...url, host: url.host ?? host }));
      return { kind, target, ...draft.http, urls };
    }
    case 'SMTP_CHECK':
      return { kind, target, helo: draft.helo };
    case 'DNS_CHECK':
      return { kind, target, type: draft.dns.type, name: draft.dns.name ?? '.' };
    case 'UDP_CHECK':
      return { kind, target, ...draft.udp };
    default:
      return { kind, target };
  }
}

const DEFAULT_INTERVAL = seconds(60);
const DEFAULT_TIMEOUT = seconds(5);

function timingOf(
  draft: CheckerDraft,
  target: TargetDraft,
  { virtual, real }: CheckerContext,
): CheckTiming {
  const { kind, timing, urls, http } = draft;
  const all: TimingDraft = { ...virtual, ...given(real), ...given(timing) };
  const interval = all.interval ?? DEFAULT_INTERVAL;
  // A script has its own time limit; 0 means that of the virtual server, not a nearer one.
  const limit =
    kind === 'MISC_CHECK'
      ? timing.timeout || (virtual.interval ?? DEFAULT_INTERVAL)
      : (target.timeout ?? real.timeout ?? virtual.timeout ?? DEFAULT_TIMEOUT);
  const retry = all.retry ?? (kind === 'DNS_CHECK' ? 3 : kind === 'MISC_CHECK' ? 0 : 1);
  const pages = Math.max(1, urls.length);
  return {
    interval,
    timeout: micros(limit * pages),
    fall: retry + 1,
    rise: http.fastRecovery ? 1 : pages,
    retryDelay: all.retryDelay ?? retryDelayOf(kind, interval),
    warmup: all.warmup ?? interval,
    initial: all.alpha === true && kind !== 'FILE_CHECK' ? 'down' : 'up',
  };
}

function retryDelayOf(kind: CheckerKind, interval: Micros): Micros {
  if (kind === 'DNS_CHECK') return interval;
  return kind === 'HTTP_GET' || kind === 'SSL_GET' ? seconds(3) : seconds(1);
}

/** Only given values: the rest is inherited. */
function given(draft: TimingDraft): TimingDraft {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
}
