/** Resolves a selector on the state of the lab at the moment the step runs. */
import { membersByPriority } from '../assert/protocol-times.ts';
import type { Fault, Peer } from '../fault/fault.ts';
import { sendersOf } from '../observe/senders.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { FaultStep, ForgeStep, NodeSelector, Selector } from '../scenario/scenario.ts';
import { formatSelector } from '../scenario/selector.ts';
import { addressOn } from '../topology/attachment.ts';
import { scriptsOn } from '../topology/check-scripts.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';
import { configChange } from './config-change.ts';

/** The faults a step means; a string says why its target does not exist now. */
export function faultsOf(
  step: FaultStep,
  topology: Topology,
  timeline: Timeline,
): Fault[] | string {
  const nodes = nodesOf(step.target, topology, timeline);
  if (typeof nodes === 'string') return nodes;
  const { forge } = step;
  if (forge !== undefined) return nodes.map((node) => forgeryOn(forge, node, topology));
  const faults = nodes.map((node) => faultOn(step, node, { topology, timeline }));
  return faults.find((one) => typeof one === 'string') ?? (faults as Fault[]);
}

interface Around {
  readonly topology: Topology;
  readonly timeline: Timeline;
}

/** A string says what the node has not. */
function faultOn(step: FaultStep, node: string, around: Around): Fault | string {
  const { topology } = around;
  switch (step.kind) {
    case 'node.kill':
    case 'node.stop':
      return { kind: step.kind, node };
    case 'process.reload':
      return reloadOn(step, node, topology);
    case 'process.slow':
    case 'clock.step':
      return { kind: step.kind, node, by: step.settings.by };
    case 'process.kill':
    case 'process.pause':
      return { kind: step.kind, node, process: step.process };
    case 'link.down':
      return {
        kind: step.kind,
        node,
        network: step.target.kind === 'link' ? step.target.network : '',
      };
    case 'vrrp.block':
      if (step.settings.mode === 'reject')
        return { kind: step.kind, node, direction: 'out', mode: 'reject' };
      return step.from === undefined
        ? { kind: step.kind, node, direction: step.direction }
        : { kind: step.kind, node, direction: 'in', from: peer(step.from, around) };
    case 'vrrp.lose':
      return {
        kind: step.kind,
        node,
        from: peer(step.from ?? '', around),
        count: step.settings.count,
      };
    case 'port.block':
      return { kind: step.kind, node, port: step.settings.port, mode: step.settings.mode };
    case 'icmp.drop':
      return { kind: step.kind, node, type: step.settings.icmp, direction: step.direction };
    case 'vrrp.forge':
      throw new Error('a forgery has its own way');
    default:
      return step.kind.startsWith('check-script.')
        ? scriptFault(step, node, topology)
        : serviceFault(step, node, topology);
  }
}

function reloadOn({ reload }: FaultStep, node: string, topology: Topology): Fault | string {
  if (reload === undefined) return { kind: 'process.reload', node };
  const change = configChange(reload, node, topology);
  return typeof change === 'string' ? change : { kind: 'process.reload', node, change };
}

function peer(node: string, { topology, timeline }: Around): Peer {
  return { node, addresses: sendersOf(node, topology, timeline) };
}

function serviceFault(
  { kind, settings }: FaultStep,
  node: string,
  { nodes }: Topology,
): Fault | string {
  const services = nodes.find(({ name }) => name === node)?.services ?? [];
  const service = settings.service ?? services[0]?.name;
  if (service === undefined || !services.some(({ name }) => name === service))
    return `${node} has no service${service === undefined ? '' : ` "${service}"`}`;
  switch (kind) {
    case 'service.slow':
      return { kind, node, service, delay: settings.delay };
    case 'service.status':
      return { kind, node, service, status: settings.status };
    case 'service.body':
      return { kind, node, service, body: settings.body };
    case 'service.flap':
      return { kind, node, service, every: settings.every };
    case 'service.stop':
    case 'service.hang':
    case 'tls.expired':
      return { kind, node, service };
    default:
      throw new Error(`${kind} is no fault of a service`);
  }
}

function scriptFault(
  { kind, settings }: FaultStep,
  node: string,
  topology: Topology,
): Fault | string {
  const scripts = scriptsOn(topology, node);
  const script = settings.script ?? scripts[0];
  if (script === undefined || !scripts.includes(script))
    return `${node} runs no check script${script === undefined ? '' : ` "${script}"`}`;
  if (kind === 'check-script.slow') return { kind, node, script, delay: settings.delay };
  if (kind === 'check-script.fail' || kind === 'check-script.hang') return { kind, node, script };
  throw new Error(`${kind} is no fault of a script`);
}

function forgeryOn(
  { of, count, defect, ...forge }: ForgeStep,
  node: string,
  topology: Topology,
): Fault {
  const router = topology.virtualRouters.find(({ name }) => name === of);
  const source = addressOn(topology, node, router?.network ?? '', 4);
  if (router === undefined || source === undefined)
    throw new Error(`${node} has no IPv4 address on the segment of ${of}`);
  const { network, version, vrid, advertInterval: interval } = router;
  const addresses = router.addresses.map(({ address }) => address);
  return {
    kind: 'vrrp.forge',
    node,
    forgery: {
      network,
      source,
      version,
      vrid,
      interval,
      addresses,
      ...forge,
      ...(count === undefined ? {} : { count }),
      ...(defect === undefined ? {} : { defect }),
    },
  };
}

function nodesOf(selector: Selector, topology: Topology, timeline: Timeline): string[] | string {
  if (selector.kind === 'all')
    return topology.nodes.filter(({ role }) => role === 'router').map(({ name }) => name);
  const inner = selector.kind === 'link' ? selector.node : selector;
  const node = nodeOf(inner, topology, timeline);
  return node === undefined ? `${formatSelector(inner)} is nobody at this moment` : [node];
}

function nodeOf(
  selector: NodeSelector,
  topology: Topology,
  timeline: Timeline,
): string | undefined {
  if (selector.kind === 'node') return selector.name;
  const router = topology.virtualRouters.find(({ name }) => name === selector.of);
  if (router === undefined) return undefined;
  const owners = timeline.ownership.owners(router);
  const ranked = membersByPriority(router).map(({ node }) => node);
  if (selector.kind === 'owner') return preferred(router, owners);
  if (selector.kind === 'backup') return ranked.find((node) => !owners.includes(node));
  return ranked[0];
}

/** With two owners, the one of higher priority. */
function preferred(router: VirtualRouter, owners: readonly string[]): string | undefined {
  return membersByPriority(router).find(({ node }) => owners.includes(node))?.node;
}
