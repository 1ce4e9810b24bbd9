/**
 * Turns what the witnesses of a real lab report into events: a frame becomes what it means, a log line a claim. Every
 * event carries its witness and a number; a lost line leaves a gap in the numbers.
 */
import { type AgentMessage, PROBE_MAGIC, PROBE_PORT } from '../../agent/protocol.ts';
import type { LabEvent } from '../../observe/event.ts';
import { frameEvent } from '../../observe/frame-events.ts';
import type { MacOwners } from '../../observe/mac-owners.ts';
import { agentOf, tapOf, type Witness } from '../../observe/witness.ts';
import type { Instant } from '../../time.ts';
import type { FrameSink } from '../lab.ts';

/** Connections of a run that are reported; beyond that the evidence counts as incomplete. */
const MOST_CONNECTIONS = 200_000;

export type Evidence = Extract<AgentMessage, { kind: 'event' | 'frame' }>;

export interface EvidenceSinks {
  readonly owners: MacOwners;
  /** From the agents' clock to the lab's. */
  readonly fromRemote: (at: number) => Instant;
  /** Turns a log line that is an engine's claim into that claim. */
  readonly claimIn: (event: LabEvent) => LabEvent;
  readonly onFrame: FrameSink;
  readonly onEvent: (event: LabEvent) => void;
}

export class EvidenceStream {
  private readonly sinks: EvidenceSinks;
  /** By witness: the expected number of its next line, and the number that its next event gets. */
  private readonly lines = new Map<Witness, number>();
  private readonly events = new Map<Witness, number>();
  private connections = 0;

  constructor(sinks: EvidenceSinks) {
    this.sinks = sinks;
  }

  /** `node`: the agent's node; undefined: the tap. */
  take(message: Evidence, node: string | undefined): void {
    const witness = message.segment === undefined ? agentOf(node ?? '') : tapOf(message.segment);
    this.expect(witness, message.number);
    if (message.kind === 'event') {
      const at = this.sinks.fromRemote(message.event.at);
      this.report(witness, this.sinks.claimIn({ ...message.event, at }));
      return;
    }
    const { segment, data } = message;
    const at = this.sinks.fromRemote(message.at);
    const bytes = Buffer.from(data, 'base64');
    this.sinks.onFrame(segment, at, bytes);
    const origin = { segment, at, owners: this.sinks.owners };
    const event = frameEvent(bytes, { ...origin, probePort: PROBE_PORT, probeMagic: PROBE_MAGIC });
    if (event !== undefined) this.report(witness, this.bounded(event));
  }

  private bounded(event: LabEvent): LabEvent {
    if (event.kind !== 'connection' || ++this.connections < MOST_CONNECTIONS) return event;
    const { at, source } = event;
    const why = `more than ${MOST_CONNECTIONS} connections`;
    return { kind: 'evidence-dropped', at, source, node: undefined, count: 1, why };
  }

  /** An agent that is restarted counts from 0. */
  private expect(witness: Witness, number: number): void {
    const expected = number === 0 ? 0 : (this.lines.get(witness) ?? 0);
    this.lines.set(witness, number + 1);
    const missing = number - expected;
    if (missing !== 0) this.events.set(witness, this.next(witness) + missing);
  }

  private report(witness: Witness, event: LabEvent): void {
    const number = this.next(witness);
    this.events.set(witness, number + 1);
    this.sinks.onEvent({ ...event, witness, number });
  }

  private next(witness: Witness): number {
    return this.events.get(witness) ?? 0;
  }
}
