/** Which nodes a selector names: those it may name when a file is read, and those it names at this moment. */
import { membersByPriority, type Node, named, type Topology } from '../topology/topology.ts';
import { type LabState, type Lack, type Problem, problemAt } from './definition.ts';
import { definitionOf, type Fault, type FaultRequest } from './faults.ts';
import { formatSelector, type NodeSelector, nodeIn, type Selector } from './selector.ts';

/**
 * Requirements of the fault that its target nodes lack: a run would fail too late. A node that is named, and every
 * node of `all(routers)`, must have it; of the nodes that another selector may name, one must.
 */
export function targetProblem(request: FaultRequest, topology: Topology): Problem | undefined {
  const { kind, target } = request;
  if ((definitionOf(kind).target === 'link') !== (target.kind === 'link'))
    return target.kind === 'link'
      ? problemAt('target', `${kind} needs a node`, 'Write node(NAME) or owner(VR).')
      : problemAt('target', `${kind} needs a link`, 'Write link(NODE, NETWORK).');
  const nodes = candidates(target, topology);
  if (target.kind === 'backup' && nodes.length < 2)
    return problemAt(
      'target',
      `"${target.of}" has one member and no backup`,
      'Add a member, or name the node: node(NAME).',
    );
  const problems = nodes.flatMap((node) => lackOf(request, node, topology) ?? []);
  const [first] = problems;
  if (first === undefined) return undefined;
  const isCertain = target.kind === 'all' || problems.length === nodes.length;
  return isCertain ? first : problems.find(({ always }) => always === true);
}

/** Nodes that the target may name when the step runs. */
function candidates(target: Selector, topology: Topology): Node[] {
  if (target.kind === 'all') return topology.nodes.filter(({ role }) => role === 'router');
  const names = namesOf(nodeIn(target), topology);
  return topology.nodes.filter(({ name }) => names.includes(name));
}

/** From the highest priority to the lowest. */
function namesOf(selector: NodeSelector, { virtualRouters }: Topology): string[] {
  if (selector.kind === 'node') return [selector.name];
  const router = named(virtualRouters, selector.of);
  const ranked = router === undefined ? [] : membersByPriority(router).map(({ node }) => node);
  return selector.kind === 'highest-priority' ? ranked.slice(0, 1) : ranked;
}

function lackOf(request: FaultRequest, node: Node, topology: Topology): Lack | undefined {
  const { kind, target } = request;
  const definition = definitionOf(kind);
  const inner = target.kind === 'all' ? target : nodeIn(target);
  const label =
    inner.kind === 'node' ? `"${node.name}"` : `"${node.name}" (${formatSelector(inner)})`;
  if (definition.target === 'router' && node.role !== 'router')
    return problemAt(
      'target',
      `${label} is a ${node.role} and runs no router: ${kind} would find nothing`,
      'Name a router, for example owner(VR).',
    );
  if (target.kind === 'link' && !node.attach.some(({ network }) => network === target.network))
    return problemAt(
      'target',
      `${label} is not attached to "${target.network}"`,
      `It is attached to ${node.attach.map(({ network }) => network).join(', ')}.`,
    );
  return definition.lack?.(node, request, { label, topology });
}

/** The faults of a step at this moment; a text gives the reason if its target does not exist now. */
export function resolveFaults(request: FaultRequest, state: LabState): Fault[] | string {
  const nodes = nodesOf(request.target, state);
  if (typeof nodes === 'string') return nodes;
  const definition = definitionOf(request.kind);
  const faults = nodes.map(
    (node) =>
      definition.resolve?.(node, request, state) ??
      ({ kind: request.kind, node, ...request.with } as Fault),
  );
  return faults.find((fault) => typeof fault === 'string') ?? (faults as Fault[]);
}

function nodesOf(target: Selector, state: LabState): string[] | string {
  if (target.kind === 'all') return candidates(target, state.topology).map(({ name }) => name);
  const selector = nodeIn(target);
  const node = nodeOf(selector, state);
  return node === undefined ? `${formatSelector(selector)} names no node at this moment` : [node];
}

/** Of two owners or backups, the node of higher priority. */
function nodeOf(selector: NodeSelector, { topology, owners }: LabState): string | undefined {
  const names = namesOf(selector, topology);
  if (selector.kind === 'node' || selector.kind === 'highest-priority') return names[0];
  const router = named(topology.virtualRouters, selector.of);
  const holding = router === undefined ? [] : owners(router);
  return names.find((node) => holding.includes(node) === (selector.kind === 'owner'));
}
