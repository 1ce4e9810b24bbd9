/**
 * Virtual MAC addresses (keepalived `use_vmac`, `use_vmac_addr`, RFC 9568 7.3; `use_ipvlan`): a macvlan in private mode
 * on the interface, up from the start, because to take one down costs 14 ms. Without `arp_ignore` the base interface
 * would answer ARP for the virtual addresses with its own MAC.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { DaemonConfig, IpvlanConfig, VrrpInstanceConfig } from '../../engine/core/config.ts';
import { openRouteSocket, type RouteSocket } from '../../linux/route-socket.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Log } from '../log.ts';
import { addressesOf } from './socket-needs.ts';

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

  /** Makes missing interfaces and removes those that no instance needs any more. */
  configure(config: DaemonConfig): void {
    const wanted = config.instances.flatMap(vmacsOf);
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of this.made) if (!names.has(name)) this.remove(name);
    for (const vmac of wanted) this.ensure(vmac);
  }

  /** IPv6 adverts leave a vmac with the link-local address of its base interface. */
  useSource(instance: VrrpInstanceConfig, source: IpAddress | undefined): void {
    if (instance.vmac?.mac === undefined || instance.family === 4 || source === undefined) return;
    const link = this.link(instance.vmac.interface);
    if (link === undefined) return;
    const spec = { ifindex: link.ifindex, address: source, length: 64 };
    this.routes.addAddress(spec);
  }

  close(): void {
    for (const name of [...this.made]) this.remove(name);
    this.routes.close();
  }

  private ensure({ instance, base, name, mac, ipvlan }: Wanted): void {
    const parent = this.link(base);
    if (parent === undefined) return;
    if (this.link(name) === undefined) {
      const spec = { parent: parent.ifindex, name };
      const outcome =
        ipvlan === undefined
          ? this.routes.addMacvlan({ ...spec, mac })
          : this.routes.addIpvlan({ ...spec, mode: ipvlan.mode });
      if (outcome !== 'done') {
        const why = outcome === 'ENOTSUP' ? 'this kernel has none of its kind' : outcome;
        const problem = `${instance}: ${name} could not be made on ${base}: ${why}`;
        if (!this.warned.has(problem)) this.log.error(problem);
        this.warned.add(problem);
        return;
      }
      if (ipvlan === undefined) this.sysctls(base, name);
    }
    this.made.add(name);
    const link = this.link(name);
    if (link === undefined || link.up) return;
    const { ifindex } = link;
    // A link-local address made of the virtual MAC would be the same on every router and break no tie.
    this.routes.setNoLinkLocal(ifindex);
    this.routes.setLink({ ifindex, up: true });
    if (ipvlan !== undefined) this.routes.addAddress({ ifindex, ...ipvlan.address });
  }

  private sysctls(base: string, vmac: string): void {
    for (const [path, value] of SYSCTLS(base, vmac)) {
      try {
        if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
      } catch {
        // /proc/sys is read-only in most containers and must be set from outside.
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
    return this.routes.listLinks().find((link) => link.name === name);
  }
}

interface Wanted {
  /** For people. */
  readonly instance: string;
  readonly base: string;
  readonly name: string;
  readonly mac: Mac;
  readonly ipvlan: IpvlanConfig | undefined;
}

const NO_MAC = '00:00:00:00:00:00' as Mac;

/** The interfaces that an instance needs: its own, and those of single addresses. */
export function vmacsOf(instanceConfig: VrrpInstanceConfig): Wanted[] {
  const { name: instance, interface: base, vmac } = instanceConfig;
  const own = addressesOf(instanceConfig).flatMap(({ vmac: its, interface: on }): Wanted[] => {
    if (its === undefined) return [];
    return [{ instance, base: on ?? base, name: its.interface, mac: its.mac, ipvlan: undefined }];
  });
  if (vmac === undefined) return own;
  const { interface: name, mac, ipvlan } = vmac;
  return [{ instance, base, name, mac: mac ?? NO_MAC, ipvlan }, ...own];
}
