/**
 * Both ends of a UDP probe: the client, which sends numbered datagrams on a fixed schedule without waiting for
 * replies, and the responder, which adds its node's name.
 */
import { createSocket } from 'node:dgram';
import { family, type IpAddress } from '../net/address.ts';
import { type AgentResult, PROBE_MAGIC, type RequestOf, resultOf } from './protocol.ts';
import { bound } from './service/service-udp.ts';
import { onSchedule } from './wait.ts';

/** Binds to the virtual address itself, so that replies come from it; nonlocal_bind allows it without the address. */
export function startResponder(
  node: string,
  { address, port }: RequestOf<'respond'>,
): Promise<AgentResult> {
  const socket = createSocket({ type: typeOf(address), reuseAddr: true });
  socket.on('message', (payload, asker) => {
    socket.send(`${payload.toString('latin1')} ${node}`, asker.port, asker.address, () => {});
  });
  return bound(socket, `the responder on ${address}`, port, address).then(resultOf);
}

export function startProbe({ name, to, port, everyUs }: RequestOf<'probe'>): AgentResult {
  const socket = createSocket(typeOf(to));
  socket.on('error', () => {}); // ICMP errors are part of an outage
  onSchedule(everyUs, (sequence) =>
    socket.send(`${PROBE_MAGIC} ${name} ${sequence}`, port, to, () => {}),
  );
  return { ok: true };
}

function typeOf(address: IpAddress): 'udp4' | 'udp6' {
  return family(address) === 4 ? 'udp4' : 'udp6';
}
