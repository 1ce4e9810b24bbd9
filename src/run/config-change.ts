/** What `process.reload` with another priority writes: the files of the kind, rendered anew. */
import type { ConfigChange } from '../fault/fault.ts';
import { KINDS } from '../kind/kinds.ts';
import { configOf } from '../kind/render.ts';
import type { ReloadStep } from '../scenario/scenario.ts';
import type { Node, Topology } from '../topology/topology.ts';

/** A string says why the node cannot. */
export function configChange(
  reload: ReloadStep,
  name: string,
  topology: Topology,
): ConfigChange | string {
  const node = topology.nodes.find((one) => one.name === name);
  const members = topology.virtualRouters
    .filter((router) => router.name === (reload.of ?? router.name))
    .flatMap((router) => router.members);
  if (node === undefined || !members.some((member) => member.node === name))
    return `${name} is no member of ${reload.of ?? 'any virtual router'}`;
  const { name: kind, rereads } = KINDS[node.engine];
  if (!rereads) return `${name}: ${kind} does not read its configuration again`;
  if (node.config !== undefined) return `${name} has a configuration file of your own`;
  return {
    files: filesOf(node, withPriority(reload, name, topology)),
    before: filesOf(node, topology),
  };
}

function filesOf(node: Node, topology: Topology): ConfigChange['files'] {
  return KINDS[node.engine].router({ config: configOf(topology, node) }).files;
}

function withPriority({ priority, of }: ReloadStep, node: string, topology: Topology): Topology {
  const virtualRouters = topology.virtualRouters.map((router) => {
    if (router.name !== (of ?? router.name)) return router;
    const members = router.members.map((one) => (one.node === node ? { ...one, priority } : one));
    return { ...router, members };
  });
  return { ...topology, virtualRouters };
}
