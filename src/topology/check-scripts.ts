/** The lab's check scripts, which faults command: those that virtual routers track, and those of pool servers. */
import type { ScriptTrack } from './service.ts';
import type { Topology } from './topology.ts';

/** The script that checks a server of a pool, where the check is of type script. */
export function poolScript(virtualServer: string, node: string): string {
  return `${virtualServer}-${node}`;
}

/** Names of the check scripts that run on a node. */
export function scriptsOn(topology: Topology, node: string): string[] {
  const tracked = topology.virtualRouters
    .filter(({ members }) => members.some((member) => member.node === node))
    .flatMap(({ track }) => track.filter(isCommanded))
    .map(({ name }) => name);
  const pools = topology.virtualServers
    .filter(({ check, routers }) => check?.type === 'script' && routers.includes(node))
    .flatMap(({ name, pool }) => pool.map((member) => poolScript(name, member.node)));
  return [...new Set([...tracked, ...pools])];
}

/** A script that checks a service follows the service; a user's script runs as written. */
function isCommanded({ service, isOwn }: ScriptTrack): boolean {
  return service === undefined && !isOwn;
}
