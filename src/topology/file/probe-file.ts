/** Probes of a topology file: client, target, period and protocol. */
import { family, type IpAddress, parseIp } from '../../net/address.ts';
import { milliseconds, seconds } from '../../time.ts';
import type { HttpTarget, VirtualServer } from '../service.ts';
import { hasAddress, type Node, named, type Probe, type VirtualRouter } from '../topology.ts';
import { TIME } from './service-file.ts';
import type { Report } from './topology-issues.ts';
import type { TopologyText } from './topology-schema.ts';

type ProbeText = NonNullable<TopologyText['probes']>[string];

interface Context {
  readonly nodes: readonly Node[];
  readonly routers: readonly VirtualRouter[];
  readonly servers: readonly VirtualServer[];
}

const NOWHERE = '0.0.0.0' as IpAddress;
const HTTP_PORT = 80;
const TO = ['to'];

export function readProbe(name: string, text: ProbeText, context: Context, whole: Report): Probe {
  const report = whole.below('probes', name);
  const from = named(context.nodes, text.from);
  if (from === undefined) report.unknown(['from'], 'node', text.from, context.nodes);
  else if (from.role === 'router')
    report.error(['from'], 'a probe starts at a client or a web node');
  const web = text.type === 'http';
  const every = text.every ?? milliseconds(web ? 100 : 5);
  if (every < 1_000 || every > 1_000_000) report.error(['every'], 'a probe runs every 1ms..1s');
  const http = web ? httpTarget(text, context, report) : undefined;
  if (!web && text.timeout !== undefined)
    report.error(['timeout'], 'only a probe of type http has a timeout');
  if (text.timeout === 0)
    report.error(['timeout'], 'a request that has no time always fails', TIME);
  const to = http?.address ?? probeTarget(text.to, context, report);
  if (from !== undefined && to !== NOWHERE) checkWay(from, to, context, report);
  if (http !== undefined && to !== NOWHERE) checkAnswer(http, context, report);
  return { name, from: text.from, to, every, control: text.control ?? false, http };
}

function httpTarget(text: ProbeText, context: Context, report: Report): HttpTarget {
  const timeout = text.timeout ?? seconds(1);
  const url = URL.canParse(text.to) ? new URL(text.to) : undefined;
  if (url?.protocol !== 'http:') {
    report.error(TO, 'a probe of type http goes to a URL such as http://10.50.1.100/whoami');
    return { address: NOWHERE, port: HTTP_PORT, path: '/', timeout };
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const address = probeTarget(parseIp(host) ?? host, context, report);
  const port = url.port === '' ? HTTP_PORT : Number(url.port);
  return { address, port, path: `${url.pathname}${url.search}`, timeout };
}

function probeTarget(to: string, { nodes, routers }: Context, report: Report): IpAddress {
  const own = named(nodes, to)?.attach[0]?.addresses[0]?.address;
  if (own !== undefined) return own;
  const known = [
    ...routers.flatMap((router) => router.addresses),
    ...nodes.flatMap((node) => node.attach.flatMap(({ addresses }) => addresses)),
  ].map(({ address }) => address);
  const match = known.find((address) => address === to);
  if (/^https?:/.test(to))
    report.error(TO, 'only a probe of type http goes to a URL', 'Add type: http.');
  else if (match === undefined)
    report.unknown(TO, 'virtual address or node', to, [...known, ...nodes]);
  return match ?? NOWHERE;
}

/** A probe needs another host as target, and a route to it. */
function checkWay(from: Node, to: IpAddress, { nodes, routers }: Context, report: Report): void {
  const own = from.attach.flatMap(({ addresses }) => addresses);
  if (own.some(({ address }) => address === to)) {
    const hint = 'Probe a virtual address or another node.';
    report.error(TO, `"${from.name}" would ask itself`, hint);
    return;
  }
  const attached = nodes.flatMap(({ attach }) => attach);
  const networks = [...routers, ...attached]
    .filter((each) => hasAddress(each, to))
    .map(({ network }) => network);
  const near = from.attach.filter(({ network }) => networks.includes(network));
  const which = family(to);
  const isThere = attached.some(({ network }) => networks.includes(network));
  if (near.length === 0 && from.gateway === undefined && isThere)
    report.error(
      TO,
      `"${from.name}" cannot reach ${to}: it is not on ${networks.join(' or ')} and has no gateway`,
      'Attach it there, or give it a gateway.',
    );
  else if (near.length > 0 && !own.some(({ address }) => family(address) === which))
    report.error(TO, `"${from.name}" has no IPv${which} address to ask ${to} from`);
}

/** A request over HTTP ends at a virtual server, or at a service of a node that has the address. */
function checkAnswer(
  { address, port }: HttpTarget,
  { nodes, routers, servers }: Context,
  report: Report,
): void {
  if (servers.some((server) => server.address === address && server.port === port)) return;
  const members = routers
    .filter((router) => hasAddress(router, address))
    .flatMap((router) => router.members.map(({ node }) => node));
  const answers = nodes
    .filter(
      ({ name, attach }) =>
        members.includes(name) || attach.some((own) => hasAddress(own, address)),
    )
    // What a router with a user's configuration balances is known from its file only.
    .some(
      ({ config, services }) =>
        config !== undefined || services.some((service) => service.port === port),
    );
  if (!answers)
    report.error(
      TO,
      `nobody answers on port ${port} of ${address}`,
      'Add a virtual server that listens there, or a service to the node.',
    );
}
