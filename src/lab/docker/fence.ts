/** Shuts the segments of a run off from the daemon's host, through the run's helper container. */
import { HalabError } from '../../errors.ts';
import type { DockerSegment } from './network.ts';
import type { DockerNode } from './node.ts';

/** Call it again after nodes were restarted. Throws a HalabError: no node runs without the fence. */
export async function closeFence(
  host: DockerNode,
  segments: readonly DockerSegment[],
): Promise<void> {
  const bridges = segments.map(({ bridge }) => bridge);
  const { result } = await host.link().request({ kind: 'fence', bridges });
  if (result.ok) return;
  throw new HalabError({
    code: 'HALAB_FENCE',
    message: `the nodes cannot be shut off from the host: ${result.error}`,
    hint: "The kernel of the daemon's host needs sch_ingress (clsact) and cls_bpf.",
  });
}
