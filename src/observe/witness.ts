/**
 * The sources of evidence. A witness is a process of the lab that reports observations: the tap of a segment, the
 * agent of a node. It numbers its events, sends a heartbeat every 100 ms, and reports what its kernel dropped and
 * how late its machine ran.
 */
import { milliseconds } from '../time.ts';

export type Witness = `tap ${string}` | `agent ${string}`;

/** The capture of a segment's frames. */
export function tapOf(segment: string): Witness {
  return `tap ${segment}`;
}

/** The first process of a node. */
export function agentOf(node: string): Witness {
  return `agent ${node}`;
}

/** How often a witness sends a heartbeat. */
export const HEARTBEAT = milliseconds(100);
