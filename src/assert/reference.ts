/** The assertions and their parameters as rows: for `halab assertions` and the generated documentation. */
import * as z from 'zod';
import { duration } from '../topology/yaml/scalars.ts';
import { bound, type Place } from './assertion.ts';
import { ASSERTIONS, type AssertionKind, placesOf, sliceOf } from './assertions.ts';
import { namedBy } from './names.ts';
import { percentage } from './share.ts';

export interface AssertionReference {
  readonly assertion: AssertionKind;
  readonly places: readonly Place[];
  readonly sentence: string;
  readonly parameters: readonly ParameterReference[];
}

export interface ParameterReference {
  readonly name: string;
  /** `virtual router`, `duration`, `up | down`, `list of node`. */
  readonly type: string;
  /** Its unit, or the range of a number; undefined: it has none. */
  readonly unit: string | undefined;
  readonly sentence: string;
  readonly required: boolean;
  /** What holds if it is left out; undefined: it is required. */
  readonly default: string | undefined;
}

/** Types that a zod schema does not name by itself. */
const SCALARS = z.registry<{ readonly type: string; readonly unit: string }>();
duration.register(SCALARS, { type: 'duration', unit: 'us, ms, s or m' });
bound.register(SCALARS, { type: 'bound', unit: 'as a duration, or mdi, skew, advert' });
percentage.register(SCALARS, { type: 'percentage', unit: '%' });

export function assertionReference(): AssertionReference[] {
  return (Object.keys(ASSERTIONS) as AssertionKind[]).map((assertion) => {
    const { docs, schema } = sliceOf({ kind: assertion });
    const parameters = Object.entries(schema.shape).map(([name, one]) =>
      parameter(name, one as z.ZodType),
    );
    return { assertion, places: placesOf(assertion), sentence: docs, parameters };
  });
}

function parameter(name: string, schema: z.ZodType): ParameterReference {
  const required = !(schema instanceof z.ZodOptional);
  const inner = required ? schema : (schema.unwrap() as z.ZodType);
  const docs = schema.description ?? inner.description ?? '';
  const [, sentence = docs, fallback] = /^(.*) \[([^\]]*)\]$/.exec(docs) ?? [];
  const unit = SCALARS.get(inner)?.unit ?? rangeOf(inner);
  return { name, type: typeOf(inner), unit, sentence, required, default: fallback };
}

function rangeOf(schema: z.ZodType): string | undefined {
  return schema instanceof z.ZodNumber ? `${schema.minValue}..${schema.maxValue}` : undefined;
}

function typeOf(schema: z.ZodType): string {
  const of = (inner: unknown): string => typeOf(inner as z.ZodType);
  if (schema instanceof z.ZodArray) return `list of ${of(schema.element)}`;
  if (schema instanceof z.ZodRecord)
    return `map of ${of(schema.keyType)} to ${of(schema.valueType)}`;
  if (schema instanceof z.ZodEnum) return schema.options.join(' | ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].join(' | ');
  if (schema instanceof z.ZodNumber) return 'number';
  const named = namedBy(schema) ?? SCALARS.get(schema)?.type;
  if (named !== undefined) return named;
  return schema instanceof z.ZodUnion ? schema.options.map(of).join(', or ') : 'name';
}
