/**
 * Faults inside a node, applied and stamped there. A fault without evidence of its effect is reported as
 * ineffective.
 */
import { type Cannot, isCannot } from '../../fault/capability.ts';
import type { Fault, FaultKind, FaultOf } from '../../fault/faults.ts';
import type { AgentResult } from '../protocol.ts';
import { becomesTrue } from '../wait.ts';
import { type Actions, MET_MS, type NodeParts } from './actions.ts';
import { CLOCK_FAULTS } from './clock.ts';
import { ICMP_FAULTS } from './icmp.ts';
import { LINK_FAULTS } from './link.ts';
import { NODE_FAULTS } from './node.ts';
import { PORT_FAULTS } from './port.ts';
import { PROCESS_FAULTS } from './process.ts';
import { SCRIPT_FAULTS } from './script.ts';
import { SERVICE_FAULTS } from './service.ts';
import { VRRP_FAULTS } from './vrrp.ts';

export const AGENT_FAULTS: {
  readonly [K in FaultKind]: Actions<FaultOf<K>> | Cannot;
} = {
  ...NODE_FAULTS,
  ...PROCESS_FAULTS,
  ...CLOCK_FAULTS,
  ...LINK_FAULTS,
  ...VRRP_FAULTS,
  ...PORT_FAULTS,
  ...ICMP_FAULTS,
  ...SERVICE_FAULTS,
  ...SCRIPT_FAULTS,
};

/** Ordered and not healed yet. */
interface Ordered {
  readonly fault: Fault;
  readonly applied: Promise<AgentResult>;
}

export class Faults {
  private readonly parts: NodeParts;
  private readonly orders = new Map<string, Ordered>();

  constructor(parts: NodeParts) {
    this.parts = parts;
  }

  async inject(id: string, fault: Fault, at: number): Promise<AgentResult> {
    const actions = actionsOf(fault);
    if (isCannot(actions)) return { ok: false, error: actions.cannot };
    const order = { id, fault, at };
    const applied = actions.apply(order, this.parts);
    this.orders.set(id, { fault, applied });
    const result = await applied;
    const meeting = actions.met?.(order, this.parts);
    if (!result.ok || meeting === undefined) return result;
    const { count, evidence, missing, everyMs } = meeting;
    return (await becomesTrue(() => count() > 0, { everyMs, withinMs: MET_MS }))
      ? { ...result, evidence: evidence(count()) }
      : { ok: false, error: missing };
  }

  async heal(id: string, fault: Fault): Promise<AgentResult> {
    const actions = actionsOf(fault);
    await this.orders.get(id)?.applied.catch(() => {});
    this.orders.delete(id);
    const others = [...this.orders.values()].map((other) => other.fault);
    return isCannot(actions) ? { ok: true } : actions.undo({ id, fault }, this.parts, others);
  }
}

function actionsOf(fault: Fault): Actions<Fault> | Cannot {
  return AGENT_FAULTS[fault.kind];
}
