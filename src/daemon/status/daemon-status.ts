/** The status of the daemon, as printed by `halabd status --json`: the state of parent and children. */
import type { ChecksStatus } from '../../engine/check/status.ts';
import type { RouterStatus } from '../../engine/vrrp/status.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { packageVersion } from '../../package-root.ts';
import type { Instant } from '../../time.ts';
import type { CheckChildMessage } from '../check/check-messages.ts';
import type { Director } from '../director/director.ts';
import type { Missing } from '../shortfall.ts';
import type { VrrpChildMessage } from '../vrrp/vrrp-messages.ts';

/** More findings make a status hard to read. */
const MOST_FINDINGS = 200;

export interface DaemonStatus {
  readonly schema: 'halab.status/1';
  readonly version: string;
  readonly pid: number;
  readonly configuration: string;
  /** Its altered or ignored parts, and the dropped scripts. */
  readonly findings: readonly string[];
  /** Of the parent. */
  readonly uptime_us: number;
  /** How often the vrrp child was started again. */
  readonly restarts: number;
  readonly vrrp_pid: number | null;
  readonly packets: {
    readonly accepted: number;
    readonly refused: Readonly<Record<string, number>>;
  } | null;
  /** Who else answers for the virtual addresses that are ours now. */
  readonly holders: readonly {
    readonly instance: string;
    readonly address: string;
    readonly mac: string;
    readonly seen_ago_us: number;
  }[];
  /** Addresses, routes and rules that ought to be in place and cannot be put there. */
  readonly missing: readonly {
    readonly of: string | null;
    readonly what: string;
    readonly reason: string;
    readonly since_us: number;
  }[];
  /** null: there is no vrrp child, or it does not answer. */
  readonly vrrp: RouterStatus | null;
  readonly check_pid: number | null;
  readonly check_restarts: number;
  /** Who balances the traffic; null as for `check`. */
  readonly director: Director['name'] | null;
  /** null: there is no check child, or it does not answer. */
  readonly check: ChecksStatus | null;
}

interface Child<Message> {
  readonly pid: number | undefined;
  readonly restarts: number;
  /** To a question for its status; undefined: none. */
  readonly answer: Message | undefined;
}

interface Known {
  readonly configuration: string;
  readonly findings: readonly string[];
  readonly startedAt: Instant;
  /** Routes and rules that the parent cannot put in place. */
  readonly missing: readonly Missing[];
  readonly vrrp: Child<VrrpChildMessage>;
  readonly check: Child<CheckChildMessage>;
}

export function statusOf({ vrrp, check, ...known }: Known): DaemonStatus {
  const router = vrrp.answer?.kind === 'status' ? vrrp.answer : undefined;
  const checks = check.answer?.kind === 'status' ? check.answer : undefined;
  const now = monotonicNow();
  return {
    schema: 'halab.status/1',
    version: packageVersion(),
    pid: process.pid,
    configuration: known.configuration,
    findings: known.findings.slice(0, MOST_FINDINGS),
    uptime_us: now - known.startedAt,
    restarts: vrrp.restarts,
    vrrp_pid: vrrp.pid ?? null,
    packets: router?.received ?? null,
    holders: (router?.holders ?? []).map(({ instance, address, mac, seenAt }) => ({
      instance,
      address,
      mac,
      seen_ago_us: now - seenAt,
    })),
    missing: [...(router?.missing ?? []), ...known.missing].map(({ of, what, reason, since }) => ({
      of: of ?? null,
      what,
      reason,
      since_us: now - since,
    })),
    vrrp: router?.router ?? null,
    check_pid: check.pid ?? null,
    check_restarts: check.restarts,
    director: checks?.director ?? null,
    check: checks?.checks ?? null,
  };
}
