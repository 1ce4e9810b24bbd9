/** Services, virtual servers and tracked scripts of a topology file: names resolved, defaults filled in. */
import { family } from '../net/address.ts';
import { milliseconds, seconds } from '../time.ts';
import type { PoolMember, ScriptTrack, Service, VirtualServer } from './service.ts';
import {
  PROTOCOLS,
  type ServicesText,
  type SyncGroupsText,
  type TrackText,
  type VirtualServerText,
} from './service-schema.ts';
import type { Node, SyncGroup, VirtualRouter } from './topology.ts';
import type { Path } from './yaml-source.ts';

/** How mistakes are told: at a path, or as an unknown name there. */
export interface Tell {
  error(path: Path, message: string, hint?: string): void;
  unknown(path: Path, what: string, word: string, known: readonly string[]): void;
}

/** keepalived counts in microseconds; an interval of less than this only makes heat. */
const SHORTEST = milliseconds(10);

export function readServices(text: ServicesText | undefined, path: Path, tell: Tell): Service[] {
  const seen = new Map<number, string>();
  return Object.entries(text ?? {}).map(([name, one]) => {
    const port = typeof one === 'number' ? one : one.port;
    const named = PROTOCOLS.find((protocol) => protocol === name);
    const protocol = (typeof one === 'number' ? undefined : one.protocol) ?? named ?? 'http';
    const other = seen.get(port);
    if (other !== undefined)
      tell.error([...path, name], `port ${port} is taken already: by "${other}"`);
    seen.set(port, name);
    return { name, protocol, port };
  });
}

export function readTrack(text: TrackText | undefined, path: Path, tell: Tell): ScriptTrack[] {
  return Object.entries(text ?? {}).map(([name, one]) => {
    const every = one.every ?? milliseconds(500);
    if (every < SHORTEST) tell.error([...path, name, 'every'], 'a script runs every 10ms or more');
    return {
      name,
      service: one.service,
      every,
      timeout: one.timeout ?? every,
      rise: one.rise ?? 1,
      fall: one.fall ?? 1,
      weight: one.weight ?? 0,
    };
  });
}

export function readSyncGroups(
  text: SyncGroupsText | undefined,
  routers: readonly VirtualRouter[],
  tell: Tell,
): SyncGroup[] {
  const taken = new Map<string, string>();
  return Object.entries(text ?? {}).map(([name, members]) => {
    for (const [i, member] of members.entries()) {
      const path = ['sync_groups', name, i];
      const known = routers.map((one) => one.name);
      if (!known.includes(member)) tell.unknown(path, 'virtual router', member, known);
      const other = taken.get(member);
      if (other !== undefined) tell.error(path, `"${member}" is in sync group "${other}" already`);
      taken.set(member, name);
    }
    return { name, members };
  });
}

/** Also gives pool members that are web nodes the services they are asked for. */
export function readVirtualServers(
  text: Readonly<Record<string, VirtualServerText>> | undefined,
  around: { readonly nodes: readonly Node[]; readonly routers: readonly VirtualRouter[] },
  tell: Tell,
): VirtualServer[] {
  const seen = new Map<string, string>();
  return Object.entries(text ?? {}).map(([name, one]) => {
    const path = ['virtual_servers', name];
    const { address, port } = one.listen;
    const protocol = one.protocol === 'udp' ? 'UDP' : 'TCP';
    const holder = around.routers.find((router) =>
      router.addresses.some((own) => own.address === address),
    );
    if (holder === undefined) {
      const known = around.routers.flatMap((router) => router.addresses.map((own) => own.address));
      tell.unknown([...path, 'listen'], 'virtual address', address, known);
    }
    const key = `${address} ${port} ${protocol}`;
    const other = seen.get(key);
    if (other !== undefined) tell.error([...path, 'listen'], `"${other}" listens there already`);
    seen.set(key, name);
    if (one.persistence !== undefined && one.persistence % 1_000_000 !== 0)
      tell.error([...path, 'persistence'], 'persistence counts whole seconds');
    const member = memberReader(one, around.nodes, tell);
    return {
      name,
      address,
      port,
      protocol,
      mode: ({ nat: 'NAT', dr: 'DR', tun: 'TUN' } as const)[one.mode ?? 'nat'],
      method: one.method ?? 'rr',
      routers: holder?.members.map(({ node }) => node) ?? [],
      pool: one.pool.map((entry, i) => member(entry, [...path, 'pool', i])),
      sorry: one.sorry === undefined ? undefined : member(one.sorry, [...path, 'sorry']),
      quorum: one.quorum ?? 1,
      hysteresis: one.hysteresis ?? 0,
      persistence: one.persistence,
      check: readCheck(one, [...path, 'check'], tell),
    };
  });
}

function readCheck(
  { check, protocol }: VirtualServerText,
  path: Path,
  tell: Tell,
): VirtualServer['check'] {
  if (check === undefined) return undefined;
  const every = check.every ?? seconds(1);
  if (every < SHORTEST) tell.error([...path, 'every'], 'a check runs every 10ms or more');
  const web = check.type === 'http' || check.type === 'https';
  for (const key of ['path', 'body'] as const)
    if (check[key] !== undefined && !web)
      tell.error([...path, key], `"${key}" means nothing to a check of type ${check.type}`);
  if (protocol === 'udp' && web)
    tell.error([...path, 'type'], 'a virtual server of UDP is checked by udp, ping or script');
  checkPattern(check.body, [...path, 'body'], tell);
  return {
    type: check.type,
    path: check.path ?? '/',
    body: check.body,
    every,
    timeout: check.timeout ?? milliseconds(500),
    fall: check.fall ?? 2,
    retryDelay: check.retry_delay ?? every,
  };
}

function checkPattern(body: string | undefined, path: Path, tell: Tell): void {
  try {
    if (body !== undefined) new RegExp(body);
  } catch (error) {
    tell.error(path, error instanceof Error ? error.message : String(error));
  }
}

type MemberText = VirtualServerText['pool'][number];

function memberReader(
  server: VirtualServerText,
  nodes: readonly Node[],
  tell: Tell,
): (entry: MemberText, path: Path) => PoolMember {
  const taken = new Set<string>();
  return (entry, path) => {
    const text = typeof entry === 'string' ? { node: entry } : entry;
    const node = nodes.find(({ name }) => name === text.node);
    if (node === undefined)
      tell.unknown(
        path,
        'node',
        text.node,
        nodes.map(({ name }) => name),
      );
    const port = text.port ?? server.port ?? server.listen.port;
    const which = family(server.listen.address);
    const address = node?.attach
      .flatMap(({ addresses }) => addresses)
      .find((own) => family(own.address) === which)?.address;
    if (node !== undefined && address === undefined)
      tell.error(path, `"${text.node}" has no IPv${which} address`);
    if (taken.has(`${text.node} ${port}`)) tell.error(path, `"${text.node}" stands here twice`);
    taken.add(`${text.node} ${port}`);
    return {
      node: text.node,
      address: address ?? server.listen.address,
      port,
      weight: text.weight ?? 1,
    };
  };
}

/** A web node of a pool serves what the pool asks for, without being told. */
export function withPoolServices(
  nodes: readonly Node[],
  servers: readonly VirtualServer[],
): Node[] {
  const asked = servers.flatMap(({ pool, sorry, protocol, check }) => {
    const web = check?.type === 'https' ? ('https' as const) : ('http' as const);
    const speaks = protocol === 'UDP' ? ('udp' as const) : web;
    const members = sorry === undefined ? pool : [...pool, sorry];
    return members.map(({ node, port }) => ({ node, port, protocol: speaks }));
  });
  return nodes.map((node) => {
    const services = [...node.services];
    for (const { node: name, port, protocol } of asked)
      if (name === node.name && !services.some((one) => one.port === port))
        services.push({ name: `${protocol}-${port}`, protocol, port });
    return node.role === 'web' ? { ...node, services } : node;
  });
}
