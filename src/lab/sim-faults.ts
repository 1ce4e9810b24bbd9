/** Faults on a simulated node: applied, and taken back. */
import type { Fault, ServiceFault } from '../fault/fault.ts';
import type { Kernel } from '../sim/kernel.ts';
import type { RouterHost } from '../sim/router-host.ts';
import type { SimService } from '../sim/services.ts';
import type { World } from '../sim/world.ts';
import { micros, milliseconds } from '../time.ts';
import type { NodePlan } from './lab.ts';
import type { SimScripts } from './sim-scripts.ts';

/** From power-on to a running agent, and from the agent to the router process. */
const BOOT = milliseconds(300);
export const PROCESS_START = milliseconds(60);

export interface SimNode {
  readonly plan: NodePlan;
  readonly kernel: Kernel;
  readonly router: RouterHost | undefined;
  readonly scripts: SimScripts;
}

export type Effect = { readonly evidence: string } | { readonly because: string };

export function applyFault(node: SimNode, id: string, fault: Fault, world: World): Effect {
  const { kernel, router } = node;
  switch (fault.kind) {
    case 'node.kill':
      if (!kernel.up) return { because: 'the node is down already' };
      router?.powerOff();
      kernel.powerOff();
      return { evidence: 'the node is gone' };
    case 'node.stop':
      return outcome(router?.stop(), 'SIGTERM was delivered', 'no router process runs');
    case 'process.reload':
      return outcome(router?.reload(), 'SIGHUP was delivered', 'no router process runs');
    case 'process.kill':
      return outcome(
        router?.kill(fault.process),
        `${fault.process} killed`,
        `no process ${fault.process} runs`,
      );
    case 'process.pause':
      return outcome(
        router?.pause(fault.process),
        `${fault.process} stopped`,
        `no process ${fault.process} runs`,
      );
    case 'link.down': {
      const there = kernel.interface(fault.network).up;
      if (there) kernel.setCarrier(fault.network, false);
      return outcome(there, `carrier lost on ${fault.network}`, 'there is no carrier already');
    }
    case 'vrrp.forge':
      return outcome(
        kernel.up,
        `adverts in the name of VRID ${fault.forgery.vrid} are sent`,
        'the node is down',
      );
    default:
      return kernel.up ? applyInside(node, id, fault, world) : { because: 'the node is down' };
  }
}

/** What needs a node that runs. */
function applyInside(
  { kernel, scripts }: SimNode,
  id: string,
  fault: Exclude<Fault, { kind: 'node.kill' }>,
  world: World,
): Effect {
  switch (fault.kind) {
    case 'vrrp.block':
      if (fault.direction !== 'out') kernel.blocked.add('in');
      if (fault.direction !== 'in') kernel.blocked.add('out');
      return { evidence: `protocol 112 filtered ${fault.direction}` };
    case 'port.block':
      kernel.filters.add(id, fault);
      return { evidence: `packets for port ${fault.port} met the filter` };
    case 'icmp.drop':
      kernel.filters.add(id, fault);
      return { evidence: 'ICMP met the filter' };
    default:
  }
  if ('script' in fault) {
    scripts.faults.set(id, fault);
    return { evidence: `script ${fault.script} is told` };
  }
  const service =
    'service' in fault ? kernel.services.find(({ name }) => name === fault.service) : undefined;
  if (service === undefined || !('service' in fault))
    return { because: 'there is no such service' };
  service.faults.set(id, fault);
  if (fault.kind === 'service.flap') flap(service, id, fault, world);
  return { evidence: `service ${fault.service} is told` };
}

/** Away for the first half of `every`, there for the second, as long as the fault is in force. */
function flap(
  service: SimService,
  id: string,
  fault: Extract<ServiceFault, { kind: 'service.flap' }>,
  world: World,
): void {
  if (!service.faults.has(id)) return;
  const half = micros(fault.every / 2);
  service.away.add(id);
  world.after(half, () => service.away.delete(id));
  world.after(micros(2 * half), () => flap(service, id, fault, world));
}

export function undoFault(node: SimNode, id: string, fault: Fault, world: World): void {
  const { kernel, router, scripts } = node;
  const restart = (): void => {
    if (router !== undefined && kernel.up && !router.running()) router.start();
  };
  for (const service of kernel.services) {
    service.faults.delete(id);
    service.away.delete(id);
  }
  scripts.faults.delete(id);
  kernel.filters.remove(id);
  if (fault.kind === 'node.kill')
    world.after(BOOT, () => {
      kernel.powerOn();
      world.after(PROCESS_START, restart);
    });
  else if (fault.kind === 'node.stop' || fault.kind === 'process.kill')
    world.after(PROCESS_START, restart);
  else if (fault.kind === 'process.pause') router?.resume();
  else if (fault.kind === 'link.down') kernel.setCarrier(fault.network, true);
  else if (fault.kind === 'vrrp.block') kernel.blocked.clear();
}

/** Packets that the fault's filter has met; undefined: it has none. */
export function metBy(kernel: Kernel, id: string, fault: Fault): (() => number) | undefined {
  if (fault.kind === 'vrrp.block') {
    const before = kernel.dropped;
    return () => kernel.dropped - before;
  }
  return fault.kind === 'port.block' || fault.kind === 'icmp.drop'
    ? () => kernel.filters.count(id)
    : undefined;
}

function outcome(done: boolean | undefined, evidence: string, because: string): Effect {
  return done === true ? { evidence } : { because };
}
