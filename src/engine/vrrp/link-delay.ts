/** keepalived `interface_up_down_delays`: a link must be down, or up, for a while before it counts. */
import { type Instant, plus, sooner } from '../../time.ts';
import type { LinkDelay } from '../core/config-track.ts';
import type { InterfaceStatus } from './io.ts';

/** By interface: the status that will count at `at` unless it changes back. */
export type PendingLinks = Map<string, { readonly status: InterfaceStatus; readonly at: Instant }>;

/** Whether the status counts at once. */
export function linkChanged(
  pending: PendingLinks,
  status: InterfaceStatus,
  before: InterfaceStatus | undefined,
  delay: LinkDelay | undefined,
  now: Instant,
): boolean {
  const waiting = pending.get(status.name);
  pending.delete(status.name);
  if (delay === undefined || before === undefined || before.up === status.up) return true;
  const wait = status.up ? delay.up : delay.down;
  if (wait === 0) return true;
  const at = waiting?.status.up === status.up ? waiting.at : plus(now, wait);
  pending.set(status.name, { status, at });
  return false;
}

/** Removes and returns the statuses whose delay is over. */
export function settledLinks(pending: PendingLinks, now: Instant): InterfaceStatus[] {
  const settled: InterfaceStatus[] = [];
  for (const [name, { status, at }] of pending) {
    if (at > now) continue;
    pending.delete(name);
    settled.push(status);
  }
  return settled;
}

export function nextLinkDeadline(pending: PendingLinks): Instant | undefined {
  let next: Instant | undefined;
  for (const { at } of pending.values()) next = sooner(next, at);
  return next;
}
