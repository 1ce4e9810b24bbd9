/** From the text of a topology to a `Topology`: the schema, users' keepalived.conf, and checks beyond the schema. */
import { dirname } from 'node:path';
import type { SourceIssue } from '../../errors.ts';
import type { Adopt, Adopted } from '../adopted.ts';
import type { Reach } from '../reach.ts';
import type { Topology } from '../topology.ts';
import { ofItsOwn, withoutRefused } from '../yaml/tolerant.ts';
import { isProblem, schemaIssues, type YamlSource } from '../yaml/yaml-source.ts';
import { type ConfigFiles, configFiles } from './config-files.ts';
import { readNetworks } from './network-file.ts';
import {
  checkGateways,
  engineOf,
  type NodeContext,
  type NodeFiles,
  readNodes,
} from './node-file.ts';
import { readProbe } from './probe-file.ts';
import { readVirtualRouter } from './router-file.ts';
import { checkTracks, readSyncGroups, withPoolServices } from './service-file.ts';
import { type Report, reportOn } from './topology-issues.ts';
import { type TopologyText, topologySchema } from './topology-schema.ts';
import { checkOwnership, checkVrids } from './virtual-address-check.ts';
import { readVirtualServers } from './virtual-server-file.ts';

export interface TopologyResult {
  /** With its mistakes, so that further ones can be found; to be run only without errors. */
  readonly draft: Topology | undefined;
  /** Whether the draft lacks values that the schema refused. */
  readonly isPartial: boolean;
  readonly issues: readonly SourceIssue[];
}

export interface TopologyOptions {
  /** Which files it may name. */
  readonly reach: Reach;
  /** Takes values from users' configurations. */
  readonly adopt: Adopt;
  /** Only elections are simulated, without addresses, so an owner need not have any. */
  readonly isElection: boolean;
}

/** `value` is the source's own value, or that value with a scenario's `set` applied. */
export function readTopology(
  source: YamlSource,
  value: unknown,
  options: TopologyOptions,
): TopologyResult {
  if (source.issues.length > 0) return { draft: undefined, isPartial: true, issues: source.issues };
  const parsed = topologySchema.safeParse(value);
  if (parsed.success) return { ...readParsed(source, parsed.data, options), isPartial: false };
  const refused = schemaIssues(source, parsed.error, [], topologySchema);
  const rest = topologySchema.safeParse(withoutRefused(value, parsed.error));
  const { draft, issues } = rest.success
    ? readParsed(source, rest.data, options)
    : { draft: undefined, issues: [] };
  return { draft, isPartial: true, issues: [...refused, ...ofItsOwn(issues, refused)] };
}

function readParsed(
  source: YamlSource,
  data: TopologyText,
  { reach, adopt, isElection }: TopologyOptions,
) {
  const unread = reportOn(source);
  const files = { reach, at: writtenIn(source) };
  const read = readConfigs(files, data, unread);
  const adopted = adopt(data, source, read);
  const found = reportOn(adopted.source, adopted.isForeign);
  const configs = new Map(
    [...read].map(([node, config]) => [node, config.config(adopted.balancing.has(node))]),
  );
  const draft = resolved(adopted, { files, configs, isElection }, found);
  return { draft, issues: [...unread.issues, ...adopted.issues, ...found.issues] };
}

/** A path is relative to the file that it is written in: the topology, or the scenario that sets it. */
function writtenIn(source: YamlSource): NodeFiles['at'] {
  return (path, text) => {
    const { file, typed = false } = source.span(path);
    return { text, folder: dirname(typed ? source.file : file), typed };
  };
}

/** The configurations of routers whose engine reads keepalived.conf. */
function readConfigs(
  { reach, at }: NodeFiles,
  { nodes }: TopologyText,
  report: Report,
): Map<string, ConfigFiles> {
  const configs = new Map<string, ConfigFiles>();
  for (const [node, { role, engine, config }] of Object.entries(nodes)) {
    if (config === undefined || role !== 'router' || engineOf(engine) === 'frr') continue;
    const path = ['nodes', node, 'config'];
    const written = at(path, config);
    const found = reach.text(written);
    if (isProblem(found)) report.error(path, found.problem, found.hint);
    else configs.set(node, configFiles(found, { node, reach, typed: written.typed }));
  }
  return configs;
}

function resolved(
  { text, extras }: Adopted,
  {
    isElection,
    ...own
  }: Pick<NodeContext, 'files' | 'configs'> & Pick<TopologyOptions, 'isElection'>,
  report: Report,
): Topology {
  const networks = readNetworks(text.networks, report);
  const declared = readNodes(text.nodes, { ...own, networks, report });
  const virtualRouters = Object.entries(text.virtual_routers ?? {}).map(([name, router]) =>
    readVirtualRouter(name, router, extras.get(name), { networks, nodes: declared }, report),
  );
  if (virtualRouters.length === 0)
    report.error(['virtual_routers'], 'there is no virtual router', 'Nothing could be judged.');
  checkVrids(virtualRouters, report);
  if (!isElection) checkOwnership(virtualRouters, declared, report);
  checkTracks(virtualRouters, declared, report);
  const context = { nodes: declared, routers: virtualRouters };
  const virtualServers = readVirtualServers(text.virtual_servers, context, report);
  const nodes = withPoolServices(declared, virtualServers);
  checkGateways(nodes, virtualRouters, report);
  return {
    name: text.name,
    description: text.description ?? '',
    networks,
    nodes,
    virtualRouters,
    virtualServers,
    syncGroups: readSyncGroups(text.sync_groups, virtualRouters, report),
    probes: Object.entries(text.probes ?? {}).map(([name, probe]) =>
      readProbe(name, probe, { nodes, routers: virtualRouters, servers: virtualServers }, report),
    ),
  };
}
