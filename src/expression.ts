/**
 * A user's regular expression over a text of any origin, in bounded time. RE2 runs the expressions that it supports in
 * linear time; others (look-around, back-references) are searched by backtracking in JavaScript.
 * Both are cut off at a limit: an expression that takes too long has no answer.
 */
import { createRequire } from 'node:module';
import { createContext, Script } from 'node:vm';
import type { RE2JS as Linear } from 're2js';
import { type Expression, withoutPcre } from './pcre.ts';

/** The index of the match, -1 if none; undefined: it took longer than `limitMs`. */
export function search(expression: Expression, text: string, limitMs: number): number | undefined {
  const { RE2JS } = engine();
  const { pattern, flags } = withoutPcre(expression);
  return within(limitMs, () => finder(RE2JS, pattern, flags)(text));
}

let loaded: { readonly RE2JS: typeof Linear } | undefined;

/** Loaded with the first expression: its tables take 15 ms and more, which no expression is charged with. */
function engine(): { readonly RE2JS: typeof Linear } {
  loaded ??= createRequire(import.meta.url)('re2js') as { RE2JS: typeof Linear };
  return loaded;
}

function finder(linear: typeof Linear, pattern: string, flags: string): (text: string) => number {
  const { CASE_INSENSITIVE, MULTILINE, DOTALL } = linear;
  const options =
    (flags.includes('i') ? CASE_INSENSITIVE : 0) |
    (flags.includes('m') ? MULTILINE : 0) |
    (flags.includes('s') ? DOTALL : 0);
  try {
    const compiled = linear.compile(pattern, options);
    return (text) => {
      const matcher = compiled.matcher(text);
      return matcher.find() ? matcher.start() : -1;
    };
  } catch (error) {
    if (!(error instanceof Error) || !/RE2JS/.test(error.name)) throw error;
    const backtracking = new RegExp(pattern, flags);
    return (text) => backtracking.exec(text)?.index ?? -1;
  }
}

const CONTEXT: { work: () => unknown } = { work: () => undefined };
const RUN = new Script('work()');
createContext(CONTEXT);

/** Runs `work`, which must not wait; undefined if V8 had to interrupt it. */
function within<T>(limitMs: number, work: () => T): T | undefined {
  CONTEXT.work = work;
  try {
    return RUN.runInContext(CONTEXT, { timeout: limitMs }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}
