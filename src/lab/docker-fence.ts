/** Shuts the segments of a run off from the daemon's host, through the run's helper in its network. */
import type Docker from 'dockerode';
import { EXIT, HalabError } from '../errors.ts';
import type { DockerSegment } from './docker-network.ts';
import { DockerNode } from './docker-node.ts';

/** Throws a HalabError: nodes are not let loose without it. */
export async function closeFence(
  host: DockerNode,
  run: string,
  segments: readonly DockerSegment[],
): Promise<void> {
  const bridges = segments.map(({ bridge }) => bridge);
  const { result } = await host.link().request({ kind: 'fence', run, bridges });
  if (result.ok) return;
  throw new HalabError({
    code: 'HALAB_FENCE',
    message: `the nodes cannot be shut off from the host: ${result.error}`,
    hint: "The kernel of the daemon's host needs nf_tables with its netdev family.",
    exitCode: EXIT.environment,
  });
}

/** Only when no node is left. */
export async function openFence(host: DockerNode | undefined): Promise<void> {
  if (host?.running() === true) await host.link().request({ kind: 'unfence' });
}

/** Takes down what the fences of killed runs left, if their helper was killed, too; answers which. */
export async function openDeadFences(host: DockerNode): Promise<string[]> {
  const { result } = await host.link().request({ kind: 'unfence-dead' });
  return result.ok ? (result.output ?? '').split('\n').filter((one) => one !== '') : [];
}

/** The same without a run: with a helper of its own, from an image that is there. */
export async function sweepFences(docker: Docker, image: string): Promise<string[]> {
  const host = await DockerNode.create(docker, {
    runId: `clean${process.pid}`,
    name: 'halab-host',
    image,
    networks: [],
    capabilities: ['NET_ADMIN'],
    sysctls: {},
    onMessage: () => {},
    onEnd: () => {},
  });
  try {
    await host.start();
    return await openDeadFences(host);
  } finally {
    await host.remove();
  }
}
