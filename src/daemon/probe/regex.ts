/** An expression over what a server sent, which may be chosen to make it take for ever. */
import type { RegexCheck } from '../../engine/core/config-check.ts';
import { search } from '../../expression.ts';

/** The child's loop stands still for no longer. */
const MOST_MS = 50;

/** undefined: it took too long. What nothing here can read fails the check, as it does in keepalived. */
export function findWithin(regex: RegexCheck, whole: string): boolean | undefined {
  const { minOffset, maxOffset } = regex;
  const at = searchIn(regex, whole.slice(minOffset));
  if (at === 'unreadable') return regex.negate;
  if (at === undefined) return undefined;
  return at >= 0 && (maxOffset === undefined || at + minOffset <= maxOffset);
}

function searchIn(regex: RegexCheck, text: string): number | 'unreadable' | undefined {
  try {
    return search(regex, text, MOST_MS);
  } catch {
    return 'unreadable';
  }
}
