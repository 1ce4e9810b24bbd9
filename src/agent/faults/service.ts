/** Faults of the services of a node. */
import { connect } from 'node:net';
import type { ServiceFault } from '../../fault/service.ts';
import { monotonicNow } from '../../linux/clock.ts';
import type { Service } from '../../topology/service.ts';
import type { AgentResult } from '../protocol.ts';
import { until } from '../wait.ts';
import { type Actions, MET_MS } from './actions.ts';

const answering: Actions<ServiceFault> = {
  apply: async ({ id, fault, at }, { services }) => {
    const target = services.target(fault);
    if (typeof target === 'string') return { ok: false, error: target };
    await until(at);
    services.apply(id, fault);
    return { ok: true, at: monotonicNow() };
  },
  met: ({ fault: { kind, service } }, { services }) => ({
    count: () => services.asked(service),
    evidence: () => `${service} was asked, under ${kind}`,
    missing: `no client asked ${service} within ${MET_MS / 1_000} s`,
    everyMs: 5,
  }),
  undo: ({ id, fault }, { services }) => {
    services.lift(id, fault);
    return { ok: true };
  },
};

/** No traffic proves that a port is closed, so the agent connects to it. */
const closing: Actions<ServiceFault> = {
  apply: async (order, parts) => {
    const { services } = parts;
    const applied = await answering.apply(order, parts);
    const target = services.target(order.fault);
    return applied.ok && typeof target !== 'string' ? closed(target, applied.at) : applied;
  },
  undo: answering.undo,
};

export const SERVICE_FAULTS = {
  'service.stop': closing,
  'service.hang': answering,
  'service.slow': answering,
  'service.status': answering,
  'service.body': answering,
  'service.flap': closing,
  'tls.expired': answering,
};

async function closed(
  { name, protocol, port }: Service,
  at: number | undefined,
): Promise<AgentResult> {
  const evidence = `nothing listens on ${protocol} port ${port}`;
  if (protocol !== 'udp' && !(await refuses(port)))
    return { ok: false, error: `${name} still accepts connections` };
  return { ok: true, evidence, ...(at === undefined ? {} : { at }) };
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}
