/** What a zod schema allows: parameters as rows, for lists on the command line and documentation, and keys at a path. */
import * as z from 'zod';
import { duration, signedDuration } from './scalars.ts';

export interface ParameterRow {
  readonly name: string;
  /** `virtual router`, `duration`, `up | down`, `list of node`. */
  readonly type: string;
  /** Its unit, or the range of a number; undefined: it has none. */
  readonly unit: string | undefined;
  readonly sentence: string;
  readonly required: boolean;
  /** The default; undefined: it is required. */
  readonly default: string | undefined;
}

/** Types that a zod schema does not name by itself. */
export const SCALARS = z.registry<{ readonly type: string; readonly unit: string }>();
duration.register(SCALARS, { type: 'duration', unit: 'us, ms, s or m' });
signedDuration.register(SCALARS, { type: 'duration', unit: 'us, ms, s or m; may be negative' });

/** The kind of object that a name schema refers to: `node`, `virtual router`. */
export type NameOf = (schema: z.ZodType) => string | undefined;

/** A default is the schema's own, or stands in square brackets at the end of its description. */
export function parameterRows({ shape }: z.ZodObject, nameOf: NameOf = () => undefined) {
  return Object.entries(shape).map(([name, schema]): ParameterRow => {
    const { inner, value, required } = opened(schema as z.ZodType);
    const docs = (schema as z.ZodType).description ?? inner.description ?? '';
    const [, sentence = docs, fallback = value] = /^(.*) ?\[([^\]]*)\]$/.exec(docs) ?? [];
    const unit = SCALARS.get(inner)?.unit ?? rangeOf(inner);
    const type = typeOf(inner, nameOf);
    return { name, type, unit, sentence: sentence.trim(), required, default: fallback };
  });
}

/** The schema inside `optional`, `default` and `prefault`. */
function opened(schema: z.ZodType) {
  if (schema instanceof z.ZodOptional)
    return { inner: schema.unwrap() as z.ZodType, value: undefined, required: false };
  if (!(schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault))
    return { inner: schema, value: undefined, required: true };
  const { innerType, defaultValue } = schema._zod.def;
  return { inner: innerType as z.ZodType, value: String(defaultValue), required: false };
}

/** The keys that a schema allows at a path, for "did you mean". */
export function keysAt(schema: z.ZodType | undefined, path: readonly PropertyKey[]): string[] {
  const inner = schema && opened(schema).inner;
  if (inner instanceof z.ZodUnion)
    return inner.options.flatMap((option) => keysAt(option as z.ZodType, path));
  const [key, ...rest] = path;
  if (inner instanceof z.ZodObject && key === undefined) return Object.keys(inner.shape);
  if (key === undefined) return [];
  if (inner instanceof z.ZodObject) return keysAt(inner.shape[String(key)] as z.ZodType, rest);
  if (inner instanceof z.ZodRecord) return keysAt(inner.valueType as z.ZodType, rest);
  return inner instanceof z.ZodArray ? keysAt(inner.element as z.ZodType, rest) : [];
}

function rangeOf(schema: z.ZodType): string | undefined {
  return schema instanceof z.ZodNumber ? `${schema.minValue}..${schema.maxValue}` : undefined;
}

function typeOf(schema: z.ZodType, nameOf: NameOf): string {
  const of = (inner: unknown): string => typeOf(inner as z.ZodType, nameOf);
  if (schema instanceof z.ZodArray) return `list of ${of(schema.element)}`;
  if (schema instanceof z.ZodRecord)
    return `map of ${of(schema.keyType)} to ${of(schema.valueType)}`;
  if (schema instanceof z.ZodEnum) return schema.options.join(' | ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].join(' | ');
  if (schema instanceof z.ZodNumber) return 'number';
  const named = nameOf(schema) ?? SCALARS.get(schema)?.type;
  if (named !== undefined) return named;
  return schema instanceof z.ZodUnion ? schema.options.map(of).join(', or ') : 'name';
}
