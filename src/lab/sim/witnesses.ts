/** The witnesses of the simulated lab: names, numbers and heartbeats as in a real lab, never late. */
import type { LabEvent } from '../../observe/event.ts';
import { agentOf, HEARTBEAT, tapOf, type Witness } from '../../observe/witness.ts';
import type { World } from '../../sim/world.ts';
import { type Instant, micros } from '../../time.ts';

export function simWitnesses(emit: (event: LabEvent) => void) {
  const numbers = new Map<Witness, number>();
  /** Probe to the segment on which its packets are captured. */
  const probes = new Map<string, string>();
  const emitNumbered = (witness: Witness, event: LabEvent): void => {
    const number = numbers.get(witness) ?? 0;
    numbers.set(witness, number + 1);
    emit({ ...event, witness, number });
  };
  const witnessOf = (event: LabEvent): Witness | undefined => {
    if (event.source !== 'tap') return event.node === undefined ? undefined : agentOf(event.node);
    if ('segment' in event) return tapOf(event.segment);
    const segment = 'probe' in event ? probes.get(event.probe) : undefined;
    return segment === undefined ? undefined : tapOf(segment);
  };
  return {
    probes,
    report: (event: LabEvent): void => {
      const witness = witnessOf(event);
      if (witness === undefined) emit(event);
      else emitNumbered(witness, event);
    },
    /** `alive`: the nodes that run now, whose agents send heartbeats. */
    start: (world: World, segments: readonly string[], alive: () => Iterable<string>): void => {
      const beat = (): void => {
        const at = world.now();
        for (const segment of segments)
          emitNumbered(tapOf(segment), heartbeat(at, 'tap', undefined));
        for (const node of alive()) emitNumbered(agentOf(node), heartbeat(at, 'agent', node));
        world.after(HEARTBEAT, beat);
      };
      beat();
    },
  };
}

function heartbeat(at: Instant, source: 'tap' | 'agent', node: string | undefined): LabEvent {
  return { kind: 'heartbeat', at, source, node, late: micros(0), dropped: 0 };
}
