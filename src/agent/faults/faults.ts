/**
 * Faults inside a node, applied on the spot and stamped there. Each waits for evidence that it took
 * effect; without evidence it is reported as ineffective.
 */
import type { Fault } from '../../fault/faults.ts';
import type { Forgery } from '../../fault/forge.ts';
import { monotonicNow } from '../../linux/clock.ts';
import type { AgentResult } from '../protocol.ts';
import type { Router } from '../router.ts';
import type { Services } from '../service/services.ts';
import { until } from '../wait.ts';
import type { CheckScripts } from './check-scripts.ts';
import { type Forger, startForger } from './forger.ts';
import { healFilter, injectFilter, injectScript, injectService } from './met-faults.ts';
import { ProcessFaults } from './process-faults.ts';

export interface FaultTargets {
  readonly node: () => string;
  readonly router: Router;
  readonly services: Services;
  readonly scripts: CheckScripts;
  /** Every cable of the node. */
  readonly unplug: () => void;
}

/** Taken back only when they are done: what still ends, or is about to stop, would not run after the heal. */
const HEALED_AFTER: readonly Fault['kind'][] = [
  'node.stop',
  'process.kill',
  'process.pause',
  'process.reload',
];

export class Faults {
  private readonly on: FaultTargets;
  private readonly processes: ProcessFaults;
  /** Orders that are not answered yet, by the fault's id. */
  private readonly under = new Map<string, Promise<AgentResult>>();
  private readonly forgers = new Map<string, Forger>();

  constructor(on: FaultTargets) {
    this.on = on;
    this.processes = new ProcessFaults(on.router, on.node);
  }

  inject(id: string, fault: Fault, at: number): Promise<AgentResult> {
    const done = this.apply(id, fault, at);
    if (HEALED_AFTER.includes(fault.kind)) this.under.set(id, done);
    return done;
  }

  private async apply(id: string, fault: Fault, at: number): Promise<AgentResult> {
    switch (fault.kind) {
      case 'node.kill':
        return this.processes.powerOff(at, this.on.unplug);
      case 'node.stop':
        return this.processes.stop(at);
      case 'process.kill':
        return this.processes.kill(fault.process, at);
      case 'process.pause':
        return this.processes.pause(id, fault.process, at);
      case 'process.reload':
        return this.processes.reload(id, fault.change, at);
      case 'process.slow':
      case 'clock.step':
        return { ok: false, error: 'exists in the simulator only' };
      case 'vrrp.forge':
        return this.forge(id, fault.forgery, at);
      case 'link.down':
        return { ok: false, error: 'a cable is pulled from outside the node' };
      case 'vrrp.block':
      case 'vrrp.lose':
      case 'port.block':
      case 'icmp.drop':
        return injectFilter(id, fault, at);
      case 'service.stop':
      case 'service.hang':
      case 'service.slow':
      case 'service.status':
      case 'service.body':
      case 'service.flap':
      case 'tls.expired':
        return injectService(this.on.services, id, fault, at);
      case 'check-script.fail':
      case 'check-script.hang':
      case 'check-script.slow':
        return injectScript(this.on.scripts, fault, at);
    }
  }

  async heal(id: string, fault: Fault): Promise<AgentResult> {
    await this.under.get(id)?.catch(() => {});
    this.under.delete(id);
    switch (fault.kind) {
      case 'process.reload':
        return this.processes.restore(id, fault.change);
      case 'process.pause':
        return this.processes.resume(id);
      case 'process.slow':
      case 'clock.step':
        return { ok: true };
      case 'vrrp.block':
      case 'vrrp.lose':
      case 'port.block':
      case 'icmp.drop':
        return healFilter(id, fault);
      case 'vrrp.forge':
        this.forgers.get(id)?.stop();
        return { ok: true };
      case 'process.kill':
        return this.on.router.restart(fault.process);
      case 'node.kill':
      case 'node.stop':
      case 'link.down':
        return this.on.router.restart();
      default:
        return this.lift(id, fault);
    }
  }

  private lift(id: string, fault: Extract<Fault, { service: string } | { script: string }>) {
    if ('script' in fault) this.on.scripts.lift(fault.script);
    else this.on.services.lift(id, fault);
    return { ok: true } as const;
  }

  private async forge(id: string, forgery: Forgery, at: number): Promise<AgentResult> {
    await until(at);
    const stamp = monotonicNow();
    const forger = startForger(forgery);
    this.forgers.set(id, forger);
    return forger.problem === undefined
      ? { ok: true, at: stamp, evidence: `adverts in the name of VRID ${forgery.vrid} are sent` }
      : { ok: false, error: forger.problem };
  }
}
