/** Matches an expression against a server's answer, with a time limit: a hostile answer may make it run forever. */
import type { RegexCheck } from '../../engine/core/config-checker.ts';
import { search } from '../../expression.ts';

/** The check child's loop is blocked for no longer. */
const MOST_MS = 50;

/** undefined: it took too long. An expression that cannot be read fails the check, as in keepalived. */
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
