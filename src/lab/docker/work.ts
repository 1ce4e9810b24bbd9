/** What a node of the Docker lab does apart from routing: services, scripts, gateways, probes. */
import { CHECK_FOLDER, NOTIFY_FIFO, NOTIFY_SCRIPT } from '../../kind/lab-scripts.ts';
import type { NodePlan } from '../lab.ts';
import type { AgentLink } from './agent-link.ts';
import { startRouter } from './router.ts';

/** Starts what must run before any router of the lab; again after a power-off. */
export async function furnish(plan: NodePlan, link: AgentLink): Promise<void> {
  const { gateways, services, scripts, files } = plan;
  const asked: Promise<unknown>[] = services.map((service) =>
    link.demand({ kind: 'serve', service }),
  );
  if (gateways.length > 0) asked.push(link.demand({ kind: 'gateways', addresses: gateways }));
  if (scripts.length > 0)
    asked.push(link.demand({ kind: 'scripts', folder: CHECK_FOLDER, names: scripts }));
  if (files.some(({ path }) => path === NOTIFY_SCRIPT))
    asked.push(link.demand({ kind: 'notify', fifo: NOTIFY_FIFO }));
  await Promise.all(asked);
}

/** Starts the node's router, responders and probes. */
export async function startWork(plan: NodePlan, link: AgentLink): Promise<void> {
  const asked: Promise<unknown>[] = plan.respond.map((target) =>
    link.demand({ kind: 'respond', ...target }),
  );
  asked.push(startRouter(plan, link));
  for (const { name, to, port, every } of plan.probes)
    asked.push(link.demand({ kind: 'probe', name, to, port, everyUs: every }));
  for (const { name, address, port, path, every, timeout } of plan.httpProbes) {
    const target = { name, address, port, path, everyUs: every, timeoutUs: timeout };
    asked.push(link.demand({ kind: 'http-probe', ...target }));
  }
  await Promise.all(asked);
}
