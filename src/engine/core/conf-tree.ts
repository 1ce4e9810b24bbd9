/** keepalived.conf tokens as statements: a keyword, its values, and the block behind it if it has one. */
import type { SourceIssue } from '../../errors.ts';
import type { Token } from './conf-lexer.ts';
import { readSource } from './conf-source.ts';
import type { Surroundings } from './conf-surroundings.ts';

export interface Statement {
  readonly keyword: Token;
  readonly values: readonly Token[];
  /** Undefined: no braces followed. */
  readonly block: readonly Statement[] | undefined;
}

const MAX_DEPTH = 16;

export function parseTree(
  text: string,
  file: string,
  surroundings?: Surroundings,
): { statements: Statement[]; issues: SourceIssue[] } {
  const { lines, issues } = readSource(text, file, surroundings);
  const tree = new TreeReader(lines, issues);
  return { statements: tree.block(0), issues };
}

class TreeReader {
  private readonly lines: Token[][];
  private readonly issues: SourceIssue[];
  private row = 0;
  private column = 0;

  constructor(lines: Token[][], issues: SourceIssue[]) {
    this.lines = lines;
    this.issues = issues;
  }

  /** Statements up to the brace that closes the block, or the end of the file at depth 0. */
  block(depth: number, opened?: Token): Statement[] {
    const statements: Statement[] = [];
    for (;;) {
      const token = this.peek();
      if (token === undefined) {
        if (opened !== undefined)
          this.error(opened, 'this block is never closed', 'Add a } at its end.');
        return statements;
      }
      if (isBrace(token, '}')) {
        this.take();
        if (depth > 0) return statements;
        this.error(token, 'a } without a block');
      } else if (isBrace(token, '{')) {
        this.take();
        this.error(token, 'a block without a keyword');
        if (depth < MAX_DEPTH) this.block(depth + 1, token);
      } else {
        statements.push(this.statement(depth));
      }
    }
  }

  private statement(depth: number): Statement {
    const keyword = this.take();
    const values: Token[] = [];
    for (;;) {
      const next = this.sameLine();
      if (next === undefined || isBrace(next, '}')) break;
      if (isBrace(next, '{')) return { keyword, values, block: this.opened(depth) };
      values.push(this.take());
    }
    const next = this.peek();
    if (next !== undefined && isBrace(next, '{'))
      return { keyword, values, block: this.opened(depth) };
    return { keyword, values, block: undefined };
  }

  private opened(depth: number): Statement[] {
    const brace = this.take();
    if (depth < MAX_DEPTH) return this.block(depth + 1, brace);
    this.error(brace, 'blocks are nested too deeply');
    return [];
  }

  private peek(): Token | undefined {
    while (this.row < this.lines.length && this.column >= (this.lines[this.row]?.length ?? 0)) {
      this.row++;
      this.column = 0;
    }
    return this.lines[this.row]?.[this.column];
  }

  /** The next token if it stands on the line of the last one. */
  private sameLine(): Token | undefined {
    return this.lines[this.row]?.[this.column];
  }

  private take(): Token {
    const token = this.peek();
    if (token === undefined) throw new Error('the caller has looked: there is a token');
    this.column++;
    return token;
  }

  private error(at: Token, message: string, hint?: string): void {
    this.issues.push({
      file: at.file,
      line: at.line,
      column: at.column,
      severity: 'error',
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function isBrace(token: Token, brace: '{' | '}'): boolean {
  return token.text === brace && !token.quoted;
}
