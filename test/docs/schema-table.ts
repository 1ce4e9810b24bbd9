/** Tables of keys, from a JSON Schema: key, value, meaning with the default in brackets. */

/** The part of a JSON Schema that the tables read. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** JSON Schema of a safe integer without a bound. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** Longer lists have a table of their own. */
const MOST_WORDS = 12;

/** Keys of an object, nested ones with their path. */
export function keyTable(schema: Schema): string {
  return table(['key', 'value', 'meaning [default]'], rowsOf(schema, ''));
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |')).join('\n');
}

function rowsOf(schema: Schema, prefix: string): string[][] {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    const meaning = meaningOf(value);
    const needed = required.includes(key)
      ? [`**required**${meaning === '' ? '' : '; '}${meaning}`]
      : [meaning];
    return [[`\`${path}\``, kindOf(value), ...needed], ...innerRows(value, path)];
  });
}

/** A default in the schema is appended to the description. */
function meaningOf({ description = '', default: value }: Schema): string {
  const text = value === undefined ? [] : [`[${String(value)}]`];
  return cell([description, ...text].filter((part) => part !== '').join(' '));
}

function innerRows(schema: Schema, path: string): string[][] {
  if (schema.properties !== undefined) return rowsOf(schema, `${path}.`);
  if (schema.items?.properties !== undefined) return rowsOf(schema.items, `${path}[].`);
  const { additionalProperties: inner } = schema;
  if (typeof inner === 'object' && inner.properties !== undefined)
    return rowsOf(inner, `${path}.NAME.`);
  if (typeof inner === 'object') return innerRows(inner, `${path}.NAME`);
  return (schema.anyOf ?? []).flatMap((schema) => innerRows(schema, path));
}

export function kindOf(schema: Schema): string {
  const { enum: values, const: constant, type, items, anyOf, additionalProperties: inner } = schema;
  if (constant !== undefined) return `\`${String(constant)}\``;
  if (values !== undefined && values.length > MOST_WORDS) return `one of ${values.length} words`;
  if (values !== undefined) return values.map((word) => `\`${String(word)}\``).join(', ');
  if (anyOf !== undefined) return [...new Set(anyOf.map(kindOf))].join(' or ');
  if (type === 'array')
    return items === undefined || kindOf(items) === 'any' ? 'list' : `list of ${kindOf(items)}`;
  if (type === 'object' && typeof inner === 'object' && kindOf(inner) !== 'any')
    return `map of ${kindOf(inner)}`;
  if (type === 'object') return 'map';
  if (type === 'integer' || type === 'number') return range(schema);
  if (type === 'boolean') return '`true`, `false`';
  if (Array.isArray(type)) return type.includes('boolean') ? 'scalar' : 'duration';
  return type === 'string' ? 'text' : 'any';
}

function range({ type, minimum, maximum = UNBOUNDED }: Schema): string {
  const what = type === 'integer' ? 'integer' : 'number';
  if (minimum === undefined) return what;
  return maximum === UNBOUNDED ? `${what} from ${minimum}` : `${minimum}..${maximum}`;
}

/** Text inside a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
