/** Faults of what a node has by name, its services and check scripts: a step names one, or means the node's first. */
import type * as z from 'zod';
import { suggestion } from '../errors.ts';
import type { Node, Topology } from '../topology/topology.ts';
import { define, type FaultDefinition, type Lack, problemAt } from './definition.ts';

export type AboutFault<W extends z.ZodObject> = Pick<
  FaultDefinition<W>,
  'docs' | 'with' | 'problems'
>;

interface Wanted {
  /** As the step names it; undefined: the node's first. */
  readonly wanted: string | undefined;
  readonly known: readonly string[];
  readonly kind: string;
  readonly topology: Topology;
}

interface Naming {
  /** `has no service`. */
  readonly lacks: string;
  readonly namesOn: (topology: Topology, node: string) => readonly string[];
  /** The rest of the message that a node lacks it. */
  readonly why: (lacking: Wanted) => string;
  /** The hint if the node has none. */
  readonly add: string;
  /** Message and hint if one that the node has cannot have the fault. */
  readonly misfit?: (node: Node, name: string, kind: string) => [string, string] | undefined;
}

/** `F`: the fault, which is its kind, its node and what stands under `with`, the name filled in. */
export function ofNamed<W extends z.ZodObject, F>(
  key: 'service' | 'script',
  about: AboutFault<W>,
  { lacks, namesOn, why, add, misfit }: Naming,
): FaultDefinition<W, F> {
  const wantedIn = (settings: object) => (settings as Readonly<Record<string, string>>)[key];
  const without = (name: string | undefined) => `${lacks}${name === undefined ? '' : ` "${name}"`}`;
  return define({
    ...about,
    target: 'node',
    lack: (node, request, { label, topology }): Lack | undefined => {
      const { kind } = request;
      const known = namesOn(topology, node.name);
      const wanted = wantedIn(request.with);
      const found = wanted ?? known[0];
      const at = wanted === undefined ? 'fault' : key;
      if (found !== undefined && known.includes(found)) {
        const problem = misfit?.(node, found, kind);
        return problem && problemAt(at, ...problem);
      }
      const message = `${label} ${without(wanted)}${why({ wanted, known, kind, topology })}`;
      return problemAt(at, message, known.length === 0 ? add : suggestion(wanted ?? '', known));
    },
    resolve: (node, request, { topology }) => {
      const known = namesOn(topology, node);
      const found = wantedIn(request.with) ?? known[0];
      return found !== undefined && known.includes(found)
        ? ({ kind: request.kind, node, ...request.with, [key]: found } as F)
        : `${node} ${without(found)}`;
    },
  });
}
