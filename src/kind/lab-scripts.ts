/** Scripts that a lab brings into its routers: what a real one would run, but for the faults to command. */
import type { Topology } from '../topology/topology.ts';

const FOLDER = '/opt/halab-lab';
/** `check NAME`: succeeds unless a fault says otherwise. */
export const CHECK_SCRIPT = `${FOLDER}/check`;
/** `check-service PORT`: whether somebody accepts connections on this node. */
export const CHECK_SERVICE = `${FOLDER}/check-service`;
/** `notify INSTANCE NAME STATE PRIORITY`. */
export const NOTIFY_SCRIPT = `${FOLDER}/notify`;
/** One line a script: what it is to do. Without the file it succeeds. NAME.met: a run has obeyed. */
export const CHECK_FOLDER = '/run/halab-check';
/** What the notify script was told, a line each. */
export const NOTIFY_FIFO = '/run/halab-notify';

export interface LabScript {
  readonly path: string;
  readonly text: string;
  readonly executable: true;
}

const CHECK = `#!/bin/sh
mode=ok
file="${CHECK_FOLDER}/$1"
[ -r "$file" ] && read -r mode seconds < "$file" && : > "$file.met"
case $mode in
  fail) exit 1 ;;
  hang) sleep 3600 ;;
  slow) sleep "$seconds" ;;
esac
exit 0
`;

const SERVICE = '#!/bin/sh\nexec node /opt/halab/dist/agent/check-service.js "$1"\n';

const NOTIFY = `#!/bin/sh\n[ -p ${NOTIFY_FIFO} ] && echo "$*" > ${NOTIFY_FIFO}\nexit 0\n`;

/** Those that the routers of this topology may run. */
export function labScripts({ virtualRouters, virtualServers }: Topology): LabScript[] {
  const tracks = virtualRouters.flatMap(({ track }) => track);
  const wanted = {
    check:
      tracks.some(({ service }) => service === undefined) ||
      virtualServers.some(({ check }) => check?.type === 'script'),
    service: tracks.some(({ service }) => service !== undefined),
    notify: virtualRouters.some(({ notify }) => notify),
  };
  const script = (path: string, text: string, needed: boolean): LabScript[] =>
    needed ? [{ path, text, executable: true }] : [];
  return [
    ...script(CHECK_SCRIPT, CHECK, wanted.check),
    ...script(CHECK_SERVICE, SERVICE, wanted.service),
    ...script(NOTIFY_SCRIPT, NOTIFY, wanted.notify),
  ];
}

/** The script that asks for a server of a pool, where the check is of type script. */
export function poolScript(virtualServer: string, node: string): string {
  return `${virtualServer}-${node}`;
}

/** Names of the check scripts that run on a node. */
export function scriptsOn(topology: Topology, node: string): string[] {
  const tracked = topology.virtualRouters
    .filter(({ members }) => members.some((member) => member.node === node))
    .flatMap(({ track }) => track.filter(({ service }) => service === undefined))
    .map(({ name }) => name);
  const pools = topology.virtualServers
    .filter(({ check, routers }) => check?.type === 'script' && routers.includes(node))
    .flatMap(({ name, pool }) => pool.map((member) => poolScript(name, member.node)));
  return [...new Set([...tracked, ...pools])];
}
