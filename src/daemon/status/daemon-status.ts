/** The status of the daemon, as printed by `halabd status --json`: the state of parent and children. */
import { monotonicNow } from '../../linux/clock.ts';
import { packageVersion } from '../../package-root.ts';
import type { Instant } from '../../time.ts';
import type { CheckChildMessage } from '../check/check-messages.ts';
import type { Missing } from '../shortfall.ts';
import type { VrrpChildMessage } from '../vrrp/vrrp-messages.ts';

/** More findings make a status hard to read. */
const MOST_FINDINGS = 200;

export type DaemonStatus = Readonly<ReturnType<typeof statusOf>>;

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

export function statusOf({ vrrp, check, ...known }: Known) {
  const router = vrrp.answer?.kind === 'status' ? vrrp.answer : undefined;
  const checks = check.answer?.kind === 'status' ? check.answer : undefined;
  const now = monotonicNow();
  return {
    schema: 'halab.status/1' as const,
    version: packageVersion(),
    pid: process.pid,
    configuration: known.configuration,
    /** Its altered or ignored parts, and the dropped scripts. */
    findings: known.findings.slice(0, MOST_FINDINGS),
    /** Of the parent. */
    uptime_us: now - known.startedAt,
    /** How often the vrrp child was started again. */
    restarts: vrrp.restarts,
    vrrp_pid: vrrp.pid ?? null,
    packets: router?.received ?? null,
    /** Who else answers for the virtual addresses that are ours now. */
    holders: (router?.holders ?? []).map(({ seenAt, ...holder }) => ({
      ...holder,
      seen_ago_us: now - seenAt,
    })),
    /** Addresses, routes and rules that ought to be in place and cannot be put there. */
    missing: [...(router?.missing ?? []), ...known.missing].map(({ of, what, reason, since }) => ({
      of: of ?? null,
      what,
      reason,
      since_us: now - since,
    })),
    /** null: there is no vrrp child, or it does not answer. */
    vrrp: router?.router ?? null,
    check_pid: check.pid ?? null,
    check_restarts: check.restarts,
    /** Who balances the traffic; null as for `check`. */
    director: checks?.director ?? null,
    /** null: there is no check child, or it does not answer. */
    check: checks?.checks ?? null,
  };
}
