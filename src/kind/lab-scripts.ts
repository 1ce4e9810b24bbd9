/** Scripts that a lab brings into its routers, as production would run them, but commanded by faults. */
import type { WrittenFile } from '../agent/spawned.ts';
import type { Topology } from '../topology/topology.ts';

/** Where a lab keeps its scripts in a node. */
export const LAB_FOLDER = '/opt/halab-lab';
/** `check NAME`: succeeds unless a fault controls it. */
export const CHECK_SCRIPT = `${LAB_FOLDER}/check`;
/** `check-service PORT`: whether the port of this node accepts connections. */
export const CHECK_SERVICE = `${LAB_FOLDER}/check-service`;
/** `notify INSTANCE NAME STATE PRIORITY`. */
export const NOTIFY_SCRIPT = `${LAB_FOLDER}/notify`;
/** A file for each script selects its behaviour; without a file it succeeds. NAME.met: a run has applied it. */
export const CHECK_FOLDER = '/run/halab-check';
/** The arguments of each run of the notify script, a line each. */
export const NOTIFY_FIFO = '/run/halab-notify';

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

const SERVICE = '#!/bin/sh\nexec node /opt/halab/dist/agent/service/check-service.js "$1"\n';

const NOTIFY = `#!/bin/sh\n[ -p ${NOTIFY_FIFO} ] && echo "$*" > ${NOTIFY_FIFO}\nexit 0\n`;

/** The scripts that routers of this topology may run. */
export function labScripts({ virtualRouters, virtualServers }: Topology): WrittenFile[] {
  const tracks = virtualRouters.flatMap(({ track }) => track.filter(({ isOwn }) => !isOwn));
  const isAsked = tracks.some(({ service }) => service === undefined);
  const isPolled = virtualServers.some(({ check }) => check?.type === 'script');
  const scripts: readonly (readonly [isNeeded: boolean, path: string, text: string])[] = [
    [isAsked || isPolled, CHECK_SCRIPT, CHECK],
    [tracks.some(({ service }) => service !== undefined), CHECK_SERVICE, SERVICE],
    [virtualRouters.some(({ notify }) => notify), NOTIFY_SCRIPT, NOTIFY],
  ];
  return scripts.flatMap(([isNeeded, path, text]) =>
    isNeeded ? [{ path, text, executable: true }] : [],
  );
}
