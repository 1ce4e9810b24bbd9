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
  return timeline.since('garp', from).map((one) => {
    const node = isVirtualMac(one.mac) ? senderOf(one, timeline) : one.node;
    return node === one.node ? one : { ...one, node };
  });
}

/** Those of a node, for addresses as its own: from its own MAC or from a virtual one. */
export function announcementsOf(timeline: Timeline, node: string, from: Instant): Announcement[] {
  return announcements(timeline, from).filter(
    ({ mac, segment, node: sender }) =>
      mac === timeline.macOf(node, segment) || (sender === node && isVirtualMac(mac)),
  );
}

/** Between the last advert of one node and the first of the next, it is the one that has the address. */
function senderOf(garp: Announcement, timeline: Timeline): string | undefined {
  const { at, address } = garp;
  const { before, after } = neighbours(garp, timeline);
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

/** The last advert from the announcement's MAC before it, and the first one after it. */
function neighbours(
  { at, mac, segment }: Announcement,
  timeline: Timeline,
): { readonly before: Spoken | undefined; readonly after: Spoken | undefined } {
  const spoken = timeline
    .of('advert')
    .flatMap((one): Spoken[] =>
      one.mac === mac && one.segment === segment && one.node !== undefined
        ? [{ node: one.node, at: one.at }]
        : [],
    )
    .sort((a, b) => a.at - b.at);
  return {
    before: spoken.findLast((one) => one.at <= at),
    after: spoken.find((one) => one.at > at),
  };
}
