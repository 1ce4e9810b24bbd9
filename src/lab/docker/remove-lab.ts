/** Takes a Docker lab down: its containers, then the networks they were on, then the turn. */
import type Docker from 'dockerode';
import { EXIT, HalabError, messageOf } from '../../errors.ts';
import { isMissing } from './clean.ts';
import type { DockerNode } from './node.ts';

/** Everything of one lab; throws (exit 6) if something could not be removed. `last`: the container that holds the turn. */
export async function removeLab(
  docker: Docker,
  lab: {
    readonly runId: string | undefined;
    readonly containers: readonly DockerNode[];
    readonly networks: readonly string[];
    readonly last: DockerNode | undefined;
    readonly progress: (message: string) => void;
  },
): Promise<void> {
  const removals = await Promise.allSettled(lab.containers.map((container) => container.remove()));
  const networks = lab.networks.map(async (network) => {
    if (await removeNetwork(docker, network)) return;
    const why = 'Docker counts a container on it that is gone; a restart of its daemon helps';
    lab.progress(`network ${network} could not be removed: ${why}`);
  });
  removals.push(...(await Promise.allSettled(networks)));
  if (lab.runId !== undefined) await sweepRun(docker, lab.runId);
  await lab.last?.remove();
  const failed = removals.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected')
    throw new HalabError({
      code: 'HALAB_CLEANUP',
      message: `something could not be removed: ${messageOf(failed.reason)}`,
      hint: '`halab clean` tries again.',
      exitCode: EXIT.cleanup,
    });
}

/** Removes everything with a run's label, however far the run got; failures are left to `cleanDocker`. */
async function sweepRun(docker: Docker, runId: string): Promise<void> {
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

/** Removes a network. `false`: Docker still counts an endpoint of a container that is gone. */
async function removeNetwork(docker: Docker, id: string): Promise<boolean> {
  const network = docker.getNetwork(id);
  try {
    await network.remove();
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    // Docker 20.10, about once in some hundred labs: the network has no container and stays until the daemon restarts.
    const inspected = (await network.inspect()) as { readonly Containers?: object };
    if (Object.keys(inspected.Containers ?? {}).length > 0) throw error;
    return false;
  }
}
