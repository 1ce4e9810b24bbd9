/**
 * Announcements (gratuitous ARP, unsolicited Neighbor Advertisements) and who sent each. One from an interface's own MAC
 * tells it; one from a virtual MAC belongs to whoever had the MAC then, which adverts before and after it tell.
 */
import { type Instant, instant, milliseconds, plus } from '../time.ts';
import type { EventOf } from './event.ts';
import { isVirtualMac } from './mac-owners.ts';
import type { Timeline } from './timeline.ts';

type Announcement = EventOf<'garp'>;

/** A kernel's word that it has an address may be read so long after the frames that the address was announced with. */
const KERNEL_LAG = milliseconds(50);

/** From `from` on, each with the node that sent it. */
export function announcements(timeline: Timeline, from: Instant = instant(0)): Announcement[] {
  const all = timeline.since('garp', from);
  if (!all.some(({ mac }) => isVirtualMac(mac))) return all;
  const spoken = advertsByMac(timeline);
  return all.map((one) =>
    isVirtualMac(one.mac) ? { ...one, node: senderOf(one, timeline, spoken) } : one,
  );
}

/** Those of a node, for addresses as its own: from its own MAC or from a virtual one. */
export function announcementsOf(timeline: Timeline, node: string, from: Instant): Announcement[] {
  return announcements(timeline, from).filter(
    ({ mac, segment, node: sender }) =>
      mac === timeline.macOf(node, segment) || (sender === node && isVirtualMac(mac)),
  );
}

/** Between the last advert of one node and the first of the next, it is the one that has the address. */
function senderOf(
  { at, address, segment, mac }: Announcement,
  timeline: Timeline,
  spoken: ReadonlyMap<string, readonly Spoken[]>,
): string | undefined {
  const adverts = spoken.get(`${segment} ${mac}`) ?? [];
  const before = adverts.findLast((one) => one.at <= at);
  const after = adverts.find((one) => one.at > at);
  const has = timeline.ownership.holdersAt(address, plus(at, KERNEL_LAG));
  const told = [before, after].filter((one) => one !== undefined);
  const holding = told.filter(({ node }) => has.includes(node));
  const [only = told[0]] = holding;
  if (holding.length === 0 && has.length === 1 && told.length < 2) return has[0];
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
