/** Whether what a fault needs is there on the nodes that its target may name: a run would find out too late. */
import { membersByPriority } from '../assert/protocol-times.ts';
import { nearest } from '../errors.ts';
import type { FaultKind } from '../fault/fault.ts';
import { scriptsOn } from '../topology/check-scripts.ts';
import type { Node, Topology } from '../topology/topology.ts';
import type { FaultStep, NodeSelector, Selector } from './scenario.ts';
import { formatSelector } from './selector.ts';

export interface TargetProblem {
  /** Where it stands in the step. */
  readonly key: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** Nothing of them is there on a node that runs no router. */
const OF_ROUTERS: readonly FaultKind[] = [
  'node.stop',
  'process.kill',
  'process.pause',
  'process.reload',
  'process.slow',
  'clock.step',
];
/** What only answers over HTTP have. */
const OF_HTTP: readonly FaultKind[] = ['service.status', 'service.body'];

/** A target that is named must have it all; of those that a selector may name, one must, and `all` means each. */
export function targetProblem(step: FaultStep, topology: Topology): TargetProblem | undefined {
  const { target } = step;
  const nodes = candidates(target, topology);
  if (target.kind === 'backup' && nodes.length < 2)
    return {
      key: ['target'],
      message: `"${target.of}" has one member and no backup`,
      hint: 'Add a member, or name the node: node(NAME).',
    };
  const problems = nodes.flatMap((node) => lack(step, node, topology) ?? []);
  const [first] = problems;
  if (first === undefined) return undefined;
  const isCertain = target.kind === 'all' || problems.length === nodes.length;
  return isCertain ? first : problems.find(({ always }) => always === true);
}

/** Nodes that the target may name when the step runs. */
function candidates(target: Selector, topology: Topology): Node[] {
  const named = (names: readonly string[]): Node[] =>
    topology.nodes.filter(({ name }) => names.includes(name));
  if (target.kind === 'all') return topology.nodes.filter(({ role }) => role === 'router');
  return named(namesOf(target.kind === 'link' ? target.node : target, topology));
}

function namesOf(selector: NodeSelector, { virtualRouters }: Topology): string[] {
  if (selector.kind === 'node') return [selector.name];
  const router = virtualRouters.find(({ name }) => name === selector.of);
  const ranked = router === undefined ? [] : membersByPriority(router).map(({ node }) => node);
  return selector.kind === 'highest-priority' ? ranked.slice(0, 1) : ranked;
}

interface Lack extends TargetProblem {
  /** A selector must not even be able to name such a node. */
  readonly always?: true;
}

function lack(step: FaultStep, node: Node, topology: Topology): Lack | undefined {
  const { kind, target } = step;
  const inner = target.kind === 'link' ? target.node : target;
  const whom =
    inner.kind === 'node' ? `"${node.name}"` : `"${node.name}" (${formatSelector(inner)})`;
  if (OF_ROUTERS.includes(kind) && node.role !== 'router')
    return {
      key: ['target'],
      message: `${whom} is a ${node.role} and runs no router: ${kind} would find nothing`,
      hint: 'Name a router, for example owner(VR).',
    };
  if (target.kind === 'link' && !node.attach.some(({ network }) => network === target.network))
    return {
      key: ['target'],
      message: `${whom} is not attached to "${target.network}"`,
      hint: `It is attached to ${node.attach.map(({ network }) => network).join(', ')}.`,
    };
  if (step.process === 'check' && !runsChecks(node, topology))
    return {
      key: ['with', 'process'],
      message: `${whom} has no virtual server, so no process checks servers`,
      hint: 'Add virtual_servers to the topology, or name another process.',
    };
  if (step.reload !== undefined && node.config !== undefined)
    return {
      key: ['with', 'priority'],
      message: `${whom} has a configuration of your own: nothing writes another priority into it`,
      hint: 'Leave priority out: the file is read again as it is.',
      always: true,
    };
  if (kind.startsWith('check-script.'))
    return scriptLack(step, whom, scriptsOn(topology, node.name), topology);
  if (kind.startsWith('service.') || kind === 'tls.expired') return serviceLack(step, whom, node);
  return undefined;
}

function runsChecks({ name, config }: Node, { virtualServers }: Topology): boolean {
  return config?.balances ?? virtualServers.some(({ routers }) => routers.includes(name));
}

function scriptLack(
  { kind, settings: { script } }: FaultStep,
  whom: string,
  known: readonly string[],
  { virtualRouters }: Topology,
): Lack | undefined {
  if (script === undefined ? known.length > 0 : known.includes(script)) return undefined;
  const tracked = virtualRouters.flatMap(({ track }) => track).find(({ name }) => name === script);
  const what =
    tracked === undefined
      ? ''
      : tracked.isOwn
        ? ': that one is of your own configuration, and does what you wrote'
        : tracked.service === undefined
          ? ''
          : ': that one asks a service, so strike the service';
  return {
    key: script === undefined ? ['fault'] : ['with', 'script'],
    message:
      script === undefined
        ? `${whom} runs no check script that ${kind} could command`
        : `${whom} runs no check script "${script}"${what}`,
    hint: suggest(script, known, 'Add one: track: { check: { weight: -60 } } of a virtual router.'),
  };
}

function serviceLack(
  { kind, settings }: FaultStep,
  whom: string,
  { services }: Node,
): Lack | undefined {
  const wanted = settings.service;
  const key = wanted === undefined ? ['fault'] : ['with', 'service'];
  const known = services.map(({ name }) => name);
  const found = services.find(({ name }) => name === (wanted ?? known[0]));
  const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  if (found === undefined)
    return {
      key,
      message: `${whom} has no service${wanted === undefined ? '' : ` "${wanted}"`}: ${there}`,
      hint: suggest(wanted, known, 'Add one to the node: services: { http: 80 }.'),
    };
  const web = found.protocol === 'http' || found.protocol === 'https';
  if (OF_HTTP.includes(kind) && !web)
    return {
      key,
      message: `service "${found.name}" speaks ${found.protocol}, and ${kind} is for HTTP`,
      hint: 'Name a service of protocol http or https.',
    };
  if (kind === 'tls.expired' && found.protocol !== 'https')
    return {
      key,
      message: `service "${found.name}" speaks ${found.protocol} and has no certificate`,
      hint: 'Name a service of protocol https.',
    };
  return undefined;
}

function suggest(word: string | undefined, known: readonly string[], otherwise: string): string {
  const close = word === undefined ? undefined : nearest(word, known);
  if (close !== undefined) return `Did you mean "${close}"?`;
  return known.length === 0 ? otherwise : `There are: ${known.join(', ')}.`;
}
