/** One observed event on one line: seconds from a zero, the node, what happened. */
import type { EventKind, EventOf, LabEvent } from '../observe/event.ts';
import { formatMicros, type Instant } from '../time.ts';

export function eventLine(event: LabEvent, zero: Instant): string {
  const seconds = ((event.at - zero) / 1_000_000).toFixed(6);
  const stamp = event.at >= zero ? `+${seconds}` : seconds;
  const describe = TEXTS[event.kind] as (event: LabEvent) => string;
  return `${stamp.padStart(11)}  ${(event.node ?? '-').padEnd(8)} ${event.source.padEnd(6)} ${describe(event)}`;
}

/** What happened, by the kind of event. */
const TEXTS: { readonly [K in EventKind]: (event: EventOf<K>) => string } = {
  advert: ({ sender, vrid, priority, interval }) =>
    `advert from ${sender}: VRID ${vrid}, priority ${priority}, every ${formatMicros(interval)}`,
  'bad-advert': ({ sender, check }) => `refused advert from ${sender}: ${check}`,
  garp: ({ address, mac }) => `announces ${address} at ${mac}`,
  'probe-request': ({ probe, sequence }) => `probe ${probe} asks ${sequence}`,
  'probe-reply': ({ probe, sequence }) => `probe ${probe} answered ${sequence}`,
  'address-added': (event) => `gains ${event.address}/${event.length} on ${event.interface}`,
  'address-removed': (event) => `loses ${event.address}/${event.length} on ${event.interface}`,
  neighbor: ({ address, mac }) => `sees ${address} at ${mac ?? 'nobody'}`,
  link: (event) => `${event.interface} is ${event.up ? 'up' : 'down'}`,
  'node-up': () => 'node is up',
  'node-down': () => 'node is gone',
  'process-started': ({ process, pid }) => `${process} started (pid ${pid})`,
  'process-exited': ({ process, signal, code }) =>
    `${process} ended (${signal ?? `code ${code ?? '?'}`})`,
  state: ({ instance, state, detail }) => `says ${instance} is ${state}: ${detail}`,
  log: ({ text }) => text,
  fault: ({ fault, evidence }) => `FAULT ${fault}: ${evidence}`,
  heal: ({ fault }) => `HEAL ${fault}`,
  'http-result': ({ probe, sequence, ok, status, problem, by }) =>
    `probe ${probe} ${sequence}: ${(ok ? undefined : problem) ?? `status ${status}`}${by === undefined ? '' : ` from ${by}`}`,
  connection: ({ client, address, port }) => `is asked by ${client} for ${address}:${port}`,
  server: ({ address, port, virtualServer, up, detail }) =>
    `says ${address}:${port} of ${virtualServer} is ${up ? 'up' : 'down'}: ${detail}`,
  pool: ({ virtualServer, servers }) =>
    `balances ${virtualServer} over ${servers.map(({ address, port }) => `${address}:${port}`).join(', ') || 'nobody'}`,
  quorum: ({ virtualServer, up }) =>
    `says the quorum of ${virtualServer} is ${up ? 'reached' : 'lost'}`,
  priority: ({ instance, priority }) => `says ${instance} has priority ${priority}`,
  script: ({ script, up }) => `says script ${script} ${up ? 'succeeds' : 'fails'}`,
  notify: ({ instance, state }) => `runs the notify script: ${instance} ${state}`,
  heartbeat: ({ late }) => `is alive, ${formatMicros(late)} late`,
  'late-heal': ({ late }) => `was healed ${formatMicros(late)} late`,
  'evidence-dropped': ({ why }) => `reports no longer everything: ${why}`,
};
