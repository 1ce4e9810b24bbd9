/** keepalived's generators: `~SEQ(var, start, step, end)`, `~SEQx` in hexadecimal, `~LST(var, a, b, ...)`. */

export interface Generated {
  /** Parameters of each round, in order. */
  readonly rounds: readonly (readonly (readonly [string, string])[])[];
  /** The text of each round; it may start with another generator. */
  readonly rest: string;
}

const MOST_ROUNDS = 65_536;
const HEAD = /^~(SEQx?|LST)\(((?:[^(){}]|\{[^{}]*\})*)\)[ \t]*(.*)$/s;
const NAME = /^[A-Za-z_]\w*$/;

/** Or its error. */
export function generate(text: string): Generated | string {
  const found = HEAD.exec(text);
  if (found === null) return 'not a ~SEQ or ~LST';
  const [, kind = '', inside = '', rest = ''] = found;
  const rounds = kind === 'LST' ? list(inside) : sequence(inside, kind === 'SEQx');
  return typeof rounds === 'string' ? rounds : { rounds, rest };
}

function sequence(inside: string, hex: boolean): Generated['rounds'] | string {
  const [name = '', ...numbers] = inside.split(',').map((part) => part.trim());
  if (!NAME.test(name)) return `"${name}" is no name for a parameter`;
  const values = numbers.map(Number);
  if (values.length < 1 || values.length > 3 || !values.every(Number.isInteger))
    return '~SEQ takes one to three whole numbers';
  const [start, step, end] = limits(values);
  if (step === 0) return '~SEQ cannot take steps of 0';
  if (Math.abs((end - start) / step) > MOST_ROUNDS) return '~SEQ is too long';
  const rounds: [string, string][][] = [];
  for (let at = start; step > 0 ? at <= end : at >= end; at += step)
    rounds.push([[name, at.toString(hex ? 16 : 10)]]);
  return rounds;
}

/** `end`, `start end` or `start step end`. */
function limits(values: readonly number[]): readonly [number, number, number] {
  const [first = 1, second = 1, third = 1] = values;
  if (values.length === 3) return [first, second, third];
  const start = values.length === 2 ? first : first > 0 ? 1 : -1;
  const end = values.length === 2 ? second : first;
  return [start, end >= start ? 1 : -1, end];
}

function list(inside: string): Generated['rounds'] | string {
  const parts = [...inside.matchAll(/\s*(\{[^{}]*\}|[^,{}]*)\s*(?:,|$)/g)]
    .map(([, part = '']) => part.trim())
    .slice(0, -1);
  const fields = (part: string): string[] =>
    part.startsWith('{')
      ? part
          .slice(1, -1)
          .split(',')
          .map((list) => list.trim())
      : [part];
  const [names = [], ...values] = parts.map(fields);
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined || names.length === 0) return `"${bad ?? ''}" is no name for a parameter`;
  if (values.length === 0) return '~LST needs at least one value';
  if (values.some((row) => row.length !== names.length))
    return `~LST needs ${names.length} values at a time`;
  return values.map((row) => names.map((name, i) => [name, row[i] ?? ''] as const));
}
