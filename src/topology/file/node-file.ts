/** Nodes of a topology file: programs, networks and gateways. */
import { contains, family, type Prefix } from '../../net/address.ts';
import { bitsOf, noHost } from '../../net/prefix.ts';
import type { Reach, WrittenPath } from '../reach.ts';
import {
  type Attachment,
  type Engine,
  type Network,
  type Node,
  named,
  type OwnConfig,
  type VirtualRouter,
} from '../topology.ts';
import { isProblem } from '../yaml/yaml-source.ts';
import { subnetsOf } from './network-file.ts';
import { readServices } from './service-file.ts';
import type { Report } from './topology-issues.ts';
import type { TopologyText } from './topology-schema.ts';

type NodeText = TopologyText['nodes'][string];

/** Means "no node" where a scenario names a node. */
const NOBODY = 'none';

/** Reads the files that a node names; `at` answers where a path was written. */
export interface NodeFiles {
  readonly reach: Reach;
  readonly at: (key: readonly string[], text: string) => WrittenPath;
}

export interface NodeContext {
  readonly networks: readonly Network[];
  readonly files: NodeFiles;
  readonly configs: ReadonlyMap<string, OwnConfig>;
  readonly report: Report;
}

export function readNodes(nodes: TopologyText['nodes'], context: NodeContext): Node[] {
  const read = Object.entries(nodes).map(([name, text]): Node => {
    const report = context.report.below('nodes', name);
    if (name === NOBODY) report.error([], `"${NOBODY}" means nobody`, 'Choose another name.');
    const own = readEngine(name, text, context.files, report);
    const attach = Object.entries(text.attach).map(([network, addresses]) =>
      readAttachment(network, [addresses].flat(), context, report.below('attach', network)),
    );
    if (attach.length === 0)
      report.error(['attach'], `"${name}" is attached to no network`, 'Add one.');
    const services = readServices(text.services, report.below('services'));
    const { role, gateway } = text;
    return { name, role, ...own, config: context.configs.get(name), attach, gateway, services };
  });
  checkDuplicates(read, context.report);
  return read;
}

function readEngine(
  name: string,
  { role, engine: wanted, config }: NodeText,
  { reach, at }: NodeFiles,
  report: Report,
): Pick<Node, 'engine' | 'program'> {
  if (role !== 'router') {
    const only = `; "${name}" is a ${role}`;
    if (wanted !== undefined) report.error(['engine'], `only a router has an engine${only}`);
    if (config !== undefined) report.error(['config'], `only a router has a config${only}`);
    return { engine: 'halab', program: undefined };
  }
  const engine = engineOf(wanted);
  if (config !== undefined && engine === 'frr') {
    const hint = 'Leave it out: the lab renders frr.conf.';
    report.error(['config'], 'frr reads no keepalived.conf', hint);
  }
  const path = typeof wanted === 'object' ? wanted.path : undefined;
  if (path === undefined) return { engine, program: undefined };
  const key = ['engine', 'path'];
  if (engine !== 'keepalived') {
    const hint = 'Only keepalived can be a build of your own.';
    report.error(key, `${engine} comes from the node image`, hint);
    return { engine, program: undefined };
  }
  const program = reach.program(at(['nodes', name, ...key], path));
  if (!isProblem(program)) return { engine, program };
  report.error(key, program.problem, program.hint);
  return { engine, program: undefined };
}

/** The engine of a router. A path alone means keepalived, the only engine that can be a user's build. */
export function engineOf(written: NodeText['engine']): Engine {
  if (typeof written !== 'object') return written ?? 'halab';
  return written.kind ?? (written.path === undefined ? 'halab' : 'keepalived');
}

function readAttachment(
  network: string,
  addresses: readonly Prefix['address'][],
  { networks }: NodeContext,
  report: Report,
): Attachment {
  const found = named(networks, network);
  if (found === undefined) report.unknown([], 'network', network, networks);
  const prefixes = addresses.map((address, i): Prefix => {
    const at = addresses.length > 1 ? [i] : [];
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
    const router = named(routers, gateway);
    const own = attach.find(({ network }) => network === router?.network);
    if (router === undefined) report.unknown(path, 'virtual router', gateway, routers);
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
