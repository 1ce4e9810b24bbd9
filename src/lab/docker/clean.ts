/** Removes leftovers of killed runs: containers first, then their networks. */
import { messageOf } from '../../errors.ts';
import type { DockerConnection } from './connection.ts';
import { type Labels, MARK, pidSeen } from './labels.ts';
import { listTickets } from './ticket.ts';

/** `all`: also those of runs that are still going on. */
export async function cleanDocker(
  { docker }: DockerConnection,
  { all }: { readonly all: boolean },
) {
  const filters = { label: [MARK] };
  const marked = {
    containers: await docker.listContainers({ all: true, filters }),
    networks: await docker.listNetworks({ filters }),
  };
  // Listed last: a run takes its ticket before it makes anything else.
  const { alive } = await listTickets(docker);
  const unwanted = ({ Labels: labels = {} }: { readonly Labels?: Labels | undefined }): boolean =>
    all || !(alive.has(labels['halab.run'] ?? '') || pidSeen(labels) !== undefined);
  const containers = marked.containers.filter(unwanted);
  const networks = marked.networks.filter(unwanted);
  /** Names of removed objects. */
  const removed: string[] = [];
  /** Objects that could not be removed, with the reason. Docker may count a removed endpoint until its daemon restarts. */
  const left: string[] = [];
  const remove = (name: string, work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => removed.push(name),
      (error: unknown) =>
        isMissing(error) ? removed.push(name) : left.push(`${name}: ${messageOf(error)}`),
    );
  await Promise.all(
    containers.map(({ Id, Names }) =>
      remove(
        `container ${(Names[0] ?? Id).replace(/^\//, '')}`,
        docker.getContainer(Id).remove({ force: true, v: true }),
      ),
    ),
  );
  await Promise.all(
    networks.map(({ Id, Name }) => remove(`network ${Name}`, docker.getNetwork(Id).remove())),
  );
  return { removed, left };
}

/** Another process has removed it, or is removing it. */
export function isMissing(error: unknown): boolean {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return status === 404 || status === 409;
}

/** Failures are reported and left to `halab clean`: leftovers do not disturb a run. */
export async function sweepDead(
  connection: DockerConnection,
  progress: (message: string) => void,
): Promise<void> {
  const { removed, left } = await cleanDocker(connection, { all: false });
  if (removed.length > 0) progress(`removed what a killed run left: ${removed.join(', ')}`);
  if (left.length > 0) progress(`what a killed run left would not go: ${left.join('; ')}`);
}
