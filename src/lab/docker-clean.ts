/** Removes what killed runs left: containers first, then the networks they were on. */
import type Docker from 'dockerode';
import { EXIT, HalabError, messageOf } from '../errors.ts';
import type { DockerConnection } from './docker-connection.ts';
import { isAlive, type Labels, MARK } from './docker-labels.ts';

/** Names of what was removed. `all`: of living runs too. Throws (exit 6) if something would not go. */
export async function cleanDocker(
  { docker }: DockerConnection,
  { all }: { readonly all: boolean },
): Promise<string[]> {
  const filters = { label: [MARK] };
  const unwanted = ({ Labels: labels }: { readonly Labels?: Labels | undefined }): boolean =>
    all || !isAlive(labels ?? {});
  const containers = (await docker.listContainers({ all: true, filters })).filter(unwanted);
  const networks = (await docker.listNetworks({ filters })).filter(unwanted);
  const problems: string[] = [];
  const remove = async (name: string, work: Promise<unknown>): Promise<string> => {
    await work.catch((error: unknown) => {
      if (!isMissing(error)) problems.push(`${name}: ${messageOf(error)}`);
    });
    return name;
  };
  const removed = [
    ...(await Promise.all(
      containers.map(({ Id, Names }) =>
        remove(
          `container ${(Names[0] ?? Id).replace(/^\//, '')}`,
          docker.getContainer(Id).remove({ force: true, v: true }),
        ),
      ),
    )),
    ...(await Promise.all(
      networks.map(({ Id, Name }) => remove(`network ${Name}`, docker.getNetwork(Id).remove())),
    )),
  ];
  if (problems.length > 0) {
    throw new HalabError({
      code: 'HALAB_CLEAN',
      message: `not everything could be removed: ${problems.join('; ')}`,
      hint: 'Try `halab clean` again.',
      exitCode: EXIT.cleanup,
    });
  }
  return removed;
}

/** Somebody else removed it, or is removing it. */
export function isMissing(error: unknown): boolean {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return status === 404 || status === 409;
}

/** Removes whatever carries a run's label, however far it got; what resists is left to `cleanDocker`. */
export async function sweepRun(docker: Docker, runId: string): Promise<void> {
  const filters = { label: [`halab.run=${runId}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => {});
  for (const { Id } of await docker.listNetworks({ filters }))
    await docker
      .getNetwork(Id)
      .remove()
      .catch(() => {});
}
