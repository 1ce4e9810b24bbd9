/** What a reader of keepalived.conf has to say about a token, and the commonest of it. */
import { nearest } from '../../errors.ts';
import type { Token } from './conf-lexer.ts';

/** Where findings go while a file is read. */
export interface Findings {
  error(at: Token, message: string, hint?: string): void;
  warning(at: Token, message: string, hint?: string): void;
}

export function unknownKeyword(keyword: Token, known: readonly string[], findings: Findings): void {
  const close = nearest(keyword.text, known);
  const hint =
    close === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${close}"?`;
  findings.error(keyword, `unknown keyword "${keyword.text}"`, hint);
}
