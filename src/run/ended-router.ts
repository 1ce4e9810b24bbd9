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

export type Exit = EventOf<'process-exited'>;

export function watchRouters(timeline: Timeline, { nodes }: Topology) {
  /** Exits that have been looked at. */
  let seen = 0;
  const healedAt = (id: string): number =>
    timeline.of('heal').find((heal) => heal.id === id)?.at ?? Number.POSITIVE_INFINITY;
  const isRouter = ({ node }: Exit): boolean =>
    nodes.some(({ name, role }) => name === node && role === 'router');
  /** Whether a fault hit the node between the start of that process and its end, or ends processes repeatedly. */
  const isOrdered = ({ node, pid, at }: Exit, orders: readonly Order[]): boolean => {
    const started = timeline
      .of('process-started')
      .findLast((event) => event.node === node && event.pid === pid && event.at <= at);
    const struck = timeline
      .of('fault')
      .filter(({ fault }) => ENDING.some((kind) => kind === fault))
      .map(({ id, fault, ...event }) => ({
        node: event.node ?? '',
        at: event.at,
        until: definitionOf(fault as FaultKind).ends === 'once' ? event.at : healedAt(id),
      }));
    const since = started?.at ?? Number.NEGATIVE_INFINITY;
    return [...struck, ...orders.map((order) => ({ ...order, until: order.at }))].some(
      (fault) => fault.node === node && fault.until >= since && fault.at <= at + STAMPED_LATE,
    );
  };
  return {
    /** The next exit that no fault explains; undefined: none. `orders`: faults that are not in the timeline yet. */
    next: (orders: () => readonly Order[]): Exit | undefined => {
      const exits = timeline.of('process-exited');
      const unseen = exits.slice(seen);
      const found = unseen.findIndex((exit) => isRouter(exit) && !isOrdered(exit, orders()));
      seen = found < 0 ? exits.length : seen + found + 1;
      return unseen[found];
    },
    /** With the last lines of the router, which may have arrived after its end. */
    error: ({ node = '', code, signal, process }: Exit): HalabError => {
      const how = signal === undefined ? `with code ${code ?? 0}` : `by ${signal}`;
      const said = timeline
        .of('log')
        .filter((line) => line.node === node && line.process === process)
        .slice(-LAST_LINES)
        .map(({ text }) => `    ${text}`);
      const engine = nodes.find(({ name }) => name === node)?.engine ?? process;
      const last =
        said.length === 0 ? ' and said nothing' : `; its last lines:\n${said.join('\n')}`;
      return new HalabError({
        code: 'HALAB_ENGINE_ENDED',
        message: `${node}: ${engine} (${process}) ended by itself ${how}${last}`,
        hint: 'No fault of the scenario ended it: look at its configuration and at its build.',
      });
    },
  };
}
