/** `include`, its variants, and `include_check`. */
import { trim } from './lexer.ts';

/** Errors that keepalived's include variants and `include_check` refuse. */
export type IncludeCheck = 'readable' | 'match' | 'wildcard_match' | 'brace_match';
const ALL_CHECKS: readonly IncludeCheck[] = ['readable', 'match', 'wildcard_match', 'brace_match'];
export const INCLUDES: Readonly<Record<string, readonly IncludeCheck[]>> = {
  include: [],
  includer: ['readable'],
  includem: ['readable', 'match'],
  includew: ['readable', 'wildcard_match'],
  includeb: ['readable', 'brace_match'],
  includea: ALL_CHECKS,
};
export const INCLUDE = /^([ \t]*)(include[rmwba]?)[ \t\f\v]+([^ \t\f\v].*)$/s;
export const KNOWN_CHECKS = `Known: ${ALL_CHECKS.join(', ')}.`;

/** `include_check`, `include_check match readable`, `include_check +match -readable`. */
export function checksAfter(
  text: string,
  before: ReadonlySet<IncludeCheck>,
): { readonly checks: ReadonlySet<IncludeCheck>; readonly unknown: readonly string[] } {
  const words = trim(text)
    .split(/[ \t]+/)
    .slice(1);
  const checks = new Set<IncludeCheck>(words.some((word) => /^[+-]/.test(word)) ? before : []);
  const unknown: string[] = [];
  for (const word of words.length === 0 ? ALL_CHECKS : words) {
    const name = ALL_CHECKS.find((check) => check === word.replace(/^[+-]/, ''));
    if (name === undefined) unknown.push(word);
    else if (word.startsWith('-')) checks.delete(name);
    else checks.add(name);
  }
  return { checks, unknown };
}

/** Whether a pattern that no file matches is refused. */
export function refusalOf(
  pattern: string,
  wanted: ReadonlySet<IncludeCheck>,
): { readonly wild: boolean; readonly refused: boolean } {
  const wild = /[*?[]/.test(pattern);
  const braces = /\{/.test(pattern);
  const refused = wild
    ? wanted.has('wildcard_match')
    : braces
      ? wanted.has('brace_match')
      : wanted.has('match') || wanted.has('readable');
  return { wild, refused };
}
