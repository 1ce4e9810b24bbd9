/** `regex` of a simulated check. A verdict must not depend on the speed of this machine, so a search that is cut off is an error. */
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
  const found = isIn(page, regex);
  last.set(regex, { page, found });
  return found;
}

function isIn(page: string, regex: RegexCheck): boolean {
  const { pattern, minOffset, maxOffset, negate } = regex;
  let at: number | undefined;
  try {
    at = search(regex, page.slice(minOffset), LIMIT_MS);
  } catch {
    return negate; // An expression that cannot be compiled fails the check, as in halabd.
  }
  if (at !== undefined) return at >= 0 && (maxOffset === undefined || at + minOffset <= maxOffset);
  throw new HalabError({
    code: 'HALAB_EXPRESSION',
    message: `the expression ${pattern} was cut off after ${LIMIT_MS / 1_000} s, so the check has no answer`,
    hint: 'Write it without look-around and back-references (RE2 then runs it in linear time), or without nested repetition.',
  });
}
