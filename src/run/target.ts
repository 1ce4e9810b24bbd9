/** Resolves a selector on the state of the lab at the moment the step runs. */
import { membersByPriority } from '../assert/protocol-times.ts';
import type { Fault } from '../fault/fault.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { FaultStep, ForgeStep, NodeSelector, Selector } from '../scenario/scenario.ts';
import { formatSelector } from '../scenario/selector.ts';
import { addressOn } from '../topology/attachment.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';

/** The faults a step means; a string says why its target does not exist now. */
export function faultsOf(
  step: FaultStep,
  topology: Topology,
  timeline: Timeline,
): Fault[] | string {
  const nodes = nodesOf(step.target, topology, timeline);
  if (typeof nodes === 'string') return nodes;
  return step.forge === undefined
    ? nodes.map((node) => faultOn(step, node))
    : nodes.map((node) => forgeryOn(step.forge as ForgeStep, node, topology));
}

function faultOn(step: FaultStep, node: string): Fault {
  switch (step.kind) {
    case 'node.kill':
    case 'node.stop':
      return { kind: step.kind, node };
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
      return { kind: step.kind, node, direction: step.direction };
    case 'vrrp.forge':
      throw new Error('a forgery has its own way');
  }
}

function forgeryOn({ of, ...forge }: ForgeStep, node: string, topology: Topology): Fault {
  const router = topology.virtualRouters.find(({ name }) => name === of);
  const source = addressOn(topology, node, router?.network ?? '', 4);
  if (router === undefined || source === undefined)
    throw new Error(`${node} has no IPv4 address on the segment of ${of}`);
  const { network, version, vrid, advertInterval: interval } = router;
  const addresses = router.addresses.map(({ address }) => address);
  return {
    kind: 'vrrp.forge',
    node,
    forgery: { network, source, version, vrid, interval, addresses, ...forge },
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
