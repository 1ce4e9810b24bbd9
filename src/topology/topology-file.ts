/**
 * From the text of a topology to a `Topology`: schema first, then everything a schema cannot see
 * (names that do not exist, addresses outside their network, a VRID used twice), all at once.
 */
import { dirname } from 'node:path';
import type { SourceIssue } from '../errors.ts';
import { nearest } from '../errors.ts';
import { contains, family, type IpAddress, isLinkLocal, type Prefix } from '../net/address.ts';
import { type Micros, micros, milliseconds, seconds } from '../time.ts';
import { type Report, readEngine } from './node-engine.ts';
import { readProbe } from './probe-file.ts';
import { Reach, type WrittenPath } from './reach.ts';
import {
  readServices,
  readSyncGroups,
  readTrack,
  readVirtualServers,
  type Tell,
  withPoolServices,
} from './service-file.ts';
import { checkUnicast, readAuthentication } from './speaking.ts';
import type { Member, Network, Node, Topology, VirtualRouter } from './topology.ts';
import { type TopologyText, topologyKeys, topologySchema } from './topology-schema.ts';
import { type Path, schemaIssues, type YamlSource } from './yaml-source.ts';

export interface TopologyResult {
  readonly topology: Topology | undefined;
  readonly issues: readonly SourceIssue[];
}

/**
 * `value` is the source's own value, or that value with a scenario's `set` applied; `reach` bounds the
 * files that it may name.
 */
export function readTopology(
  source: YamlSource,
  value: unknown = source.value,
  reach: Reach = Reach.of(source.file),
): TopologyResult {
  if (source.issues.length > 0) return { topology: undefined, issues: source.issues };
  const parsed = topologySchema.safeParse(value);
  if (!parsed.success) {
    return { topology: undefined, issues: schemaIssues(source, parsed.error, [], topologyKeys) };
  }
  const reader = new TopologyReader(source, parsed.data, reach);
  const topology = reader.read();
  const failed = reader.issues.some((issue) => issue.severity === 'error');
  return { topology: failed ? undefined : topology, issues: reader.issues };
}

const V3_INTERVAL_MAX = micros(40_950_000);

type MemberText = TopologyText['virtual_routers'][string]['members'][string];

class TopologyReader {
  readonly issues: SourceIssue[] = [];
  private readonly source: YamlSource;
  private readonly text: TopologyText;
  private readonly reach: Reach;
  private readonly networks: readonly Network[];
  private readonly tell: Tell = {
    error: (path, message, hint) => this.error(path, message, hint),
    unknown: (path, what, word, known) => this.unknown(path, what, word, known),
  };

  constructor(source: YamlSource, text: TopologyText, reach: Reach) {
    this.source = source;
    this.reach = reach;
    this.text = text;
    this.networks = Object.entries(text.networks).map(([name, { subnet }]) => ({
      name,
      subnets: [subnet].flat(),
    }));
  }

  read(): Topology {
    const declared = Object.keys(this.text.nodes).map((name) => this.node(name));
    this.checkDuplicateAddresses(declared);
    const virtualRouters = Object.keys(this.text.virtual_routers).map((name) =>
      this.virtualRouter(name, declared),
    );
    this.checkVrids(virtualRouters);
    const { tell } = this;
    const around = { nodes: declared, routers: virtualRouters };
    const virtualServers = readVirtualServers(this.text.virtual_servers, around, tell);
    const nodes = withPoolServices(declared, virtualServers);
    this.checkGateways(nodes, virtualRouters);
    return {
      name: this.text.name,
      description: this.text.description ?? '',
      networks: this.networks,
      nodes,
      virtualRouters,
      virtualServers,
      syncGroups: readSyncGroups(this.text.sync_groups, virtualRouters, tell),
      probes: Object.keys(this.text.probes ?? {}).map((name) =>
        readProbe(name, this.text.probes?.[name], { nodes, routers: virtualRouters }, tell),
      ),
    };
  }

  private node(name: string): Node {
    const text = this.text.nodes[name];
    const path = ['nodes', name];
    const attach = Object.entries(text?.attach ?? {}).map(([network, addresses]) => {
      const found = this.network(network, [...path, 'attach', network]);
      const prefixes = [addresses].flat().map((address): Prefix => {
        const subnet = found?.subnets.find((one) => contains(one, address));
        if (found !== undefined && subnet === undefined) {
          this.error(
            [...path, 'attach', network],
            `${address} is outside network "${network}" (${subnetsOf(found)})`,
          );
        }
        return { address, length: subnet?.length ?? (family(address) === 4 ? 32 : 128) };
      });
      return { network, addresses: prefixes };
    });
    const role = text?.role ?? 'client';
    const report: Report = (key, message, hint) => this.error([...path, ...key], message, hint);
    const own = readEngine(
      { name, role, engine: text?.engine, config: text?.config },
      { reach: this.reach, at: (key, written) => this.written([...path, ...key], written) },
      report,
    );
    const services = readServices(text?.services, [...path, 'services'], this.tell);
    return { name, role, ...own, attach, gateway: text?.gateway, services };
  }

  /** Relative to the file that it stands in: the topology's, or that of the scenario which sets it. */
  private written(path: Path, text: string): WrittenPath {
    const { file, typed = false } = this.source.span(path);
    return { text, folder: dirname(typed ? this.source.file : file), typed };
  }

  private checkDuplicateAddresses(nodes: readonly Node[]): void {
    const seen = new Map<string, string>();
    for (const node of nodes) {
      for (const { network, addresses } of node.attach) {
        for (const { address } of addresses) {
          const other = seen.get(`${network} ${address}`);
          if (other !== undefined) {
            this.error(
              ['nodes', node.name, 'attach', network],
              `${address} already belongs to "${other}"`,
            );
          }
          seen.set(`${network} ${address}`, node.name);
        }
      }
    }
  }

  /** A default route through addresses that the node can reach. */
  private checkGateways(nodes: readonly Node[], routers: readonly VirtualRouter[]): void {
    for (const { name, gateway, attach } of nodes) {
      if (gateway === undefined) continue;
      const path = ['nodes', name, 'gateway'];
      const router = routers.find((one) => one.name === gateway);
      const known = routers.map((one) => one.name);
      if (router === undefined) this.unknown(path, 'virtual router', gateway, known);
      else if (!attach.some(({ network }) => network === router.network))
        this.error(path, `"${name}" is not attached to network "${router.network}"`);
      else if (router.members.some(({ node }) => node === name))
        this.error(path, `"${name}" is a member of "${gateway}" itself`);
    }
  }

  private virtualRouter(name: string, nodes: readonly Node[]): VirtualRouter {
    const path = ['virtual_routers', name];
    const text = this.text.virtual_routers[name];
    const addresses = text?.addresses ?? [];
    const version = text?.protocol === 'vrrp2' ? 2 : 3;
    const which = family(addresses[0]?.address ?? ('0.0.0.0' as IpAddress));
    const network = this.network(text?.network ?? '', [...path, 'network']);
    if (network !== undefined) this.checkVirtualAddresses(path, addresses, network);
    if (version === 2 && which === 6) {
      this.error([...path, 'protocol'], 'VRRP version 2 carries no IPv6', 'Write protocol: vrrp3.');
    }
    const advertInterval = text?.advert_interval ?? seconds(1);
    this.checkInterval([...path, 'advert_interval'], advertInterval, version);
    const complain = (key: readonly string[], message: string, hint?: string): void =>
      this.error([...path, ...key], message, hint);
    const proof = readAuthentication(text?.authentication, version, (key, message, hint) =>
      complain(['authentication', ...key], message, hint),
    );
    const members = Object.keys(text?.members ?? {}).map((node) => this.member(name, node, nodes));
    if (members.length === 0)
      this.error([...path, 'members'], 'a virtual router needs at least one member');
    const router: VirtualRouter = {
      name,
      vrid: text?.vrid ?? 0,
      version,
      family: which,
      network: text?.network ?? '',
      addresses,
      advertInterval,
      ...proof,
      unicast: text?.unicast === true ? true : undefined,
      useVmac: text?.use_vmac === true ? true : undefined,
      unsupported: text?.unsupported ?? 'skip-cell',
      members,
      track: readTrack(text?.track, [...path, 'track'], this.tell),
      notify: text?.notify ?? false,
    };
    checkUnicast(router, nodes, complain);
    return router;
  }

  private checkVirtualAddresses(path: Path, addresses: readonly Prefix[], network: Network): void {
    for (const [i, { address }] of addresses.entries()) {
      const at = [...path, 'addresses', i];
      if (family(address) !== family(addresses[0]?.address ?? address)) {
        this.error(
          at,
          'IPv4 and IPv6 addresses cannot share a virtual router',
          'Make a second virtual router.',
        );
      } else if (family(address) === 6 && i === 0 && !isLinkLocal(address)) {
        this.error(
          at,
          `the first IPv6 address must be link-local, got ${address}`,
          'Put an fe80::/10 address first (RFC 9568 5.2.9).',
        );
      } else if (
        !isLinkLocal(address) &&
        !network.subnets.some((subnet) => contains(subnet, address))
      ) {
        this.error(at, `${address} is outside network "${network.name}" (${subnetsOf(network)})`);
      }
    }
  }

  private checkInterval(path: Path, interval: Micros, version: 2 | 3): void {
    if (
      version === 2 &&
      (interval % 1_000_000 !== 0 || interval < 1_000_000 || interval > 255_000_000)
    ) {
      this.error(
        path,
        'VRRP version 2 counts whole seconds, 1s..255s',
        'Use protocol: vrrp3 for shorter ones.',
      );
    }
    if (
      version === 3 &&
      (interval % 10_000 !== 0 || interval < 10_000 || interval > V3_INTERVAL_MAX)
    ) {
      this.error(path, 'VRRP version 3 counts centiseconds, 10ms..40.95s (RFC 9568 5.2.7)');
    }
  }

  private member(router: string, node: string, nodes: readonly Node[]): Member {
    const path = ['virtual_routers', router, 'members', node];
    const text = this.text.virtual_routers[router];
    const own = text?.members[node];
    const found = nodes.find((candidate) => candidate.name === node);
    if (found === undefined)
      this.unknown(
        path,
        'node',
        node,
        nodes.map((n) => n.name),
      );
    else if (found.role !== 'router')
      this.error(path, `"${node}" is a ${found.role}, not a router`);
    else if (!found.attach.some(({ network }) => network === text?.network)) {
      this.error(path, `"${node}" is not attached to network "${text?.network}"`);
    }
    this.checkOverrides(path, router, own);
    const preemptDelay = own?.preempt_delay ?? milliseconds(0);
    if (preemptDelay > 1_000_000_000)
      this.error([...path, 'preempt_delay'], 'preempt_delay is 0s..1000s');
    return {
      node,
      priority: own?.priority ?? 100,
      preempt: own?.preempt ?? text?.preempt ?? true,
      preemptDelay,
      accept: own?.accept ?? true,
      addresses: own?.addresses,
      advertInterval: own?.advert_interval,
      unicastPeers: own?.unicast_peers,
      checksum: own?.checksum ?? 'pseudo-header',
    };
  }

  /** What one member says differently must still be something a router can be told. */
  private checkOverrides(path: Path, router: string, own: MemberText | undefined): void {
    const text = this.text.virtual_routers[router];
    const version = text?.protocol === 'vrrp2' ? 2 : 3;
    const network = this.networks.find(({ name }) => name === text?.network);
    if (own?.advert_interval !== undefined)
      this.checkInterval([...path, 'advert_interval'], own.advert_interval, version);
    if (own?.addresses === undefined) return;
    if (network !== undefined) this.checkVirtualAddresses(path, own.addresses, network);
    const which = family(text?.addresses[0]?.address ?? ('0.0.0.0' as IpAddress));
    if (own.addresses.some(({ address }) => family(address) !== which))
      this.error([...path, 'addresses'], `"${router}" is a virtual router of IPv${which}`);
  }

  private checkVrids(routers: readonly VirtualRouter[]): void {
    const seen = new Map<string, string>();
    for (const router of routers) {
      const key = `${router.network} ${router.vrid} ${router.family}`;
      const other = seen.get(key);
      if (other !== undefined) {
        this.error(
          ['virtual_routers', router.name, 'vrid'],
          `VRID ${router.vrid} is used twice on "${router.network}": also by "${other}"`,
        );
      }
      seen.set(key, router.name);
    }
  }

  private network(name: string, path: Path): Network | undefined {
    const found = this.networks.find((network) => network.name === name);
    if (found === undefined)
      this.unknown(
        path,
        'network',
        name,
        this.networks.map((network) => network.name),
      );
    return found;
  }

  private unknown(path: Path, what: string, word: string, known: readonly string[]): void {
    const close = nearest(word, known);
    const hint =
      close === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${close}"?`;
    // A name that is a key is shown at the key, one that is a value at the value.
    const span = path.at(-1) === word ? this.source.keySpan(path) : this.source.span(path);
    this.issues.push({ ...span, severity: 'error', message: `unknown ${what} "${word}"`, hint });
  }

  private error(path: Path, message: string, hint?: string): void {
    this.issues.push({
      ...this.source.span(path),
      severity: 'error',
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function subnetsOf(network: Network): string {
  return network.subnets.map(({ address, length }) => `${address}/${length}`).join(', ');
}
