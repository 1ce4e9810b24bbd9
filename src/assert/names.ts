/** Parameters that name something of the topology: the kind of name is kept with its schema. */
import * as z from 'zod';
import { nearest } from '../errors.ts';
import type { Topology } from '../topology/topology.ts';
import { name } from '../topology/yaml/scalars.ts';
import type { Problem } from './assertion.ts';

type Known = (topology: Topology) => readonly { readonly name: string }[];

/** The kinds of names, in the wording of the messages: `unknown node "gw9"`. */
const KNOWN = {
  node: ({ nodes }) => nodes,
  router: ({ nodes }) => nodes.filter(({ role }) => role === 'router'),
  client: ({ nodes }) => nodes.filter(({ role }) => role !== 'router'),
  'virtual router': ({ virtualRouters }) => virtualRouters,
  'virtual server': ({ virtualServers }) => virtualServers,
  probe: ({ probes }) => probes.filter(({ http }) => http === undefined),
  'probe of type http': ({ probes }) => probes.filter(({ http }) => http !== undefined),
  'tracked script': ({ virtualRouters }) => virtualRouters.flatMap(({ track }) => track),
} as const satisfies Readonly<Record<string, Known>>;

interface Naming {
  readonly what: keyof typeof KNOWN;
  readonly orNone: boolean;
}

const NAMINGS = z.registry<Naming>();

function naming(what: Naming['what'], orNone = false): typeof name {
  return name.describe(`A ${what}`).register(NAMINGS, { what, orNone });
}

export const node = naming('node');
export const nodeOrNone = naming('node', true);
export const router = naming('router');
export const client = naming('client');
export const virtualRouter = naming('virtual router');
export const vip = virtualRouter.optional().describe('A virtual router [the first one]');
export const virtualServer = naming('virtual server');
export const probe = naming('probe');
export const httpProbe = naming('probe of type http');
export const script = naming('tracked script');

/** `virtual router`, `node`; undefined: the parameter names nothing of the topology. */
export function namedBy(schema: z.ZodType): string | undefined {
  return schema instanceof z.ZodOptional
    ? namedBy(schema.unwrap() as z.ZodType)
    : NAMINGS.get(schema)?.what;
}

/** The first name that the topology lacks. */
export function unknownName(
  shape: Readonly<Record<string, z.ZodType>>,
  parameters: Readonly<Record<string, unknown>>,
  topology: Topology,
): Problem | undefined {
  for (const [key, schema] of Object.entries(shape)) {
    const problem = unknownIn(schema, parameters[key], topology);
    if (problem !== undefined) return { key, ...problem };
  }
  return undefined;
}

function unknownIn(
  schema: z.ZodType,
  value: unknown,
  topology: Topology,
): Omit<Problem, 'key'> | undefined {
  if (value === undefined) return undefined;
  const of = (inner: unknown, item: unknown) => unknownIn(inner as z.ZodType, item, topology);
  if (schema instanceof z.ZodOptional) return of(schema.unwrap(), value);
  if (schema instanceof z.ZodArray)
    return first(value as unknown[], (item) => of(schema.element, item));
  if (schema instanceof z.ZodRecord)
    return first(Object.keys(value as object), (key) => of(schema.keyType, key));
  if (schema instanceof z.ZodUnion)
    return first(schema.options, (option) =>
      option instanceof z.ZodArray === Array.isArray(value) ? of(option, value) : undefined,
    );
  const naming = NAMINGS.get(schema);
  if (naming === undefined || typeof value !== 'string') return undefined;
  const known = [
    ...KNOWN[naming.what](topology).map((known) => known.name),
    ...(naming.orNone ? ['none'] : []),
  ];
  if (known.includes(value)) return undefined;
  const close = nearest(value, known);
  const hint =
    close === undefined ? `There are: ${known.join(', ') || 'none'}.` : `Did you mean "${close}"?`;
  return { message: `unknown ${naming.what} "${value}"`, hint };
}

function first<T, R>(list: readonly T[], pick: (item: T) => R | undefined): R | undefined {
  for (const item of list) {
    const found = pick(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
