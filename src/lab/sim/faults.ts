/** Faults on a simulated node: applied, and taken back. */
import type { ConfigFile } from '../../fault/config-change.ts';
import type { Fault } from '../../fault/faults.ts';
import { cutsPath } from '../../fault/path.ts';
import type { ServiceFault } from '../../fault/service.ts';
import type { Kernel } from '../../sim/kernel.ts';
import { type RouterHost, readRendered } from '../../sim/router-host.ts';
import { goAway, meaningless, type SimService, strike } from '../../sim/services.ts';
import type { World } from '../../sim/world.ts';
import { micros, milliseconds } from '../../time.ts';
import type { NodePlan } from '../lab.ts';
import type { SimScripts } from './scripts.ts';

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
      return outcome(
        router?.reload(configIn(fault.change?.files)),
        'SIGHUP was delivered',
        'no router process runs',
      );
    case 'process.slow':
      router?.slow(fault.by);
      return outcome(router !== undefined, 'its timers fire later', 'there is no router');
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
      return kernel.up || cutsPath(fault)
        ? applyInside(node, id, fault, world)
        : { because: 'the node is down' };
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
    case 'clock.step':
      return { evidence: 'the wall clock was set; no timer of the router counts by it' };
    case 'vrrp.block':
      kernel.filters.add(id, fault);
      return { evidence: `protocol 112 filtered ${fault.direction}` };
    case 'vrrp.lose':
      kernel.filters.add(id, fault);
      return { evidence: `adverts from ${fault.from.node} met the filter` };
    case 'port.block':
      kernel.filters.add(id, fault);
      return { evidence: `packets for port ${fault.port} met the filter` };
    case 'icmp.drop':
      kernel.filters.add(id, fault);
      return { evidence: 'ICMP met the filter' };
    default:
  }
  if ('script' in fault) {
    const because = scripts.strike(id, fault);
    return because === undefined ? { evidence: `script ${fault.script} is told` } : { because };
  }
  return 'service' in fault
    ? strikeService(kernel, id, fault, world)
    : { because: `${fault.kind} is no fault of a node` };
}

function strikeService(kernel: Kernel, id: string, fault: ServiceFault, world: World): Effect {
  const service = kernel.services.find(({ name }) => name === fault.service);
  const because =
    service === undefined ? `there is no service ${fault.service}` : meaningless(fault, service);
  if (service === undefined || because !== undefined)
    return { because: because ?? `there is no service ${fault.service}` };
  strike(service, id, fault);
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
  goAway(service, id);
  world.after(half, () => service.away.delete(id));
  world.after(micros(2 * half), () => flap(service, id, fault, world));
}

/** `others`: what is still in force on the node. */
export function undoFault(
  node: SimNode,
  id: string,
  { fault, others }: { readonly fault: Fault; readonly others: readonly Fault[] },
  world: World,
): void {
  const { kernel, router, scripts } = node;
  const restart = (): void => {
    if (router !== undefined && kernel.up && !router.running()) router.start();
  };
  for (const service of kernel.services) {
    service.faults.delete(id);
    service.away.delete(id);
  }
  scripts.heal(id);
  kernel.filters.remove(id);
  if (fault.kind === 'node.kill')
    world.after(BOOT, () => {
      kernel.powerOn();
      world.after(PROCESS_START, restart);
    });
  else if (fault.kind === 'node.stop' || fault.kind === 'process.kill')
    world.after(PROCESS_START, restart);
  else if (fault.kind === 'process.pause')
    router?.resume(
      others.flatMap((other) => (other.kind === 'process.pause' ? [other.process] : [])),
    );
  else if (fault.kind === 'process.slow') router?.slow(micros(-fault.by));
  else if (fault.kind === 'process.reload' && fault.change !== undefined)
    router?.reload(configIn(lastFiles(others) ?? fault.change.before));
  else if (fault.kind === 'link.down') kernel.setCarrier(fault.network, true);
}

/** Of the last one that is still in force. */
function lastFiles(others: readonly Fault[]): readonly ConfigFile[] | undefined {
  const changes = others.flatMap((other) =>
    other.kind === 'process.reload' ? [other.change] : [],
  );
  return changes.findLast((change) => change !== undefined)?.files;
}

function configIn(files: readonly ConfigFile[] = []): ReturnType<typeof readRendered> | undefined {
  const [file] = files;
  return file === undefined ? undefined : readRendered(file);
}

/** Packets, questions or runs that have met the fault; undefined: it needs none. */
export function metBy(
  { kernel, scripts }: SimNode,
  id: string,
  fault: Fault,
): (() => number) | undefined {
  switch (fault.kind) {
    case 'vrrp.block':
    case 'vrrp.lose':
    case 'port.block':
    case 'icmp.drop':
      return () => kernel.filters.count(id);
    default:
  }
  if ('script' in fault) return () => scripts.count(id);
  // Nobody can be seen to ask at a closed port.
  const closes = fault.kind === 'service.stop' || fault.kind === 'service.flap';
  if (!('service' in fault) || closes) return undefined;
  const service = kernel.services.find(({ name }) => name === fault.service);
  const before = service?.asked ?? 0;
  return () => (service?.asked ?? 0) - before;
}

function outcome(done: boolean | undefined, evidence: string, because: string): Effect {
  return done === true ? { evidence } : { because };
}
