/** Which node a frame came from. A virtual router's MAC is where its last advert came from, as a switch learns it. */
import type { IpAddress, Mac } from '../net/address.ts';
import type { LabEvent } from './event.ts';

/** 00:00:5e:00:01:VRID and 00:00:5e:00:02:VRID (RFC 9568 7.3). */
export function isVirtualMac(mac: Mac): boolean {
  return /^00:00:5e:00:0[12]:/.test(mac);
}

export class MacOwners {
  private readonly own = new Map<Mac, string>();
  private readonly addresses = new Map<IpAddress, string>();
  private readonly virtual = new Map<string, string>();

  /** Learns interfaces and addresses; adverts are learned by `ofAdvert`. */
  observe(event: LabEvent): void {
    if (event.node === undefined) return;
    if (event.kind === 'node-up')
      for (const { mac } of event.interfaces) this.own.set(mac, event.node);
    else if (event.kind === 'address-added') this.addresses.set(event.address, event.node);
  }

  nodeOf(segment: string, mac: Mac): string | undefined {
    return this.own.get(mac) ?? this.virtual.get(`${segment} ${mac}`);
  }

  /** The sender of an advert, by its address if the MAC is a virtual one. */
  ofAdvert(segment: string, mac: Mac, sender: IpAddress): string | undefined {
    if (!isVirtualMac(mac)) return this.own.get(mac);
    const node = this.addresses.get(sender);
    if (node !== undefined) this.virtual.set(`${segment} ${mac}`, node);
    return node;
  }
}
