/** Sync groups and virtual servers: YAML must agree with the users' files. */
import type { VirtualServerConfig } from '../engine/core/config-check.ts';
import { formatMicros, type Micros } from '../time.ts';
import type { VirtualServerText } from '../topology/file/service-schema.ts';
import type { TopologyText } from '../topology/file/topology-schema.ts';
import { memberOf } from '../topology/file/virtual-server-file.ts';
import { virtualServerName } from '../topology/service.ts';
import { hasAddress } from '../topology/topology.ts';
import type { Path } from '../topology/yaml/yaml-source.ts';
import type { Adoption } from './adoption.ts';
import type { OwnFile } from './own-file.ts';
import type { Matched } from './own-match.ts';

export function compareGroups(
  adoption: Adoption,
  { members }: Matched,
  files: readonly OwnFile[],
): void {
  const groups = Object.entries(adoption.text.sync_groups ?? {});
  for (const file of files)
    for (const [name, routers] of groups) {
      const instances = routers.map(
        (router) => members.get(router)?.find((member) => member.file === file)?.instance.name,
      );
      const isTogether = file.config.syncGroups.some((group) =>
        instances.every((instance) => instance !== undefined && group.members.includes(instance)),
      );
      if (!isTogether && instances.every((instance) => instance !== undefined))
        adoption.contradiction(
          ['sync_groups', name],
          routers.join(', '),
          'no vrrp_sync_group that binds them together',
          file.start,
        );
    }
}

/** A virtual server of the topology runs on every member of the virtual router that has its address. */
export function compareServers(adoption: Adoption, files: readonly OwnFile[]): void {
  const { text } = adoption;
  for (const [name, server] of Object.entries(text.virtual_servers ?? {})) {
    const holder = Object.values(text.virtual_routers ?? {}).find(({ addresses = [] }) =>
      hasAddress({ addresses }, server.listen.address),
    );
    for (const file of files)
      if (holder?.members?.[file.node] !== undefined) compareServer(adoption, name, server, file);
  }
}

function compareServer(
  adoption: Adoption,
  name: string,
  server: VirtualServerText,
  file: OwnFile,
): void {
  const path = ['virtual_servers', name];
  const protocol = server.protocol === 'udp' ? 'UDP' : 'TCP';
  const wanted = virtualServerName({ ...server.listen, protocol });
  const found = file.config.check.virtualServers.find(
    (virtualServer) => virtualServer.name === wanted,
  );
  if (found === undefined) {
    adoption.contradiction([...path, 'listen'], wanted, `no virtual_server ${wanted}`, file.start);
    return;
  }
  const at = file.block('virtual_server', server.listen.address) ?? file.start;
  for (const [key, yaml, own] of rows(adoption.text, server, found))
    if (yaml !== undefined && yaml !== own)
      adoption.contradiction(
        [...path, ...key] as Path,
        String(yaml),
        own === undefined ? 'nothing of it' : String(own),
        at,
      );
}

type Row = readonly [key: readonly string[], yaml: unknown, file: unknown];

function rows({ nodes }: TopologyText, yaml: VirtualServerText, own: VirtualServerConfig): Row[] {
  const [checker] = own.realServers.flatMap(({ checkers }) => checkers);
  const { check, listen } = yaml;
  const isSix = listen.address.includes(':');
  const known = new Set<string>(own.realServers.map(({ address }) => address));
  /** The address of a pool's member that the file has, otherwise its first one of the family. */
  const member = (entry: VirtualServerText['pool'][number]): string => {
    const { node, port = yaml.port ?? listen.port } = memberOf(entry);
    const fitting = Object.values(nodes[node]?.attach ?? {})
      .flat()
      .filter((address) => address.includes(':') === isSix);
    return at({ address: fitting.find((each) => known.has(each)) ?? fitting[0] ?? node, port });
  };
  const length = (value: Micros | undefined) =>
    value === undefined ? undefined : formatMicros(value);
  return [
    [['pool'], poolOf(yaml.pool.map(member)), poolOf(own.realServers.map(at))],
    [['mode'], yaml.mode?.toUpperCase(), own.method.kind],
    [['method'], yaml.method, own.scheduler],
    [['quorum'], yaml.quorum, own.quorum],
    [['hysteresis'], yaml.hysteresis, own.hysteresis],
    [['sorry'], yaml.sorry && member(yaml.sorry), own.sorryServer && at(own.sorryServer)],
    [['check', 'every'], length(check?.every), length(checker?.timing.interval)],
    [['check', 'timeout'], length(check?.timeout), length(checker?.timing.timeout)],
    [['check', 'fall'], check?.fall, checker?.timing.fall],
  ];
}

/** `10.0.1.11:80, 10.0.1.12:80`: the servers. */
function poolOf(servers: string[]): string {
  return servers.sort().join(', ');
}

function at({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address}:${port}`;
}
