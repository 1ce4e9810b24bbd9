/** From a topology to the plan every backend can make: the same for Docker and the simulator. */
import { PROBE_PORT } from '../agent/protocol.ts';
import type { Kind } from '../kind/kind.ts';
import { KINDS } from '../kind/kinds.ts';
import { configOf } from '../kind/render.ts';
import type { Node, Topology } from '../topology/topology.ts';
import type { EventSink, FrameSink, LabPlan, NodePlan } from './lab.ts';

export interface PlanOptions {
  readonly runId: string;
  readonly seed: number;
  readonly progress: (message: string) => void;
  readonly onEvent: EventSink;
  readonly onFrame: FrameSink;
  readonly onFrameSource: LabPlan['onFrameSource'];
}

export function planOf(topology: Topology, options: PlanOptions): LabPlan {
  return {
    ...options,
    name: topology.name,
    segments: topology.networks,
    nodes: topology.nodes.map((node) => nodePlan(topology, node)),
  };
}

function nodePlan(topology: Topology, node: Node): NodePlan {
  const kind: Kind | undefined = node.role === 'router' ? KINDS[node.engine] : undefined;
  return {
    name: node.name,
    kind: kind?.name ?? node.role,
    interfaces: node.attach,
    files: kind?.files(configOf(topology, node)) ?? [],
    process:
      kind === undefined ? undefined : { argv: kind.argv, roles: kind.roles, output: kind.output },
    capabilities: kind?.capabilities ?? [],
    respond: answeredAddresses(topology, node).map((address) => ({ address, port: PROBE_PORT })),
    probes: topology.probes
      .filter(({ from }) => from === node.name)
      .map(({ name, to, every }) => ({ name, to, port: PROBE_PORT, every })),
  };
}

/** Probed addresses that are, or may become, the node's own. */
function answeredAddresses(topology: Topology, node: Node) {
  const own = node.attach.flatMap(({ addresses }) => addresses);
  const virtual = topology.virtualRouters
    .filter(({ members }) => members.some((member) => member.node === node.name))
    .flatMap(({ addresses }) => addresses);
  const probed = new Set(topology.probes.map(({ to }) => to));
  return [...own, ...virtual]
    .map(({ address }) => address)
    .filter((address) => probed.has(address));
}
