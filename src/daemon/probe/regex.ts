/** An expression over what a server sent, which may be chosen to make it take for ever. */
import type { RegexCheck } from '../../engine/core/config-check.ts';
import { search } from '../../expression.ts';

/** The child's loop stands still for no longer. */
const MOST_MS = 50;

/** undefined: it took too long. */
export function findWithin(regex: RegexCheck, whole: string): boolean | undefined {
  const { minOffset, maxOffset } = regex;
  const at = search(regex, whole.slice(minOffset), MOST_MS);
  if (at === undefined) return undefined;
  return at >= 0 && (maxOffset === undefined || at + minOffset <= maxOffset);
}
