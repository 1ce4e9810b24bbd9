/**
 * Lines of keepalived.conf as statements: a keyword, its values, and its block if it has one.
 * Where blocks do not fit together the result is keepalived's: an unknown keyword is skipped, but not
 * its block, whose `}` then closes the block around it.
 */

import { type Token, unknownKeyword } from './findings.ts';
import { type ConfLine, scriptWordsOf, tokenAt, wordsOf } from './lexer.ts';

/**
 * The value of a keyword: words on its line (`value`: at least one); lines of a block; the words of a script (`command`: there
 * must be one); or a block of keywords.
 */
export type Shape = 'words' | 'value' | 'lines' | 'script' | 'command' | Level;
export type Level = Readonly<Record<string, { readonly shape: Shape }>>;

/** keepalived reads a file in each of its processes, which skip blocks of the others. */
export type Process = 'global' | 'vrrp' | 'check' | 'every';
export type Root = Readonly<Record<string, { readonly shape: Shape; readonly process: Process }>>;

export interface Statement {
  readonly keyword: Token;
  readonly values: readonly Token[];
  /** Undefined: it has none. */
  readonly block: readonly Statement[] | undefined;
}

/** Statements of the whole file; each process of keepalived reads it and skips blocks of the others. */
export function readTree(root: Root, lines: readonly ConfLine[]): Statement[] {
  const together = new TreeReader(root, lines, undefined);
  const statements = together.root();
  if (together.regular) return statements;
  return (['global', 'vrrp', 'check'] as const).flatMap((process) =>
    new TreeReader(root, lines, process).root().filter(({ keyword }) => {
      const of = root[keyword.text]?.process;
      // Every process keeps common blocks; the ones of a single process suffice.
      return of === process || (of === 'every' && process === 'vrrp');
    }),
  );
}

class TreeReader {
  /** Whether every block stood where its keyword wants it. */
  regular = true;
  private readonly blocks: Root;
  private readonly lines: readonly ConfLine[];
  /** Undefined: all of them, with errors reported. */
  private readonly process: Process | undefined;
  private row = 0;
  private open = 0;

  constructor(blocks: Root, lines: readonly ConfLine[], process: Process | undefined) {
    this.blocks = blocks;
    this.lines = lines;
    this.process = process;
  }

  root(): Statement[] {
    const statements: Statement[] = [];
    const last = this.lines.at(-1);
    while (this.row < this.lines.length) statements.push(...this.statement(this.blocks, true));
    if (this.open > 0 && last !== undefined)
      this.irregular(
        tokenOf(last),
        `blocks that are never closed: ${this.open}`,
        'Add a } at the end.',
      );
    return statements;
  }

  /** Statements up to the brace that closes the block. */
  private level(level: Level, opened: Token): Statement[] {
    if (this.peek() === '{') this.take();
    else this.irregular(opened, `the { of ${opened.text} is missing`);
    const statements: Statement[] = [];
    while (this.row < this.lines.length) {
      if (this.peek() === '}') {
        this.take();
        break;
      }
      statements.push(...this.statement(level, false));
    }
    return statements;
  }

  private statement(level: Level, top: boolean): Statement[] {
    const line = this.take();
    if (line === undefined) return [];
    const { words, open } = wordsOf(line);
    const [keyword, ...values] = words;
    if (keyword === undefined) return [];
    if (keyword.text === '{') {
      this.irregular(keyword, 'a block without a keyword: what stands in it counts out here');
      return [];
    }
    const shape = Object.hasOwn(level, keyword.text) ? level[keyword.text]?.shape : undefined;
    if (open !== undefined && shape !== 'script' && shape !== 'command')
      this.warn(open, 'a quote is not closed on its line: the rest is ignored');
    if (keyword.text === '}') {
      if (this.open === 0) this.irregular(keyword, 'a } without a block');
    } else if (shape === undefined) {
      if (this.process === undefined) unknownKeyword(keyword, Object.keys(level));
    } else if (top && this.skipped(keyword.text)) {
      this.skip();
    } else return this.shaped(keyword, values, shape, line);
    return [];
  }

  private shaped(keyword: Token, words: Token[], shape: Shape, line: ConfLine): Statement[] {
    if (shape === 'lines') return [{ keyword, values: words, block: this.linesOf(keyword) }];
    if (typeof shape === 'object')
      return [{ keyword, values: words, block: this.level(shape, keyword) }];
    const script = shape === 'script' || shape === 'command';
    const values = script ? scriptWordsOf(line)?.slice(1) : words;
    if (values === undefined) {
      this.warn(keyword, 'a quote is not closed on its line: this is ignored');
      return [];
    }
    if (values.length === 0 && (shape === 'value' || shape === 'command')) {
      if (this.process === undefined) keyword.refuse(`${keyword.text} needs a value`);
      return [];
    }
    return [{ keyword, values, block: undefined }];
  }

  /** Every line up to the next `}` belongs to the block. */
  private linesOf(keyword: Token): Statement[] {
    const statements: Statement[] = [];
    if (this.peek() === '{') this.take();
    else this.irregular(keyword, `the { of ${keyword.text} is missing`);
    for (let line = this.take(); line !== undefined; line = this.take()) {
      if (line.text.trim() === '}') break;
      const { words, open } = wordsOf(line);
      if (open !== undefined) this.warn(open, 'a quote is not closed on its line');
      const [first, ...values] = words;
      if (first !== undefined) statements.push({ keyword: first, values, block: undefined });
    }
    return statements;
  }

  private skipped(keyword: string): boolean {
    const of = this.blocks[keyword]?.process;
    return this.process !== undefined && of !== this.process && of !== 'every';
  }

  /** Another process's block: only its braces count. */
  private skip(): void {
    if (this.peek() !== '{') return;
    let depth = 0;
    do {
      const line = this.take()?.text.trim();
      if (line === undefined) return;
      if (line === '{') depth++;
      if (line === '}') depth--;
    } while (depth > 0);
  }

  private peek(): string | undefined {
    return this.lines[this.row]?.text.trim();
  }

  private take(): ConfLine | undefined {
    const line = this.lines[this.row++];
    const text = line?.text.trim();
    if (text === '{') this.open++;
    if (text === '}') this.open = Math.max(0, this.open - 1);
    return line;
  }

  private irregular(at: Token, message: string, hint?: string): void {
    this.regular = false;
    this.warn(at, message, hint);
  }

  private warn(at: Token, message: string, hint?: string): void {
    if (this.process === undefined) at.warning(message, hint);
  }
}

function tokenOf(line: ConfLine): Token {
  return wordsOf(line).words[0] ?? tokenAt(line, 0, '');
}
