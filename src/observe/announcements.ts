/**
 * Announcements (gratuitous ARP, unsolicited Neighbor Advertisements) and their senders. The MAC of an interface
 * names its node; a virtual MAC belongs to the node that used it at that time, by the adverts before and after.
 */
import { type Instant, instant, milliseconds, plus } from '../time.ts';
import type { EventOf } from './event.ts';
import { isVirtualMac } from './mac-owners.ts';
import type { Timeline } from './timeline.ts';

type Announcement = EventOf<'garp'>;

/** How much later than the frames of an announcement the kernel's event for the address may be read. */
const KERNEL_LAG = milliseconds(50);

/** From `from` on, each with the node that sent it. */
export function announcements(timeline: Timeline, from: Instant = instant(0)): Announcement[] {
  const all = timeline.since('garp', from);
  if (!all.some(({ mac }) => isVirtualMac(mac))) return all;
  const spoken = advertsByMac(timeline);
  return all.map((garp) =>
    isVirtualMac(garp.mac) ? { ...garp, node: senderOf(garp, timeline, spoken) } : garp,
  );
}

/** The announcements that a node sent, from its own MAC or from a virtual one. */
export function announcementsOf(timeline: Timeline, node: string, from: Instant): Announcement[] {
  return announcements(timeline, from).filter(
    ({ mac, segment, node: sender }) =>
      mac === timeline.macOf(node, segment) || (sender === node && isVirtualMac(mac)),
  );
}

/** Between the adverts of two nodes the sender is the node that holds the address, otherwise the nearer in time. */
function senderOf(
  { at, address, segment, mac }: Announcement,
  timeline: Timeline,
  spoken: ReadonlyMap<string, readonly Spoken[]>,
): string | undefined {
  const adverts = spoken.get(`${segment} ${mac}`) ?? [];
  const before = adverts.findLast((advert) => advert.at <= at);
  const after = adverts.find((advert) => advert.at > at);
  const has = timeline.ownership.holdersAt(address, plus(at, KERNEL_LAG));
  const nearest = [before, after].filter((advert) => advert !== undefined);
  const holding = nearest.filter(({ node }) => has.includes(node));
  const [only = nearest[0]] = holding;
  if (holding.length === 0 && has.length === 1 && nearest.length < 2) return has[0];
  if (before === undefined || after === undefined || holding.length < 2) return only?.node;
  return after.at - at < at - before.at ? after.node : before.node;
}

interface Spoken {
  readonly node: string;
  readonly at: Instant;
}

/** By segment and MAC, in order of time. */
function advertsByMac(timeline: Timeline): ReadonlyMap<string, readonly Spoken[]> {
  const spoken = new Map<string, Spoken[]>();
  for (const { node, at, segment, mac } of timeline.of('advert')) {
    if (node === undefined || !isVirtualMac(mac)) continue;
    const key = `${segment} ${mac}`;
    const same = spoken.get(key);
    if (same === undefined) spoken.set(key, [{ node, at }]);
    else same.push({ node, at });
  }
  for (const adverts of spoken.values()) adverts.sort((a, b) => a.at - b.at);
  return spoken;
}
