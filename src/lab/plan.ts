/** Makes the plan of a lab from a topology, the same for Docker and the simulator. */
import { PROBE_PORT } from '../agent/protocol.ts';
import type { Kind, NodeKernel } from '../kind/kind.ts';
import { KINDS } from '../kind/kinds.ts';
import { labScripts } from '../kind/lab-scripts.ts';
import { configOf } from '../kind/render.ts';
import { type Node, scriptsOn, type Topology } from '../topology/topology.ts';
import type { LabPlan, NodePlan } from './lab.ts';

export type PlanOptions = Omit<LabPlan, 'name' | 'segments' | 'nodes'>;

export function planOf(topology: Topology, options: PlanOptions): LabPlan {
  return {
    ...options,
    name: topology.name,
    segments: topology.networks,
    nodes: topology.nodes.map((node) => nodePlan(topology, node)),
  };
}

/**
 * The plan for a simulator, in which halab's engine replaces others: every router gets halab's files and keeps the
 * name of its engine.
 */
export function standInPlanOf(topology: Topology, options: PlanOptions): LabPlan {
  const routers = new Map(
    topology.nodes.filter(({ role }) => role === 'router').map((node) => [node.name, node.engine]),
  );
  const nodes = topology.nodes.map((node): Node => ({ ...node, engine: 'halab' }));
  const plan = planOf({ ...topology, nodes }, options);
  return {
    ...plan,
    nodes: plan.nodes.map((node) => ({ ...node, kind: routers.get(node.name) ?? node.kind })),
  };
}

/** Folder in a node for a user's program and its libraries. */
export const OWN_FOLDER = '/opt/own';

function nodePlan(topology: Topology, node: Node): NodePlan {
  const kind: Kind | undefined = node.role === 'router' ? KINDS[node.engine] : undefined;
  const router = kind?.router({
    config: configOf(topology, node),
    ...(node.program === undefined ? {} : { command: [`${OWN_FOLDER}/run`] }),
    own: node.config,
  });
  return {
    name: node.name,
    kind: kind?.name ?? node.role,
    interfaces: node.attach,
    files: [...(router?.files ?? []), ...(router === undefined ? [] : labScripts(topology))],
    router,
    isOwnConfig: node.config !== undefined,
    virtualRouters: namesOf(topology, node),
    program: node.program,
    package: node.program === undefined ? kind?.package : undefined,
    capabilities: kind?.capabilities ?? [],
    sysctls: { ...kind?.sysctls, ...(forwards(topology, node) ? FORWARD : {}) },
    respond: answeredAddresses(topology, node).map((address) => ({ address, port: PROBE_PORT })),
    probes: topology.probes
      .filter(({ from, http }) => from === node.name && http === undefined)
      .map(({ name, to, every }) => ({ name, to, port: PROBE_PORT, every })),
    httpProbes: topology.probes.flatMap(({ name, from, every, http }) =>
      from === node.name && http !== undefined ? [{ name, every, ...http }] : [],
    ),
    services: node.services,
    gateways: gatewaysOf(topology, node),
    scripts: scriptsOn(topology, node.name),
  };
}

/** Instance name to virtual router, for the instances of a user's configuration that are named differently. */
function namesOf({ virtualRouters }: Topology, { name: node }: Node): Record<string, string> {
  const others = virtualRouters.flatMap(({ name, members }) =>
    members
      .filter((member) => member.node === node && member.instance !== name)
      .map(({ instance }) => [instance, name] as const),
  );
  return Object.fromEntries(others);
}

/** Of a router that is a gateway or balances a virtual server. */
const FORWARD = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' };

function forwards({ nodes, virtualRouters, virtualServers }: Topology, node: Node): boolean {
  const gateways = new Set(nodes.map(({ gateway }) => gateway));
  return (
    virtualServers.some(({ routers }) => routers.includes(node.name)) ||
    virtualRouters.some(
      ({ name, members }) =>
        gateways.has(name) && members.some((member) => member.node === node.name),
    )
  );
}

function gatewaysOf({ virtualRouters }: Topology, { gateway }: Node) {
  const router = virtualRouters.find(({ name }) => name === gateway);
  return (router?.addresses ?? []).slice(0, 1).map(({ address }) => address);
}

/** Reasons why engines of the topology cannot run it. */
export function cannotRun(topology: Topology, kernel: NodeKernel): string[] {
  return topology.nodes.flatMap((node) => {
    if (node.role !== 'router') return [];
    const kind = KINDS[node.engine];
    return kind
      .cannot(configOf(topology, node), kernel, node.config)
      .map((reason) => `${node.name}: ${kind.name} cannot ${reason}`);
  });
}

/** Virtual routers with `unsupported: leave-out` that the engine of a member cannot run. */
export function leftOut(
  topology: Topology,
  kernel: NodeKernel,
): { router: string; reason: string }[] {
  return topology.virtualRouters.flatMap((router) => {
    if (router.unsupported !== 'leave-out') return [];
    const [reason] = cannotRun({ ...topology, virtualRouters: [router] }, kernel);
    return reason === undefined ? [] : [{ router: router.name, reason }];
  });
}

/** Probed addresses that the node has, or may take over. */
function answeredAddresses(topology: Topology, node: Node) {
  const own = node.attach.flatMap(({ addresses }) => addresses);
  const virtual = topology.virtualRouters
    .filter(({ members }) => members.some((member) => member.node === node.name))
    .flatMap(({ addresses }) => addresses);
  const probed = new Set(
    topology.probes.flatMap(({ to, http }) => (http === undefined ? [to] : [])),
  );
  return [...own, ...virtual]
    .map(({ address }) => address)
    .filter((address) => probed.has(address));
}
