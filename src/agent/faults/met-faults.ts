/**
 * Faults that somebody has to meet before they count: a filter a packet, a service a question, a check
 * script a run.
 */
import { connect } from 'node:net';
import type { ScriptFault } from '../../fault/script.ts';
import type { ServiceFault } from '../../fault/service.ts';
import { monotonicNow } from '../../linux/clock.ts';
import type { AgentResult, ServedService } from '../protocol.ts';
import type { Services } from '../service/services.ts';
import { becomesTrue, until } from '../wait.ts';
import type { CheckScripts } from './check-scripts.ts';
import { type FilterFault, filter, filtered, unfilter } from './packet-filter.ts';

/** Long enough for an advert every 4 seconds. */
const MET_MS = 5_000;

export async function injectFilter(
  id: string,
  fault: FilterFault,
  at: number,
): Promise<AgentResult> {
  const enforce = filter(id, fault);
  await until(at);
  const problem = enforce();
  if (problem !== undefined) return { ok: false, error: problem };
  const stamp = monotonicNow();
  const met = await becomesTrue(() => filtered(id, fault) > 0, { everyMs: 20, withinMs: MET_MS });
  const what = packetsOf(fault);
  return met
    ? { ok: true, at: stamp, evidence: `${filtered(id, fault)} ${what} met the filter` }
    : { ok: false, error: `none of the ${what} met the filter` };
}

export function healFilter(id: string, fault: FilterFault): AgentResult {
  const error = unfilter(id, fault);
  // Without its table there is nothing to heal: the kernel could not make it.
  return error === undefined || error.includes('No such file')
    ? { ok: true }
    : { ok: false, error };
}

function packetsOf(fault: FilterFault): string {
  if (fault.kind === 'vrrp.lose') return `of the next ${fault.count} adverts`;
  if (fault.kind === 'vrrp.block')
    return `packets of protocol 112${fault.from === undefined ? '' : ` from ${fault.from.node}`}`;
  return fault.kind === 'icmp.drop' ? 'packets of ICMP' : `packets for port ${fault.port}`;
}

export async function injectService(
  services: Services,
  id: string,
  fault: ServiceFault,
  at: number,
): Promise<AgentResult> {
  const target = services.target(fault);
  if (typeof target === 'string') return { ok: false, error: target };
  await until(at);
  services.apply(id, fault);
  const stamp = monotonicNow();
  const closes = fault.kind === 'service.stop' || fault.kind === 'service.flap';
  if (closes) return closed(target, stamp);
  const met = await becomesTrue(() => services.asked(fault.service) > 0, {
    everyMs: 5,
    withinMs: MET_MS,
  });
  return met
    ? { ok: true, at: stamp, evidence: `${fault.service} was asked, under ${fault.kind}` }
    : { ok: false, error: `nobody asked ${fault.service} within ${MET_MS / 1_000} s` };
}

/** Nobody can be seen to ask at a closed port but who does so himself. */
async function closed({ name, protocol, port }: ServedService, at: number): Promise<AgentResult> {
  const evidence = `nobody listens on ${protocol} port ${port}`;
  if (protocol === 'udp' || (await refuses(port))) return { ok: true, at, evidence };
  return { ok: false, error: `${name} still accepts connections` };
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

export async function injectScript(
  scripts: CheckScripts,
  fault: ScriptFault,
  at: number,
): Promise<AgentResult> {
  const { script } = fault;
  if (!scripts.has(script)) return { ok: false, error: `no check script ${script} runs here` };
  await until(at);
  scripts.apply(fault);
  const stamp = monotonicNow();
  const met = await becomesTrue(() => scripts.met(script), { everyMs: 20, withinMs: MET_MS });
  return met
    ? { ok: true, at: stamp, evidence: `a run of ${script} obeyed` }
    : { ok: false, error: `${script} did not run within ${MET_MS / 1_000} s` };
}
