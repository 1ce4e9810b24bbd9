/** Virtual servers of a topology file: the virtual router with the address, the pool, and the check. */

import { messageOf } from '../../errors.ts';
import { family } from '../../net/address.ts';
import { withoutPcre } from '../../pcre.ts';
import { milliseconds, seconds } from '../../time.ts';
import type { PoolMember, VirtualServer } from '../service.ts';
import { hasAddress, type Node, named, type VirtualRouter } from '../topology.ts';
import type { Path } from '../yaml/yaml-source.ts';
import { SHORTEST, TIME } from './service-file.ts';
import type { VirtualServerText } from './service-schema.ts';
import type { Report } from './topology-issues.ts';

export function readVirtualServers(
  text: Readonly<Record<string, VirtualServerText>> | undefined,
  context: { readonly nodes: readonly Node[]; readonly routers: readonly VirtualRouter[] },
  whole: Report,
): VirtualServer[] {
  const seen = new Map<string, string>();
  return Object.entries(text ?? {}).map(([name, server]) => {
    const report = whole.below('virtual_servers', name);
    const { address, port } = server.listen;
    const protocol = server.protocol === 'udp' ? 'UDP' : 'TCP';
    const holder = context.routers.find((router) => hasAddress(router, address));
    if (holder === undefined) {
      const known = context.routers.flatMap((router) => router.addresses.map((own) => own.address));
      report.unknown(['listen'], 'virtual address', address, known);
    }
    const key = `${address} ${port} ${protocol}`;
    const other = seen.get(key);
    if (other !== undefined) report.error(['listen'], `"${other}" listens there already`);
    seen.set(key, name);
    checkServer(server, report);
    const routers = holder?.members.map(({ node }) => node) ?? [];
    const balancers = context.nodes.filter((node) => routers.includes(node.name));
    const member = memberReader(server, context.nodes, balancers, report);
    return {
      name,
      address,
      port,
      protocol,
      mode: ({ nat: 'NAT', dr: 'DR', tun: 'TUN' } as const)[server.mode ?? 'nat'],
      method: server.method ?? 'rr',
      routers,
      pool: server.pool.map((entry, i) => member(entry, ['pool', i])),
      sorry: server.sorry === undefined ? undefined : member(server.sorry, ['sorry']),
      quorum: server.quorum ?? 1,
      hysteresis: server.hysteresis ?? 0,
      persistence: server.persistence,
      check: readCheck(server, report.below('check')),
    };
  });
}

function checkServer(server: VirtualServerText, report: Report): void {
  const { persistence, quorum = 1, hysteresis = 0, mode, port, listen, pool } = server;
  if (persistence !== undefined && (persistence % 1_000_000 !== 0 || persistence === 0))
    report.error(['persistence'], 'persistence counts whole seconds, 1s or more');
  const members = pool.map(memberOf);
  const whole = members.reduce((sum, { weight = 1 }) => sum + weight, 0);
  if (quorum > whole)
    report.error(
      [server.quorum === undefined ? 'pool' : 'quorum'],
      `the quorum ${quorum} is never reached: the weights of the pool come to ${whole}`,
      'Lower the quorum, or give the servers more weight.',
    );
  if (hysteresis > 0 && hysteresis >= quorum)
    report.error(['hysteresis'], 'hysteresis is less than the quorum', 'Lower it.');
  const isOther = ({ port: own = listen.port }) => own !== listen.port;
  if ((mode === 'dr' || mode === 'tun') && [{ port }, ...members].some(isOther))
    report.error(
      ['mode'],
      `${mode} leaves the port as it is: servers must serve on ${listen.port}`,
      'Write mode: nat, or the same port everywhere.',
    );
}

function readCheck({ check, protocol }: VirtualServerText, report: Report): VirtualServer['check'] {
  if (check === undefined) return undefined;
  const every = check.every ?? seconds(1);
  if (every < SHORTEST) report.error(['every'], 'a check runs every 10ms or more');
  if (check.timeout === 0) report.error(['timeout'], 'a check that has no time always fails', TIME);
  const web = check.type === 'http' || check.type === 'https';
  for (const key of ['path', 'body'] as const)
    if (check[key] !== undefined && !web)
      report.error([key], `"${key}" means nothing to a check of type ${check.type}`);
  if (protocol === 'udp' && web)
    report.error(['type'], 'a virtual server of UDP is checked by udp, ping or script');
  checkPattern(check.body, report);
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

function checkPattern(body: string | undefined, report: Report): void {
  try {
    if (body === undefined) return;
    const { pattern, flags } = withoutPcre({ pattern: body, flags: '' });
    new RegExp(pattern, flags);
  } catch (error) {
    report.error(['body'], messageOf(error));
  }
}

type MemberText = VirtualServerText['pool'][number];

/** A member of a pool in its long form. */
export function memberOf(entry: MemberText): Exclude<MemberText, string> {
  return typeof entry === 'string' ? { node: entry } : entry;
}

function memberReader(
  server: VirtualServerText,
  nodes: readonly Node[],
  balancers: readonly Node[],
  report: Report,
): (entry: MemberText, path: Path) => PoolMember {
  const taken = new Set<string>();
  return (entry, path) => {
    const text = memberOf(entry);
    const at = typeof entry === 'string' ? path : [...path, 'node'];
    const node = named(nodes, text.node);
    const port = text.port ?? server.port ?? server.listen.port;
    if (node === undefined) report.unknown(at, 'node', text.node, nodes);
    else {
      checkReached(node, balancers, at, report);
      if (node.role !== 'web' && !node.services.some((own) => own.port === port))
        report.error(
          at,
          `"${text.node}" is a ${node.role} that serves nothing on port ${port}`,
          `Give it services: { http: ${port} }, or role: web.`,
        );
    }
    const which = family(server.listen.address);
    const address = addressFor(node, balancers, which);
    if (node !== undefined && address === undefined)
      report.error(at, `"${text.node}" has no IPv${which} address`);
    if (taken.has(`${text.node} ${port}`)) report.error(at, `"${text.node}" stands here twice`);
    taken.add(`${text.node} ${port}`);
    return {
      node: text.node,
      address: address ?? server.listen.address,
      port,
      weight: text.weight ?? 1,
    };
  };
}

/** A router that balances needs a network in common with each server of the pool. */
function checkReached(node: Node, balancers: readonly Node[], at: Path, report: Report): void {
  const stranger = balancers.find(
    (balancer) => balancer !== node && !balancer.attach.some(({ network }) => isOn(node, network)),
  );
  if (stranger !== undefined)
    report.error(
      at,
      `"${node.name}" and "${stranger.name}", which balances, share no network`,
      `Attach "${node.name}" to one of ${stranger.attach.map(({ network }) => network).join(', ')}.`,
    );
}

/** Its address of a family, preferably on a network of the balancers. */
function addressFor(node: Node | undefined, balancers: readonly Node[], which: 4 | 6) {
  const attach = node?.attach ?? [];
  const near = attach.filter(({ network }) =>
    balancers.every((balancer) => isOn(balancer, network)),
  );
  return [...near, ...attach]
    .flatMap(({ addresses }) => addresses)
    .find((own) => family(own.address) === which)?.address;
}

function isOn({ attach }: Node, network: string): boolean {
  return attach.some((attachment) => attachment.network === network);
}
