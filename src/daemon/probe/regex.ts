/** An expression over what a server sent, which may be chosen to make it take for ever. */
import { createContext, Script } from 'node:vm';
import type { RegexCheck } from '../../engine/core/config-check.ts';

/** The child's loop stands still for no longer. */
const MOST_MS = 50;
const SEARCH = new Script('new RegExp(pattern, flags).exec(text)?.index ?? -1');

/** undefined: it took too long. V8 lets a time limit interrupt an expression. */
export function findWithin(
  { pattern, flags, minOffset, maxOffset }: RegexCheck,
  whole: string,
): boolean | undefined {
  const text = whole.slice(minOffset);
  const context = createContext({ pattern, flags, text });
  try {
    const at = SEARCH.runInContext(context, { timeout: MOST_MS }) as number;
    return at >= 0 && (maxOffset === undefined || at + minOffset <= maxOffset);
  } catch {
    return undefined;
  }
}
