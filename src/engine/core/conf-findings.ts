/** What a reader of keepalived.conf has to say about a token, and the commonest of it. */
import { nearest } from '../../errors.ts';
import type { Token } from './conf-lexer.ts';

/** Where findings go while a file is read. */
export interface Findings {
  error(at: Token, message: string, hint?: string): void;
  warning(at: Token, message: string, hint?: string): void;
}

/** A list longer than this helps nobody. */
const MOST_LISTED = 16;

/** Whether the keyword is one of keepalived's that have no effect here; warns with the reason. */
export function unsupported(
  keyword: Token,
  reasons: Readonly<Record<string, string>>,
  findings: Findings,
): boolean {
  const reason = Object.hasOwn(reasons, keyword.text) ? reasons[keyword.text] : undefined;
  if (reason === undefined) return false;
  if (reason !== '')
    findings.warning(keyword, `"${keyword.text}" is not supported and ignored: ${reason}`);
  return true;
}

export function unknownKeyword(keyword: Token, known: readonly string[], findings: Findings): void {
  const close = nearest(keyword.text, known);
  const listed = known.length > MOST_LISTED ? '' : `Known here: ${known.join(', ')}.`;
  const hint = close === undefined ? listed : `Did you mean "${close}"?`;
  findings.error(keyword, `unknown keyword "${keyword.text}"`, hint === '' ? undefined : hint);
}
