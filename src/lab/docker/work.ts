/** What a node of the Docker lab does apart from routing: interfaces, services, scripts, gateways, probes. */
import { HalabError } from '../../errors.ts';
import { CHECK_FOLDER, NOTIFY_FIFO, NOTIFY_SCRIPT } from '../../kind/lab-scripts.ts';
import type { IpAddress } from '../../net/address.ts';
import type { NodePlan } from '../lab.ts';
import type { AgentLink } from './agent-link.ts';
import type { DockerSegment } from './network.ts';
import type { DockerNode } from './node.ts';
import { startRouter } from './router.ts';

/** `addressOf`: Docker's own address of the node on a network. */
export async function setUpInterfaces(
  { name, interfaces }: NodePlan,
  link: AgentLink,
  addressOf: (network: string) => IpAddress,
) {
  const wanted = interfaces.map(({ network, addresses }) => ({
    network,
    dockerAddress: addressOf(network),
    addresses,
  }));
  const { at, result } = await link.request({ kind: 'setup', node: name, interfaces: wanted });
  if (!result.ok) throw labProblem(name, result.error);
  return { at, interfaces: result.interfaces ?? [] };
}

/**
 * Shuts the segments of a run off from the daemon's host, through the run's helper container; again after nodes were
 * restarted. Throws a HalabError: no node runs without the fence.
 */
export async function closeFence(host: DockerNode, segments: readonly DockerSegment[]) {
  const bridges = segments.map(({ bridge }) => bridge);
  const { result } = await host.link().request({ kind: 'fence', bridges });
  if (result.ok) return;
  throw new HalabError({
    code: 'HALAB_FENCE',
    message: `the nodes cannot be shut off from the host: ${result.error}`,
    hint: "The kernel of the daemon's host needs sch_ingress (clsact) and cls_bpf.",
  });
}

/** Starts what must run before any router of the lab; again after a power-off. */
export async function furnish(plan: NodePlan, link: AgentLink): Promise<void> {
  const { gateways, services, scripts, files } = plan;
  await Promise.all([
    ...services.map((service) => link.demand({ kind: 'serve', service })),
    gateways.length > 0 && link.demand({ kind: 'gateways', addresses: gateways }),
    scripts.length > 0 && link.demand({ kind: 'scripts', folder: CHECK_FOLDER, names: scripts }),
    files.some(({ path }) => path === NOTIFY_SCRIPT) &&
      link.demand({ kind: 'notify', fifo: NOTIFY_FIFO }),
  ]);
}

/** Starts the node's router, responders and probes. */
export async function startWork(plan: NodePlan, link: AgentLink): Promise<void> {
  await Promise.all([
    ...plan.respond.map((target) => link.demand({ kind: 'respond', ...target })),
    startRouter(plan, link),
    ...plan.probes.map(({ every, ...probe }) =>
      link.demand({ kind: 'probe', ...probe, everyUs: every }),
    ),
    ...plan.httpProbes.map(({ every, timeout, ...probe }) =>
      link.demand({ kind: 'http-probe', ...probe, everyUs: every, timeoutUs: timeout }),
    ),
  ]);
}

export function labProblem(what: string, why: string): HalabError {
  return new HalabError({ code: 'HALAB_DOCKER_LAB', message: `${what}: ${why}`, hint: '' });
}
