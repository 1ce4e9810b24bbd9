/** The files of `process.reload` with another priority: those of the kind, rendered again. */
import type { RouterPlan } from '../kind/kind.ts';
import { KINDS } from '../kind/kinds.ts';
import { configOf } from '../kind/render.ts';
import { named, type Topology } from '../topology/topology.ts';

/** Configuration files of a router: written before the SIGHUP, and put back with another one. */
export interface ConfigChange {
  readonly files: readonly ConfigFile[];
  readonly before: readonly ConfigFile[];
}

/** Its path is absolute, inside the node. */
export type ConfigFile = RouterPlan['files'][number];

interface NewPriority {
  /** 1..255. */
  readonly priority: number;
  /** A virtual router [every one of the node]. */
  readonly of: string | undefined;
}

/** A text gives the reason why the node cannot. */
export function configChange(
  wanted: NewPriority,
  name: string,
  topology: Topology,
): ConfigChange | string {
  const node = named(topology.nodes, name);
  const members = topology.virtualRouters
    .filter((router) => router.name === (wanted.of ?? router.name))
    .flatMap((router) => router.members);
  if (node === undefined || !members.some((member) => member.node === name))
    return `${name} is no member of ${wanted.of ?? 'any virtual router'}`;
  const { name: kind, rereads, router } = KINDS[node.engine];
  if (!rereads) return `${name}: ${kind} does not read its configuration again`;
  if (node.config !== undefined) return `${name} has a configuration file of your own`;
  const filesOf = (whole: Topology) => router({ config: configOf(whole, node) }).files;
  return { files: filesOf(withPriority(wanted, name, topology)), before: filesOf(topology) };
}

function withPriority({ priority, of }: NewPriority, node: string, topology: Topology): Topology {
  const virtualRouters = topology.virtualRouters.map((router) => {
    if (router.name !== (of ?? router.name)) return router;
    const members = router.members.map((each) =>
      each.node === node ? { ...each, priority } : each,
    );
    return { ...router, members };
  });
  return { ...topology, virtualRouters };
}
