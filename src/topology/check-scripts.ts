/** The lab's check scripts, which faults command: those that virtual routers track, and those that ask for a server. */
import type { ScriptTrack } from './service.ts';
import type { Topology } from './topology.ts';

/** The script that asks for a server of a pool, where the check is of type script. */
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

/** One that asks a service does what the service does; one of the user's own does what the user wrote. */
function isCommanded({ service, isOwn }: ScriptTrack): boolean {
  return service === undefined && !isOwn;
}
