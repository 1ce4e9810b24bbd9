/** Nodes of a topology file: what runs on them, their networks and their gateways. */
import { contains, family, type Prefix } from '../../net/address.ts';
import { bitsOf, noHost } from '../../net/prefix.ts';
import { type NodeFiles, type ReportAt, readEngine } from '../node-engine.ts';
import type { Attachment, Network, Node, OwnConfig, VirtualRouter } from '../topology.ts';
import type { Path } from '../yaml/yaml-source.ts';
import { subnetsOf } from './network-file.ts';
import { readServices } from './service-file.ts';
import type { Report } from './topology-issues.ts';
import type { TopologyText } from './topology-schema.ts';

/** Means "no node" where a scenario names a node. */
const NOBODY = 'none';

export interface NodeContext {
  readonly networks: readonly Network[];
  readonly files: NodeFiles;
  readonly configs: ReadonlyMap<string, OwnConfig>;
  readonly report: Report;
}

export function readNodes(nodes: TopologyText['nodes'], context: NodeContext): Node[] {
  const { report } = context;
  const read = Object.entries(nodes).map(([name, text]): Node => {
    const path = ['nodes', name];
    if (name === NOBODY) report.error(path, `"${NOBODY}" means nobody`, 'Choose another name.');
    const { role, engine, config, gateway } = text;
    const reportAt: ReportAt = (key, message, hint) =>
      report.error([...path, ...key], message, hint);
    const { reach, at } = context.files;
    const files = {
      reach,
      at: (key: readonly string[], text: string) => at([...path, ...key], text),
    };
    const own = readEngine({ name, role, engine, config }, files, reportAt);
    const attach = Object.entries(text.attach).map(([network, addresses]) =>
      readAttachment([...path, 'attach', network], network, [addresses].flat(), context),
    );
    if (attach.length === 0)
      report.error([...path, 'attach'], `"${name}" is attached to no network`, 'Add one.');
    const services = readServices(text.services, [...path, 'services'], report);
    return { name, role, ...own, config: context.configs.get(name), attach, gateway, services };
  });
  checkDuplicates(read, report);
  return read;
}

function readAttachment(
  path: Path,
  network: string,
  addresses: readonly Prefix['address'][],
  { networks, report }: NodeContext,
): Attachment {
  const found = networks.find(({ name }) => name === network);
  if (found === undefined)
    report.unknown(
      path,
      'network',
      network,
      networks.map(({ name }) => name),
    );
  const prefixes = addresses.map((address, i): Prefix => {
    const at = addresses.length > 1 ? [...path, i] : path;
    const subnet = found?.subnets.find((candidate) => contains(candidate, address));
    const impossible = subnet === undefined ? undefined : noHost(subnet, address);
    if (found !== undefined && subnet === undefined)
      report.error(at, `${address} is outside network "${network}" (${subnetsOf(found)})`);
    else if (impossible !== undefined) report.error(at, impossible, 'Take one in between.');
    return { address, length: subnet?.length ?? bitsOf(family(address)) };
  });
  return { network, addresses: prefixes };
}

function checkDuplicates(nodes: readonly Node[], report: Report): void {
  const seen = new Map<string, string>();
  for (const node of nodes)
    for (const { network, addresses } of node.attach)
      for (const [i, { address }] of addresses.entries()) {
        const path = ['nodes', node.name, 'attach', network];
        const other = seen.get(`${network} ${address}`);
        if (other !== undefined)
          report.error(
            addresses.length > 1 ? [...path, i] : path,
            `${address} already belongs to "${other}"`,
          );
        seen.set(`${network} ${address}`, node.name);
      }
}

/** A node must reach its gateway, and have an address of the gateway's family. */
export function checkGateways(
  nodes: readonly Node[],
  routers: readonly VirtualRouter[],
  report: Report,
): void {
  for (const { name, gateway, attach } of nodes) {
    if (gateway === undefined) continue;
    const path = ['nodes', name, 'gateway'];
    const router = routers.find((candidate) => candidate.name === gateway);
    const own = attach.find(({ network }) => network === router?.network);
    if (router === undefined)
      report.unknown(
        path,
        'virtual router',
        gateway,
        routers.map((router) => router.name),
      );
    else if (own === undefined)
      report.error(path, `"${name}" is not attached to network "${router.network}"`);
    else if (router.members.some(({ node }) => node === name))
      report.error(path, `"${name}" is a member of "${gateway}" itself`);
    else if (!own.addresses.some(({ address }) => family(address) === router.family))
      report.error(
        path,
        `"${name}" has no IPv${router.family} address on "${router.network}", and "${gateway}" is of IPv${router.family}`,
      );
  }
}
