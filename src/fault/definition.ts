/** The definition of a fault. It is independent of YAML positions: it reports a problem with a key of its step. */
import type * as z from 'zod';
import type { IpAddress } from '../net/address.ts';
import type { FaultEffect } from '../observe/event.ts';
import type { Micros } from '../time.ts';
import type { Node, Topology, VirtualRouter } from '../topology/topology.ts';
import type { Selector } from './selector.ts';

export interface FaultDefinition<W extends z.ZodObject = z.ZodObject, F = unknown> {
  /** One sentence: the effect, and the effect of its heal if that is not obvious. */
  readonly docs: string;
  /** The target of the selector: a node that runs a router, any node, or a link of a node. */
  readonly target: 'router' | 'node' | 'link';
  readonly effects?: readonly FaultEffect[];
  /** The router sends no priority 0, so a backup must wait for its whole timer. */
  readonly silent?: true;
  /** It ends processes of the router: once, or repeatedly while it is active. */
  readonly ends?: 'once' | 'repeatedly';
  /** The parameters under `with:`, with defaults. */
  readonly with: W;
  /** Mistakes that the file shows. */
  problems?(request: Request<W>, topology: Topology, report: ReportProblem): void;
  /** What a possible target node lacks. */
  lack?(node: Node, request: Request<W>, named: Named): Lack | undefined;
  /** Virtual routers that the fault needs. */
  concerns?(request: Request<W>, topology: Topology): string[];
  /** Why possible target routers do not support it, by their engine. */
  unsupported?(request: Request<W>, topology: Topology): string[];
  /** The fault for one node [kind, node and parameters]; a text names what the node lacks at this moment. */
  resolve?(node: string, request: Request<W>, state: LabState): F | string;
}

/** One type for each kind. */
export type FaultData<K extends string, T> = K extends string
  ? { readonly kind: K; readonly node: string } & T
  : never;

/** A fault of kind, node and parameters only. */
export type PlainFault<K extends string, W extends z.ZodObject> = FaultData<
  K,
  Readonly<z.output<W>>
>;

/** The fault of a step as in the file: its target is resolved when the step runs. */
export interface Request<W extends z.ZodObject = z.ZodObject> {
  readonly kind: string;
  readonly target: Selector;
  readonly with: z.output<W>;
  /** Healed by itself after this long; the step goes on at once. Undefined: healed by a step or at the end. */
  readonly for: Micros | undefined;
}

export interface Problem {
  /** Its position in the step. */
  readonly key: readonly string[];
  readonly message: string;
  readonly hint?: string | undefined;
}

/** `where`: as that of `problemAt`. */
export type ReportProblem = (where: string, message: string, hint?: string) => void;

export interface Lack extends Problem {
  /** A selector must not even be able to name such a node. */
  readonly always?: true;
}

/** How messages name a node: `"gw1" (owner(web))`. */
export interface Named {
  readonly label: string;
  readonly topology: Topology;
}

/** The state for resolving a target when the step runs. */
export interface LabState {
  readonly topology: Topology;
  /** Nodes that hold the virtual router's addresses. */
  owners(router: VirtualRouter): readonly string[];
  /** Addresses from which a node may send adverts. */
  senders(node: string): readonly IpAddress[];
}

/** `where`: `target`, `fault`, or a parameter. */
export function problemAt(where: string, message: string, hint?: string): Problem {
  const key = where === 'target' || where === 'fault' ? [where] : ['with', where];
  return { key, message, hint };
}

/** Infers the type of `with`. */
export function define<W extends z.ZodObject, F = never>(
  definition: FaultDefinition<W, F>,
): FaultDefinition<W, F> {
  return definition;
}

/** Parameters that a fault cannot do without. */
export function neededOf({ shape }: z.ZodObject): string[] {
  const isOptional = (schema: z.core.$ZodType): boolean =>
    (schema as z.ZodType).safeParse(undefined).success;
  return Object.keys(shape).filter((key) => shape[key] !== undefined && !isOptional(shape[key]));
}

/** Zero: a fault without a delay, or repeated without a pause. */
export function nothing(kind: string, key: string, value: Micros, report: ReportProblem): void {
  if (value === 0) report(key, `${kind} by nothing does nothing`);
}

const SHORTEST: number = 1_000;

export function tooOften(kind: string, every: Micros, report: ReportProblem): void {
  if (every < SHORTEST) report('every', `${kind} goes on every 1ms or more`);
}
