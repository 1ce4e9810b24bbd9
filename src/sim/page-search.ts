/** `regex` of a simulated check. A verdict must not depend on how fast this machine is, so what is cut off is an error. */
import type { RegexCheck } from '../engine/core/config-checker.ts';
import { HalabError } from '../errors.ts';
import { search } from '../expression.ts';

/** Longer than any honest search of a page takes on a busy machine. */
const LIMIT_MS = 2_000;

/** Checks repeat: the last page of each expression, and whether the expression was found in it. */
const last = new WeakMap<RegexCheck, { readonly page: string; readonly found: boolean }>();

export function foundIn(page: string, regex: RegexCheck): boolean {
  const known = last.get(regex);
  if (known?.page === page) return known.found;
  const { pattern, minOffset, maxOffset } = regex;
  const at = searchIn(regex, page.slice(minOffset));
  if (at === undefined) throw endless(pattern);
  const found =
    at === 'unreadable'
      ? regex.negate
      : at >= 0 && (maxOffset === undefined || at + minOffset <= maxOffset);
  last.set(regex, { page, found });
  return found;
}

/** An expression that cannot be compiled fails the check, as in halabd. */
function searchIn(regex: RegexCheck, text: string): number | 'unreadable' | undefined {
  try {
    return search(regex, text, LIMIT_MS);
  } catch {
    return 'unreadable';
  }
}

function endless(pattern: string): HalabError {
  return new HalabError({
    code: 'HALAB_EXPRESSION',
    message: `the expression ${pattern} was cut off after ${LIMIT_MS / 1_000} s, so the check has no answer`,
    hint: 'Write it without look-around and back-references (RE2 then runs it in linear time), or without nested repetition.',
  });
}
