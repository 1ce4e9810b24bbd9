/** What a fault is made of. It knows nothing of YAML positions: it reports a problem with a key of its step. */
import type * as z from 'zod';
import type { IpAddress } from '../net/address.ts';
import type { FaultEffect } from '../observe/event.ts';
import type { Micros } from '../time.ts';
import type { Node, Topology, VirtualRouter } from '../topology/topology.ts';
import type { Selector } from './selector.ts';

export interface FaultDefinition<W extends z.ZodObject = z.ZodObject, F = unknown> {
  /** One sentence: what happens, and what its heal does where that is not obvious. */
  readonly docs: string;
  /** What the selector must name: a node that runs a router, any node, or a link of a node. */
  readonly target: 'router' | 'node' | 'link';
  readonly effects?: readonly FaultEffect[];
  /** The router sends no farewell, so a backup must wait out its whole timer. */
  readonly silent?: true;
  /** Processes of the router end because of it: when it strikes, or again and again while it is in force. */
  readonly ends?: 'once' | 'repeatedly';
  /** What stands under `with:`, with the defaults. */
  readonly with: W;
  /** Mistakes that the file shows. */
  problems?(request: Request<W>, topology: Topology, report: ReportProblem): void;
  /** What a node that the target may name lacks. */
  lack?(node: Node, request: Request<W>, named: Named): Lack | undefined;
  /** Virtual routers without which the fault means nothing. */
  concerns?(request: Request<W>, topology: Topology): string[];
  /** Why routers that the target may name cannot have it, because of what they run. */
  unsupported?(request: Request<W>, topology: Topology): string[];
  /** The fault for one node [kind, node and what stands under `with`]; a text says what the node lacks at this moment. */
  resolve?(node: string, request: Request<W>, state: LabState): F | string;
}

/** One type for each kind. */
export type FaultData<K extends string, T> = K extends string
  ? { readonly kind: K; readonly node: string } & T
  : never;

/** A fault that is its kind, its node and what stands under `with`. */
export type PlainFault<K extends string, W extends z.ZodObject> = FaultData<
  K,
  Readonly<z.output<W>>
>;

/** The fault of a step as the file asks for it: its target is resolved when the step runs. */
export interface Request<W extends z.ZodObject = z.ZodObject> {
  readonly kind: string;
  readonly target: Selector;
  readonly with: z.output<W>;
  /** Healed by itself after this long; the step goes on at once. Undefined: healed by a step or at the end. */
  readonly for: Micros | undefined;
}

export interface Problem {
  /** Where it stands in the step. */
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

/** What a target is resolved by, at the moment the step runs. */
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

/** A fault that delays by nothing, or repeats without a pause. */
export function nothing(kind: string, key: string, value: Micros, report: ReportProblem): void {
  if (value === 0) report(key, `${kind} by nothing does nothing`);
}

const SHORTEST: number = 1_000;

export function tooOften(kind: string, every: Micros, report: ReportProblem): void {
  if (every < SHORTEST) report('every', `${kind} goes on every 1ms or more`);
}
