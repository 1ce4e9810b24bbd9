/**
 * Names for vmacs without a name in the configuration: keepalived's names, because firewalls and monitoring
 * know them. `vrrp.VRID`, then `vrrp1.VRID`, `vrrp2.VRID` and so on; for IPv6 `vrrp6.VRID` comes second.
 */
import { type Family, family } from '../../net/address.ts';
import type { VmacConfig, VrrpInstanceConfig } from './config.ts';
import type { VirtualAddress } from './config-address.ts';

/** `vmac_prefix` and `vmac_addr_prefix`; the second is for addresses on other interfaces. */
export interface VmacPrefixes {
  readonly own: string;
  readonly address: string;
}

export const VMAC_PREFIXES: VmacPrefixes = { own: 'vrrp', address: 'vrrp' };

/** The limit of the kernel. */
const LONGEST = 15;

/**
 * In the order of the instances, each with its addresses. One vmac serves everything with its MAC and its
 * family on its interface.
 */
export function nameVmacs(
  instances: readonly VrrpInstanceConfig[],
  prefixes: VmacPrefixes = VMAC_PREFIXES,
): VrrpInstanceConfig[] {
  const names = new Names(instances);
  return instances.map((instance) => {
    const { vrid, interface: base, family: which } = instance;
    const ownVmac = (vmac: VmacConfig): VmacConfig => {
      const key = vmac.ipvlan === undefined ? keyOf(base, which, vmac.mac) : undefined;
      return { ...vmac, interface: names.take(key, vmac.interface, [prefixes.own, vrid, which]) };
    };
    const named = (address: VirtualAddress): VirtualAddress => {
      const { vmac } = address;
      if (vmac === undefined) return address;
      const its = family(address.address);
      const key = keyOf(address.interface ?? base, its, vmac.mac);
      const name = names.take(key, vmac.interface, [prefixes.address, vrid, its]);
      return { ...address, vmac: { ...vmac, interface: name } };
    };
    return {
      ...instance,
      vmac: instance.vmac && ownVmac(instance.vmac),
      addresses: instance.addresses.map(named),
      excluded: instance.excluded.map(named),
    };
  });
}

function keyOf(base: string, which: Family, mac: string | undefined): string {
  return `${base} ${which} ${mac}`;
}

class Names {
  private readonly taken: Set<string>;
  private readonly known = new Map<string, string>();

  constructor(instances: readonly VrrpInstanceConfig[]) {
    this.taken = new Set(instances.flatMap(namesIn));
  }

  /** The name of the vmac with this key; `given` if it is new and has one, otherwise a free name. */
  take(key: string | undefined, given: string, parts: readonly [string, number, Family]): string {
    const before = key === undefined ? undefined : this.known.get(key);
    const name = before ?? (given === '' ? this.free(...parts) : given);
    this.taken.add(name);
    if (key !== undefined) this.known.set(key, name);
    return name;
  }

  private free(prefix: string, vrid: number, which: Family): string {
    const numbers = which === 6 ? [0, 6, 1, 2, 3, 4, 5] : [0, 1, 2, 3, 4, 5, 6];
    for (let i = 0; ; i++) {
      const number = numbers[i] ?? i;
      const ending = `${number === 0 ? '' : number}.${vrid}`;
      const name = `${prefix.slice(0, LONGEST - ending.length)}${ending}`;
      if (!this.taken.has(name)) return name;
    }
  }
}

/** Interfaces that the configuration names. */
function namesIn(one: VrrpInstanceConfig): string[] {
  const devices = [...one.addresses, ...one.excluded].flatMap((address) => address.interface ?? []);
  const tracked = one.trackInterfaces.map((track) => track.interface);
  return [one.interface, one.vmac?.interface ?? '', ...devices, ...tracked];
}
