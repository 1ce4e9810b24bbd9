/** Networks of a topology file: every subnet must be usable by hosts, and no two may overlap. */
import { family, formatPrefix, type Prefix } from '../../net/address.ts';
import { bitsOf, networkAddress, overlap, specialPart } from '../../net/prefix.ts';
import type { Network } from '../topology.ts';
import type { Path } from '../yaml/yaml-source.ts';
import type { Report } from './topology-issues.ts';
import type { TopologyText } from './topology-schema.ts';

export function readNetworks(text: TopologyText['networks'], report: Report): Network[] {
  const before: { readonly network: string; readonly subnet: Prefix }[] = [];
  const networks = Object.entries(text).map(([name, { subnet }]) => {
    const path = ['networks', name, 'subnet'];
    const subnets = [subnet].flat();
    for (const [i, prefix] of subnets.entries()) {
      const at = Array.isArray(subnet) ? [...path, i] : path;
      const isSound = checkSubnet(prefix, at, report);
      const other = before.find(({ subnet: two }) => overlap(prefix, two));
      // An unusable subnet, such as 0.0.0.0/0, would overlap with all others.
      if (isSound && other !== undefined)
        report.error(
          at,
          `${formatPrefix(prefix)} overlaps with ${formatPrefix(other.subnet)} of network "${other.network}"`,
          'Nodes could not tell where an address is: give each network a range of its own.',
        );
      if (isSound) before.push({ network: name, subnet: prefix });
    }
    return { name, subnets };
  });
  if (networks.length === 0)
    report.error(['networks'], 'there is no network', 'Add one: lan: { subnet: 10.50.1.0/24 }');
  return networks;
}

/** Whether hosts can use the subnet. */
function checkSubnet(subnet: Prefix, at: Path, report: Report): boolean {
  const text = formatPrefix(subnet);
  const clean = { ...subnet, address: networkAddress(subnet) };
  const special = specialPart(subnet);
  if (special !== undefined)
    report.error(
      at,
      `${text} is no network for hosts: it is, or contains, ${special}`,
      'Take a private range, such as 10.50.1.0/24 or 2001:db8:50:1::/64.',
    );
  else if (subnet.length === bitsOf(family(subnet.address)))
    report.error(at, `${text} is a single address, not a network`, 'Give it a shorter prefix.');
  else if (clean.address !== subnet.address)
    report.error(at, `${text} has bits set behind its prefix`, `Write ${formatPrefix(clean)}.`);
  else return true;
  return false;
}

export function subnetsOf(network: Network): string {
  return network.subnets.map(formatPrefix).join(', ');
}
