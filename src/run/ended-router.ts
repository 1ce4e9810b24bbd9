/** A router's process that ended by itself: the cell has no verdict, and the error shows the router's last lines. */
import { HalabError } from '../errors.ts';
import { definitionOf, FAULT_KINDS, type FaultKind } from '../fault/faults.ts';
import type { EventOf } from '../observe/event.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { Topology } from '../topology/topology.ts';

/** Faults that end a process. */
export const ENDING = FAULT_KINDS.filter((kind) => definitionOf(kind).ends !== undefined);
/** A fault is stamped when its effect has been seen, which may be after the process has ended. */
const STAMPED_LATE = 2_000_000;
const LAST_LINES = 8;

/** An order to end something: which node, and when. */
export interface Order {
  readonly node: string;
  readonly at: number;
}

type Exit = EventOf<'process-exited'>;

export class RouterWatch {
  private readonly timeline: Timeline;
  private readonly topology: Topology;
  /** Exits that have been looked at. */
  private seen = 0;

  constructor(timeline: Timeline, topology: Topology) {
    this.timeline = timeline;
    this.topology = topology;
  }

  /** The next exit that no fault explains; undefined: there is none. `orders`: faults that are not in the timeline yet. */
  next(orders: () => readonly Order[]): Exit | undefined {
    const exits = this.timeline.of('process-exited');
    while (this.seen < exits.length) {
      const exit = exits[this.seen];
      this.seen++;
      if (exit !== undefined && this.isRouter(exit) && !this.isOrdered(exit, orders())) return exit;
    }
    return undefined;
  }

  /** With the last lines of the router, which may have arrived after its end. */
  error(exit: Exit): HalabError {
    const { node = '', code, signal, process } = exit;
    const how = signal === undefined ? `with code ${code ?? 0}` : `by ${signal}`;
    const said = this.timeline
      .of('log')
      .filter((line) => line.node === node && line.process === process)
      .slice(-LAST_LINES)
      .map(({ text }) => `    ${text}`);
    const engine = this.topology.nodes.find(({ name }) => name === node)?.engine ?? process;
    const last = said.length === 0 ? ' and said nothing' : `; its last lines:\n${said.join('\n')}`;
    return new HalabError({
      code: 'HALAB_ENGINE_ENDED',
      message: `${node}: ${engine} (${process}) ended by itself ${how}${last}`,
      hint: 'No fault of the scenario ended it: look at its configuration and at its build.',
    });
  }

  private isRouter({ node }: Exit): boolean {
    return this.topology.nodes.some(({ name, role }) => name === node && role === 'router');
  }

  /** Whether a fault struck the node between the start of that process and its end, or ends processes repeatedly. */
  private isOrdered({ node, pid, at }: Exit, orders: readonly Order[]): boolean {
    const started = this.timeline
      .of('process-started')
      .findLast((event) => event.node === node && event.pid === pid && event.at <= at);
    const struck = this.timeline
      .of('fault')
      .filter(({ fault }) => ENDING.some((kind) => kind === fault))
      .map(({ id, fault, ...event }) => ({
        node: event.node ?? '',
        at: event.at,
        until: definitionOf(fault as FaultKind).ends === 'once' ? event.at : this.healedAt(id),
      }));
    const since = started?.at ?? Number.NEGATIVE_INFINITY;
    return [...struck, ...orders.map((order) => ({ ...order, until: order.at }))].some(
      (fault) => fault.node === node && fault.until >= since && fault.at <= at + STAMPED_LATE,
    );
  }

  private healedAt(id: string): number {
    return this.timeline.of('heal').find((heal) => heal.id === id)?.at ?? Number.POSITIVE_INFINITY;
  }
}
