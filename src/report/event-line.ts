/** One observed event on one line: seconds from a zero, the node, what happened. */
import { unreachable } from '../errors.ts';
import type { LabEvent } from '../observe/event.ts';
import { formatMicros, type Instant } from '../time.ts';

export function eventLine(event: LabEvent, zero: Instant): string {
  const seconds = ((event.at - zero) / 1_000_000).toFixed(6);
  const stamp = event.at >= zero ? `+${seconds}` : seconds;
  return `${stamp.padStart(11)}  ${(event.node ?? '-').padEnd(8)} ${event.source.padEnd(6)} ${describe(event)}`;
}

function describe(event: LabEvent): string {
  switch (event.kind) {
    case 'advert':
      return `advert from ${event.sender}: VRID ${event.vrid}, priority ${event.priority}, every ${formatMicros(event.interval)}`;
    case 'bad-advert':
      return `refused advert from ${event.sender}: ${event.check}`;
    case 'garp':
      return `announces ${event.address} at ${event.mac}`;
    case 'probe-request':
      return `probe ${event.probe} asks ${event.sequence}`;
    case 'probe-reply':
      return `probe ${event.probe} answered ${event.sequence}`;
    case 'address-added':
      return `gains ${event.address}/${event.length} on ${event.interface}`;
    case 'address-removed':
      return `loses ${event.address}/${event.length} on ${event.interface}`;
    case 'neighbor':
      return `sees ${event.address} at ${event.mac ?? 'nobody'}`;
    case 'link':
      return `${event.interface} is ${event.up ? 'up' : 'down'}`;
    case 'node-up':
      return 'node is up';
    case 'node-down':
      return 'node is gone';
    case 'process-started':
      return `${event.process} started (pid ${event.pid})`;
    case 'process-exited':
      return `${event.process} ended (${event.signal ?? `code ${event.code ?? '?'}`})`;
    case 'state':
      return `says ${event.instance} is ${event.state}: ${event.detail}`;
    case 'log':
      return event.text;
    case 'fault':
      return `FAULT ${event.fault}: ${event.evidence}`;
    case 'heal':
      return `HEAL ${event.fault}`;
    case 'http-result':
      return `probe ${event.probe} ${event.sequence}: ${event.ok ? `status ${event.status}` : (event.problem ?? `status ${event.status}`)}${event.by === undefined ? '' : ` from ${event.by}`}`;
    case 'connection':
      return `is asked by ${event.client} for ${event.address}:${event.port}`;
    case 'server':
      return `says ${event.address}:${event.port} of ${event.virtualServer} is ${event.up ? 'up' : 'down'}: ${event.detail}`;
    case 'pool':
      return `balances ${event.virtualServer} over ${event.servers.map((one) => `${one.address}:${one.port}`).join(', ') || 'nobody'}`;
    case 'quorum':
      return `says the quorum of ${event.virtualServer} is ${event.up ? 'reached' : 'lost'}`;
    case 'priority':
      return `says ${event.instance} has priority ${event.priority}`;
    case 'script':
      return `says script ${event.script} ${event.up ? 'succeeds' : 'fails'}`;
    case 'notify':
      return `runs the notify script: ${event.instance} ${event.state}`;
    case 'heartbeat':
      return `is alive, ${formatMicros(event.late)} late`;
    case 'late-heal':
      return `was healed ${formatMicros(event.late)} late`;
    case 'evidence-dropped':
      return `reports no longer everything: ${event.why}`;
    default:
      return unreachable(event);
  }
}
