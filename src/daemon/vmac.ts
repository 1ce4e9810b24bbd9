/**
 * Virtual MAC addresses (keepalived `use_vmac`, RFC 9568 7.3): a macvlan in private mode on the
 * interface, up from the start, because taking one down costs 14 ms. Without `arp_ignore` the interface
 * below would answer ARP for the virtual addresses with its own MAC.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import { openRouteSocket, type RouteSocket } from '../linux/route-socket.ts';
import type { IpAddress } from '../net/address.ts';
import type { Log } from './log.ts';

const SYSCTLS = (base: string, vmac: string): readonly (readonly [string, string])[] => [
  [`/proc/sys/net/ipv4/conf/${base}/arp_ignore`, '1'],
  [`/proc/sys/net/ipv4/conf/${vmac}/rp_filter`, '0'],
  [`/proc/sys/net/ipv4/conf/${vmac}/accept_local`, '1'],
];

export class VirtualMacs {
  private readonly routes: RouteSocket = openRouteSocket();
  private readonly log: Log;
  private readonly made = new Set<string>();
  private readonly warned = new Set<string>();

  constructor(log: Log) {
    this.log = log;
  }

  /** Makes what is missing and removes what no instance wants any more. */
  configure(config: DaemonConfig): void {
    const wanted = config.instances.filter(({ vmac }) => vmac !== undefined);
    const names = new Set(wanted.map(({ vmac }) => vmac?.interface));
    for (const name of this.made) if (!names.has(name)) this.remove(name);
    for (const instance of wanted) this.ensure(instance);
  }

  /** IPv6 adverts leave a vmac with the link-local address of the interface below. */
  useSource(instance: VrrpInstanceConfig, source: IpAddress | undefined): void {
    if (instance.vmac === undefined || instance.family === 4 || source === undefined) return;
    const link = this.link(instance.vmac.interface);
    if (link === undefined) return;
    const spec = { ifindex: link.ifindex, address: source, length: 64 };
    this.routes.addAddress(spec, { noDad: true, deprecated: false });
  }

  close(): void {
    for (const name of [...this.made]) this.remove(name);
    this.routes.close();
  }

  private ensure({ interface: base, vmac, name }: VrrpInstanceConfig): void {
    const parent = this.link(base);
    if (vmac === undefined || parent === undefined) return;
    if (this.link(vmac.interface) === undefined) {
      const spec = { parent: parent.ifindex, name: vmac.interface, mac: vmac.mac };
      const outcome = this.routes.addMacvlan(spec);
      if (outcome !== 'done') {
        const problem = `${name}: ${vmac.interface} could not be made on ${base}: ${outcome}`;
        if (!this.warned.has(problem)) this.log.error(problem);
        this.warned.add(problem);
        return;
      }
      this.sysctls(base, vmac.interface);
    }
    this.made.add(vmac.interface);
    const link = this.link(vmac.interface);
    if (link === undefined || link.up) return;
    // Its address would be made of the virtual MAC, the same on every router: no tie could be broken.
    this.routes.setNoLinkLocal(link.ifindex);
    this.routes.setLink({ ifindex: link.ifindex, up: true });
  }

  private sysctls(base: string, vmac: string): void {
    for (const [path, value] of SYSCTLS(base, vmac)) {
      try {
        if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
      } catch {
        // /proc/sys is read-only in most containers: whoever starts them sets it.
        if (!this.warned.has(path))
          this.log.info(`${path} should be ${value} for use_vmac and could not be set`);
        this.warned.add(path);
      }
    }
  }

  private remove(name: string): void {
    this.made.delete(name);
    const link = this.link(name);
    if (link !== undefined) this.routes.deleteLink(link.ifindex);
  }

  private link(name: string) {
    return this.routes.listLinks().find((one) => one.name === name);
  }
}
