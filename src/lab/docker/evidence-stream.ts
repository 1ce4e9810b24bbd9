/**
 * Turns what the witnesses of a real lab report into events: a frame becomes what it means, a log line a claim. Every
 * event carries its witness and a number; a lost line leaves a gap in the numbers.
 */
import { PROBE_MAGIC, PROBE_PORT } from '../../agent/protocol.ts';
import type { LabEvent } from '../../observe/event.ts';
import { frameEvent } from '../../observe/frame-events.ts';
import type { MacOwners } from '../../observe/mac-owners.ts';
import { agentOf, tapOf, type Witness } from '../../observe/witness.ts';
import type { Instant } from '../../time.ts';
import type { FrameSink } from '../lab.ts';
import type { Evidence } from './agent-link.ts';

/** Connections of a run that are reported; beyond that the evidence counts as incomplete. */
const MOST_CONNECTIONS = 200_000;

export interface EvidenceSinks {
  readonly owners: MacOwners;
  /** From the agents' clock to the lab's. */
  readonly fromRemote: (at: number) => Instant;
  /** Turns a log line that is an engine's claim into that claim. */
  readonly claimIn: (event: LabEvent) => LabEvent;
  readonly onFrame: FrameSink;
  readonly onEvent: (event: LabEvent) => void;
}

/** `node`: the agent's node; undefined: the tap. */
export function evidenceStream({ owners, fromRemote, claimIn, onFrame, onEvent }: EvidenceSinks) {
  /** By witness: the expected number of its next line, and the number that its next event gets. */
  const lines = new Map<Witness, number>();
  const events = new Map<Witness, number>();
  let connections = 0;
  const bounded = (event: LabEvent): LabEvent => {
    if (event.kind !== 'connection' || ++connections < MOST_CONNECTIONS) return event;
    const { at, source } = event;
    const why = `more than ${MOST_CONNECTIONS} connections`;
    return { kind: 'evidence-dropped', at, source, node: undefined, count: 1, why };
  };
  const eventIn = (message: Evidence): LabEvent | undefined => {
    if (message.kind === 'event')
      return claimIn({ ...message.event, at: fromRemote(message.event.at) });
    const { segment } = message;
    const at = fromRemote(message.at);
    const bytes = Buffer.from(message.data, 'base64');
    onFrame(segment, at, bytes);
    const probes = { probePort: PROBE_PORT, probeMagic: PROBE_MAGIC };
    const event = frameEvent(bytes, { segment, at, owners, ...probes });
    return event && bounded(event);
  };
  return (message: Evidence, node: string | undefined): void => {
    const witness = message.segment === undefined ? agentOf(node ?? '') : tapOf(message.segment);
    // An agent that is restarted counts from 0.
    const expected = message.number === 0 ? 0 : (lines.get(witness) ?? 0);
    lines.set(witness, message.number + 1);
    const number = (events.get(witness) ?? 0) + message.number - expected;
    const event = eventIn(message);
    events.set(witness, event === undefined ? number : number + 1);
    if (event !== undefined) onEvent({ ...event, witness, number });
  };
}
