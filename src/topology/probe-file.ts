/** Probes of a topology file: who asks, whom, how often, and over what. */
import { type IpAddress, parseIp } from '../net/address.ts';
import { milliseconds, seconds } from '../time.ts';
import type { HttpTarget } from './service.ts';
import type { Tell } from './service-file.ts';
import type { Node, Probe, VirtualRouter } from './topology.ts';
import type { TopologyText } from './topology-schema.ts';
import type { Path } from './yaml-source.ts';

type ProbeText = NonNullable<TopologyText['probes']>[string];

const NOWHERE = '0.0.0.0' as IpAddress;
const HTTP_PORT = 80;

export function readProbe(
  name: string,
  text: ProbeText | undefined,
  around: { readonly nodes: readonly Node[]; readonly routers: readonly VirtualRouter[] },
  tell: Tell,
): Probe {
  const path = ['probes', name];
  const names = around.nodes.map((node) => node.name);
  const from = around.nodes.find((node) => node.name === text?.from);
  if (from === undefined) tell.unknown([...path, 'from'], 'node', text?.from ?? '', names);
  else if (from.role === 'router')
    tell.error([...path, 'from'], 'a probe starts at a client or a web node');
  const web = text?.type === 'http';
  const every = text?.every ?? milliseconds(web ? 100 : 5);
  if (every < 1_000 || every > 1_000_000)
    tell.error([...path, 'every'], 'a probe runs every 1ms..1s');
  const http = web ? httpTarget(text, around, path, tell) : undefined;
  if (!web && text?.timeout !== undefined)
    tell.error([...path, 'timeout'], 'only a probe of type http has a timeout');
  return {
    name,
    from: text?.from ?? '',
    to: http?.address ?? probeTarget([...path, 'to'], text?.to ?? '', around, tell),
    every,
    control: text?.control ?? false,
    http,
  };
}

function httpTarget(
  text: ProbeText | undefined,
  around: Parameters<typeof probeTarget>[2],
  path: Path,
  tell: Tell,
): HttpTarget {
  const timeout = text?.timeout ?? seconds(1);
  const at = [...path, 'to'];
  const url = URL.canParse(text?.to ?? '') ? new URL(text?.to ?? '') : undefined;
  if (url?.protocol !== 'http:') {
    tell.error(at, 'a probe of type http goes to a URL such as http://10.50.1.100/whoami');
    return { address: NOWHERE, port: HTTP_PORT, path: '/', timeout };
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const address = probeTarget(at, parseIp(host) ?? host, around, tell);
  const port = url.port === '' ? HTTP_PORT : Number(url.port);
  return { address, port, path: `${url.pathname}${url.search}`, timeout };
}

function probeTarget(
  path: Path,
  to: string,
  {
    nodes,
    routers,
  }: { readonly nodes: readonly Node[]; readonly routers: readonly VirtualRouter[] },
  tell: Tell,
): IpAddress {
  const own = nodes.find((node) => node.name === to)?.attach[0]?.addresses[0]?.address;
  if (own !== undefined) return own;
  const known = [
    ...routers.flatMap((router) => router.addresses),
    ...nodes.flatMap((node) => node.attach.flatMap(({ addresses }) => addresses)),
  ].map(({ address }) => address);
  const match = known.find((address) => address === to);
  if (match === undefined)
    tell.unknown(path, 'virtual address or node', to, [...known, ...nodes.map((n) => n.name)]);
  return match ?? NOWHERE;
}
