/**
 * The frames by which a new owner of a virtual address announces it to the segment: gratuitous ARP for IPv4,
 * an unsolicited Neighbor Advertisement for IPv6 (RFC 9568 6.4.1, errata 7947 and 7949).
 */
import { family, type IpAddress, ip, ipToBytes, type Mac, macToBytes } from './address.ts';
import { buildArpRequest, buildIcmp6Frame } from './frame-build.ts';

const ALL_NODES = ip('ff02::1');
const ALL_NODES_MAC = '33:33:00:00:00:01' as Mac;
const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;

export interface AnnounceOptions {
  /** NA only: the Router flag; set if the sender forwards (RFC 4861 4.4). */
  readonly router: boolean;
}

/** One complete Ethernet frame that announces `address` at `mac`. */
export function announcement(address: IpAddress, mac: Mac, options: AnnounceOptions): Uint8Array {
  return family(address) === 4
    ? gratuitousArp(address, mac)
    : neighborAdvertisement(address, mac, options);
}

/** An ARP request from and for the address itself, broadcast: what keepalived sends. */
export function gratuitousArp(address: IpAddress, mac: Mac): Uint8Array {
  return buildArpRequest(mac, { sender: address, targetMac: BROADCAST, target: address });
}

/** To all nodes, Override set, Solicited clear, with the target link-layer option. */
export function neighborAdvertisement(
  address: IpAddress,
  mac: Mac,
  { router }: AnnounceOptions,
): Uint8Array {
  const message = new Uint8Array(32);
  message[0] = 136;
  message[4] = 0x20 | (router ? 0x80 : 0);
  message.set(ipToBytes(address), 8);
  message.set([2, 1, ...macToBytes(mac)], 24);
  return buildIcmp6Frame(
    { sourceMac: mac, destinationMac: ALL_NODES_MAC, source: address, destination: ALL_NODES },
    message,
  );
}
