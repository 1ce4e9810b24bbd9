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
  return replaced(value, { ...contexts, left: { characters: MOST_PUT_IN } }, report, []);
}

type Budgeted = Contexts & { readonly left: { characters: number } };

function replaced(value: unknown, contexts: Budgeted, report: Report, path: Path): unknown {
  if (typeof value === 'string')
    return substituteText(value, contexts, (message) => report(path, message));
  if (Array.isArray(value))
    return value.map((item, i) => replaced(item, contexts, report, [...path, i]));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      replaced(item, contexts, report, [...path, key]),
    ]),
  );
}

function substituteText(
  text: string,
  contexts: Budgeted,
  report: (message: string) => void,
): unknown {
  if (!text.includes('${{')) return text;
  const resolve = (context: string, name: string): unknown => {
    const values =
      context === 'matrix' || context === 'vars' || context === 'env'
        ? contexts[context]
        : undefined;
    const value = values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
    if (values === undefined)
      report(`unknown context "${context}": there are matrix, vars and env`);
    else if (value === undefined) report(undefinedName(context, name, values));
    return value;
  };
  const whole = new RegExp(`^${EXPRESSION.source}$`).exec(text.trim());
  if (whole !== null) return resolve(whole[1] ?? '', whole[2] ?? '') ?? text;
  const result = text.replace(EXPRESSION, (match, context: string, name: string) => {
    const put = String(resolve(context, name) ?? match);
    contexts.left.characters -= put.length;
    return contexts.left.characters < 0 ? '' : put;
  });
  if (contexts.left.characters < 0)
    report(`expressions put more than ${MOST_PUT_IN} characters into this file`);
  if (/\$\{\{/.test(result) && result === text)
    report('cannot read the expression: two braces around matrix.NAME, vars.NAME or env.NAME');
  return result;
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
