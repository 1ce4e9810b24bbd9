/** The peers of a virtual router: the last advert of each, and its refused packets by receive check. */
import type { IpAddress } from '../../net/address.ts';
import type { CheckId } from '../../net/local-checks.ts';
import type { Advert } from '../../net/vrrp-packet.ts';
import type { Instant, Micros } from '../../time.ts';

export type Peer = ReturnType<typeof newPeer>;

export type PeerTable = Map<IpAddress, Peer>;

/** Bound for forged sources; the least recently heard peer is dropped. */
const MOST_PEERS = 64;

export function noteAdvert(
  table: PeerTable,
  source: IpAddress,
  advert: Advert | undefined,
  outcome: 'accepted' | CheckId,
  now: Instant,
): void {
  const peer = table.get(source) ?? newPeer(now);
  table.delete(source);
  table.set(source, peer);
  if (table.size > MOST_PEERS) {
    const [oldest] = table.keys();
    if (oldest !== undefined) table.delete(oldest);
  }
  peer.lastAt = now;
  if (outcome !== 'accepted') {
    peer.refused[outcome] = (peer.refused[outcome] ?? 0) + 1;
    return;
  }
  if (advert === undefined) return;
  peer.adverts++;
  peer.priority = advert.priority;
  peer.interval = advert.interval;
  peer.addresses = advert.addresses;
  if (advert.priority === 0) peer.resignations++;
}

function newPeer(lastAt: Instant) {
  return {
    priority: undefined as number | undefined,
    interval: undefined as Micros | undefined,
    addresses: [] as readonly IpAddress[],
    lastAt,
    adverts: 0,
    resignations: 0,
    refused: {} as Partial<Record<CheckId, number>>,
  };
}
