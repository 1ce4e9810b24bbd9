/** The witnesses of the simulated lab: names, numbers and heartbeats as in a real lab, never late. */
import type { LabEvent } from '../../observe/event.ts';
import { agentOf, HEARTBEAT, tapOf, type Witness } from '../../observe/witness.ts';
import type { World } from '../../sim/world.ts';
import { type Instant, micros } from '../../time.ts';

export class SimWitnesses {
  private readonly numbers = new Map<Witness, number>();
  /** Probe to the segment on which its packets are captured. */
  private readonly probes = new Map<string, string>();
  private readonly emit: (event: LabEvent) => void;

  constructor(emit: (event: LabEvent) => void) {
    this.emit = emit;
  }

  probe(name: string, segment: string): void {
    this.probes.set(name, segment);
  }

  report(event: LabEvent): void {
    const witness = this.witnessOf(event);
    if (witness === undefined) this.emit(event);
    else this.emitNumbered(witness, event);
  }

  /** `alive`: the nodes that run now, whose agents send heartbeats. */
  start(world: World, segments: readonly string[], alive: () => Iterable<string>): void {
    const beat = (): void => {
      const at = world.now();
      for (const segment of segments)
        this.emitNumbered(tapOf(segment), heartbeat(at, 'tap', undefined));
      for (const node of alive()) this.emitNumbered(agentOf(node), heartbeat(at, 'agent', node));
      world.after(HEARTBEAT, beat);
    };
    beat();
  }

  private emitNumbered(witness: Witness, event: LabEvent): void {
    const number = this.numbers.get(witness) ?? 0;
    this.numbers.set(witness, number + 1);
    this.emit({ ...event, witness, number });
  }

  private witnessOf(event: LabEvent): Witness | undefined {
    if (event.source !== 'tap') return event.node === undefined ? undefined : agentOf(event.node);
    if ('segment' in event) return tapOf(event.segment);
    const segment = 'probe' in event ? this.probes.get(event.probe) : undefined;
    return segment === undefined ? undefined : tapOf(segment);
  }
}

function heartbeat(at: Instant, source: 'tap' | 'agent', node: string | undefined): LabEvent {
  return { kind: 'heartbeat', at, source, node, late: micros(0), dropped: 0 };
}
