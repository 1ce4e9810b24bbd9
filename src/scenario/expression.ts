/** `${{ matrix.x }}`, `${{ vars.x }}`, `${{ env.X }}`. A value that is one expression keeps the type of its result. */
import { nearest } from '../errors.ts';
import type { Path } from '../topology/yaml/yaml-source.ts';

/** `env` holds only the names that the command line opened, defined or not. */
export type Contexts = Readonly<
  Record<'matrix' | 'vars' | 'env', Readonly<Record<string, unknown>>>
>;

const EXPRESSION = /\$\{\{\s*([a-z]+)\.([A-Za-z0-9_-]+)\s*\}\}/g;

/** Characters that expressions may put into one file: values may be long, and stand in many places. */
const MOST_PUT_IN = 1 << 20;

type Report = (path: Path, message: string) => void;

/** Replaces every expression in `value`; what cannot be resolved is reported and left as it is. */
export function substitute(value: unknown, contexts: Contexts, report: Report): unknown {
  let left = MOST_PUT_IN;
  const inText = (text: string, path: Path): unknown => {
    if (!text.includes('${{')) return text;
    const resolve = (context: string, name: string): unknown => {
      const values = Object.hasOwn(contexts, context)
        ? contexts[context as keyof Contexts]
        : undefined;
      const found = values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
      if (values === undefined)
        report(path, `unknown context "${context}": there are matrix, vars and env`);
      else if (found === undefined) report(path, undefinedName(context, name, values));
      return found;
    };
    const whole = new RegExp(`^${EXPRESSION.source}$`).exec(text.trim());
    if (whole !== null) return resolve(whole[1] ?? '', whole[2] ?? '') ?? text;
    const result = text.replace(EXPRESSION, (match, context: string, name: string) => {
      const put = String(resolve(context, name) ?? match);
      left -= put.length;
      return left < 0 ? '' : put;
    });
    if (left < 0)
      report(path, `expressions put more than ${MOST_PUT_IN} characters into this file`);
    if (/\$\{\{/.test(result) && result === text)
      report(
        path,
        'cannot read the expression: two braces around matrix.NAME, vars.NAME or env.NAME',
      );
    return result;
  };
  const replaced = (inner: unknown, path: Path): unknown => {
    if (typeof inner === 'string') return inText(inner, path);
    if (Array.isArray(inner)) return inner.map((item, i) => replaced(item, [...path, i]));
    if (inner === null || typeof inner !== 'object') return inner;
    const entries = Object.entries(inner);
    return Object.fromEntries(entries.map(([key, item]) => [key, replaced(item, [...path, key])]));
  };
  return replaced(value, []);
}

function undefinedName(
  context: string,
  name: string,
  values: Readonly<Record<string, unknown>>,
): string {
  if (context === 'env' && !Object.hasOwn(values, name))
    return `env.${name} is closed to scenario files: the command line opens it with --allow-env ${name}`;
  const close = nearest(
    name,
    Object.keys(values).filter((one) => one !== name),
  );
  return `${context}.${name} is not defined${close === undefined ? '' : `: did you mean "${close}"?`}`;
}
