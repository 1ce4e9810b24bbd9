/** The kernel's services of a virtual server: one, or one for each entry of a group. */
import type {
  CheckConfig,
  GroupEntry,
  Protocol,
  VirtualServerConfig,
} from '../../engine/core/config-check.ts';
import type { IpvsKey } from '../../linux/ipvs.ts';
import { compareIp, type IpAddress, ipFromBytes, ipToBytes } from '../../net/address.ts';

export function servicesOf(server: VirtualServerConfig, check: CheckConfig): IpvsKey[] {
  const { service, family } = server;
  // A virtual server without a protocol is reached by marks only.
  const protocol = server.protocol ?? 'UDP';
  if (service.kind === 'fwmark') return [{ kind: 'fwmark', mark: service.mark, family }];
  if (service.kind === 'address') return [{ ...service, protocol }];
  const group = check.groups.find(({ name }) => name === service.group);
  return (group?.entries ?? []).flatMap((entry) => entriesOf(entry, protocol, server));
}

function entriesOf(
  entry: GroupEntry,
  protocol: Protocol,
  { family }: VirtualServerConfig,
): IpvsKey[] {
  if (entry.kind === 'fwmark')
    return [{ kind: 'fwmark', mark: entry.mark, family: entry.family ?? family }];
  const { port } = entry;
  return [...addresses(entry.first, entry.last)].map((address) => ({
    kind: 'address',
    protocol,
    address,
    port,
  }));
}

function* addresses(first: IpAddress, last: IpAddress): Generator<IpAddress> {
  const bytes = Uint8Array.from(ipToBytes(first));
  for (let address = first; compareIp(address, last) <= 0; address = ipFromBytes(bytes)) {
    yield address;
    let i = bytes.length - 1;
    while (i >= 0 && bytes[i] === 255) bytes[i--] = 0;
    if (i < 0) return;
    bytes[i] = (bytes[i] ?? 0) + 1;
  }
}
