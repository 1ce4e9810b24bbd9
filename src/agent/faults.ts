/**
 * Faults inside a node, applied on the spot and stamped there. Each waits for evidence that it took
 * effect; without evidence it is reported as ineffective.
 */
import type { Fault, Forgery, ProcessRole } from '../fault/fault.ts';
import { monotonicNow } from '../linux/clock.ts';
import { libc } from '../linux/libc.ts';
import { type Forger, startForger } from './forger.ts';
import { blockVrrp, droppedPackets, unblock } from './packet-filter.ts';
import { processState } from './processes.ts';
import type { AgentResult } from './protocol.ts';
import type { Router } from './router.ts';
import { say } from './say.ts';
import { becomesTrue, until } from './wait.ts';

/** A process that got SIGKILL is gone within this; SIGTERM may take the daemon's whole patience. */
const KILL_MS = 2_000;
const STOP_MS = 10_000;
/** A filter must meet a packet: long enough for an advert every 4 seconds. */
const FILTER_MS = 5_000;

export class Faults {
  private readonly router: Router;
  private readonly node: () => string;
  private readonly active = new Map<string, Fault>();
  private readonly forgers = new Map<string, Forger>();

  constructor(router: Router, node: () => string) {
    this.router = router;
    this.node = node;
  }

  async inject(id: string, fault: Fault, at: number): Promise<AgentResult> {
    this.active.set(id, fault);
    switch (fault.kind) {
      case 'node.kill':
        await until(at);
        return this.powerOff();
      case 'node.stop':
        return this.stop(at);
      case 'process.kill':
        return this.signal(fault.process, 'SIGKILL', at, { gone: true, withinMs: KILL_MS });
      case 'process.pause':
        return this.signal(fault.process, 'SIGSTOP', at, { gone: false, withinMs: KILL_MS });
      case 'vrrp.block':
        return this.block(id, fault, at);
      case 'vrrp.forge':
        return this.forge(id, fault.forgery, at);
      case 'link.down':
        return { ok: false, error: 'a cable is pulled from outside the node' };
      default:
        return { ok: false, error: `${fault.kind} is unknown to the agent` };
    }
  }

  async heal(id: string): Promise<AgentResult> {
    const fault = this.active.get(id);
    this.active.delete(id);
    if (fault === undefined) return { ok: true };
    if (fault.kind === 'process.pause') signalAll(this.router.pids('all'), 'SIGCONT');
    else if (fault.kind === 'vrrp.block') return unblock(id);
    else if (fault.kind === 'vrrp.forge') this.forgers.get(id)?.stop();
    else return this.router.restart();
    return { ok: true };
  }

  /** In order: the last one started is the first one stopped, and the next only when it has gone. */
  private async stop(at: number): Promise<AgentResult> {
    const pids = this.router.mainPids().reverse();
    if (pids.length === 0) return { ok: false, error: 'no router process runs' };
    await until(at);
    const stamp = monotonicNow();
    for (const pid of pids) {
      signalAll([pid], 'SIGTERM');
      const seen = await becomesTrue(() => gone(pid), { everyMs: 1, withinMs: STOP_MS });
      if (!seen) return { ok: false, error: `SIGTERM did not end process ${pid}` };
    }
    return { ok: true, at: stamp, evidence: `SIGTERM ended ${counted(pids.length)}` };
  }

  /** Stamps, says so, and is gone: the kernel kills everything else with process 1. */
  private powerOff(): never {
    const at = monotonicNow();
    say({ kind: 'event', event: { kind: 'node-down', at, source: 'agent', node: this.node() } });
    libc().exitNow(0);
    throw new Error('_exit does not return');
  }

  private async signal(
    role: ProcessRole,
    signal: NodeJS.Signals,
    at: number,
    effect: { gone: boolean; withinMs: number },
  ): Promise<AgentResult> {
    const pids = this.router.pids(role);
    if (pids.length === 0) return { ok: false, error: `no process ${role} runs` };
    await until(at);
    const stamp = monotonicNow();
    signalAll(pids, signal);
    const affected = (pid: number): boolean =>
      effect.gone ? gone(pid) : processState(pid) === 'T';
    const seen = await becomesTrue(() => pids.every(affected), {
      everyMs: 1,
      withinMs: effect.withinMs,
    });
    const what = `${signal} ${effect.gone ? 'ended' : 'stopped'} ${counted(pids.length)}`;
    return seen
      ? { ok: true, at: stamp, evidence: what }
      : { ok: false, error: `${signal} did not take effect on ${role}` };
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

  private async block(
    id: string,
    fault: Extract<Fault, { kind: 'vrrp.block' }>,
    at: number,
  ): Promise<AgentResult> {
    await until(at);
    const problem = blockVrrp(id, fault.direction);
    if (problem !== undefined) return { ok: false, error: problem };
    const stamp = monotonicNow();
    const met = await becomesTrue(() => droppedPackets(id) > 0, {
      everyMs: 20,
      withinMs: FILTER_MS,
    });
    if (!met) return { ok: false, error: 'no packet of protocol 112 met the filter' };
    return {
      ok: true,
      at: stamp,
      evidence: `${droppedPackets(id)} packets of protocol 112 dropped`,
    };
  }
}

function gone(pid: number): boolean {
  const state = processState(pid);
  return state === undefined || state === 'Z';
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'process' : 'processes'}`;
}

/** One after the other without a pause: all within a millisecond. */
function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It was gone already: the check for the effect tells.
    }
  }
}
