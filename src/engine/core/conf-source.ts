/**
 * keepalived.conf files as one list of lines: includes read, conditional lines decided, parameters put
 * in, sequences and lists spelt out. Everything is bounded, so that whatever is written ends.
 */
import type { SourceIssue } from '../../errors.ts';
import { lexLine, type Token } from './conf-lexer.ts';
import { Parameters } from './conf-parameters.ts';
import { generate } from './conf-sequences.ts';
import { NO_SURROUNDINGS, type Surroundings } from './conf-surroundings.ts';

/** Nobody writes more by hand. */
const MOST_TOKENS = 500_000;
const MOST_LINES = 200_000;
const DEEPEST_INCLUDE = 16;
/** Files that include each other multiply. */
const MOST_FILES = 1_000;
const DEEPEST_EXPANSION = 32;
/** Of one line, its parameters put in. */
const LONGEST_LINE = 65_536;

/** What keepalived's include variants and `include_check` refuse. */
type IncludeCheck = 'readable' | 'match' | 'wildcard_match' | 'brace_match';
const ALL_CHECKS: readonly IncludeCheck[] = ['readable', 'match', 'wildcard_match', 'brace_match'];
const INCLUDES: Readonly<Record<string, readonly IncludeCheck[]>> = {
  include: [],
  includer: ['readable'],
  includem: ['readable', 'match'],
  includew: ['readable', 'wildcard_match'],
  includeb: ['readable', 'brace_match'],
  includea: ALL_CHECKS,
};

interface Place {
  readonly file: string;
  readonly line: number;
}

/** Tokens of each line that has any, from the file and all it includes. */
export function readSource(
  text: string,
  file: string,
  surroundings: Surroundings = NO_SURROUNDINGS,
): { lines: Token[][]; issues: SourceIssue[] } {
  const reader = new SourceReader(surroundings);
  reader.file(text, file, surroundings.folderOf(file), 0);
  return { lines: reader.lines, issues: reader.issues };
}

class SourceReader {
  readonly lines: Token[][] = [];
  readonly issues: SourceIssue[] = [];
  private readonly surroundings: Surroundings;
  private readonly parameters: Parameters;
  private checks: ReadonlySet<IncludeCheck> = new Set();
  private folder = '';
  private tokens = 0;
  private work = 0;
  private files = 0;
  private full = false;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
    this.parameters = new Parameters({
      pwd: () => this.folder,
      instance: surroundings.configId,
      env: surroundings.env,
    });
  }

  file(text: string, file: string, folder: string, depth: number): void {
    const { folder: folderBefore, checks } = this;
    this.folder = folder;
    const rows = text.split(/\r?\n/);
    for (let i = 0; i < rows.length && !this.full; i++) {
      const place = { file, line: i + 1 };
      const row = rows[i] ?? '';
      if (this.included(row, place, depth)) continue;
      const after = this.definition(rows, i);
      if (after > i) i = after;
      else this.line(row, place, 0);
    }
    this.folder = folderBefore;
    this.checks = checks;
  }

  /** `$NAME=\\` and the lines that belong to it: the last of them; the same line if it is none. */
  private definition(rows: readonly string[], first: number): number {
    const row = (rows[first] ?? '').trimEnd();
    const begun = /^\s*(?:@\S+\s+)?\$([A-Za-z_]\w*)=\s*\\$/.exec(row);
    if (begun === null) return first;
    const body: string[] = [];
    let at = first + 1;
    for (; at < rows.length; at++) {
      const next = (rows[at] ?? '').trimEnd();
      body.push(next.endsWith('\\') ? next.slice(0, -1) : next);
      // An empty line inside is as good as one with a backslash.
      const inside = next === '' && (rows[at + 1] ?? '').trimEnd().endsWith('\\');
      if (!next.endsWith('\\') && !inside) break;
    }
    if (this.conditional(row.trim()) !== undefined)
      this.parameters.define(begun[1] ?? '', body.join('\n'));
    return at;
  }

  private line(text: string, place: Place, depth: number): void {
    if (this.full) return;
    this.work++;
    if (depth > DEEPEST_EXPANSION || this.work > MOST_LINES) {
      this.stop(place, 'parameters and sequences make too much of this line');
      return;
    }
    const rest = this.conditional(text.trimStart());
    if (rest === undefined) return;
    const column = text.length - rest.length + 1;
    const defined = /^\$([A-Za-z_]\w*)=(.*)$/s.exec(rest);
    if (defined !== null) {
      this.parameters.define(defined[1] ?? '', (defined[2] ?? '').trimEnd());
      return;
    }
    if (rest.startsWith('~')) {
      this.generated(rest, place, column, depth);
      return;
    }
    if (/^include_check\b/.test(rest)) {
      this.includeCheck(rest, place);
      return;
    }
    const { text: whole, columnAt } = this.parameters.expand(rest, LONGEST_LINE);
    if (whole.includes('\n') || (whole !== rest && /^\s*[@~]/.test(whole))) {
      for (const one of whole.split('\n')) this.line(one, place, depth + 1);
      return;
    }
    const at = (offset: number): number => column + columnAt(offset);
    const tokens = lexLine(whole, { ...place, columnAt: at }, (where, message) =>
      this.issue({ ...place, column: where }, 'error', message),
    );
    this.tokens += tokens.length;
    if (this.tokens > MOST_TOKENS) this.stop(place, 'the configuration is too large');
    else if (tokens.length > 0) this.lines.push(tokens);
  }

  /** `@id rest` and `@^id rest`: the rest if the line counts here, otherwise undefined. */
  private conditional(text: string): string | undefined {
    const found = /^@(\^?)(\S*)\s*(.*)$/s.exec(text);
    if (found === null) return text;
    const [, not, id, rest = ''] = found;
    const same = id === this.surroundings.configId;
    return same === (not === '') ? this.conditional(rest) : undefined;
  }

  private generated(text: string, place: Place, column: number, depth: number): void {
    const made = generate(this.parameters.expand(text, LONGEST_LINE).text);
    if (typeof made === 'string') {
      this.issue(
        { ...place, column },
        'error',
        made,
        'Write ~SEQ(VAR, START, STEP, END) or ~LST(VAR, VALUE, ...).',
      );
      return;
    }
    for (const values of made.rounds) {
      if (this.full) return;
      for (const [name, value] of values) this.parameters.define(name, value);
      this.line(made.rest, place, depth + 1);
      for (const [name] of values) this.parameters.forget(name);
    }
  }

  /** keepalived looks for includes before it does anything else with a line. */
  private included(row: string, place: Place, depth: number): boolean {
    // `\s*$` after a lazy `.*?` would look at a long run of blanks once for each of them.
    const found = /^(\s*)(include[rmwba]?)\s+(\S.*)$/.exec(row.replace(/[#!].*$/, '').trimEnd());
    if (found === null) return false;
    const [, space = '', keyword = '', written = ''] = found;
    const pattern = written.replaceAll(/^["']|["']$/g, '');
    const at = { ...place, column: space.length + keyword.length + 2 };
    const wanted = new Set([...this.checks, ...(INCLUDES[keyword] ?? [])]);
    if (depth >= DEEPEST_INCLUDE) {
      this.issue(at, 'error', 'files are included too deeply', 'Does a file include itself?');
      return true;
    }
    const files = this.surroundings.glob(pattern, this.folder);
    if (files.length === 0) this.nothingMatches(pattern, wanted, at);
    for (const file of files) {
      if (this.full) break;
      this.files++;
      if (this.files > MOST_FILES) {
        this.stop(place, `more than ${MOST_FILES} files are included`);
        break;
      }
      const content = this.surroundings.read(file);
      if (typeof content !== 'string') {
        const severity = wanted.has('readable') ? 'error' : 'warning';
        this.issue(at, severity, `${file} cannot be read: ${content.error}`);
        continue;
      }
      this.file(content, file, this.surroundings.folderOf(file), depth + 1);
    }
    return true;
  }

  private nothingMatches(
    pattern: string,
    wanted: ReadonlySet<IncludeCheck>,
    at: Place & { column: number },
  ): void {
    const wild = /[*?[]/.test(pattern);
    const braces = /\{/.test(pattern);
    const refused = wild
      ? wanted.has('wildcard_match')
      : braces
        ? wanted.has('brace_match')
        : wanted.has('match') || wanted.has('readable');
    if (refused) this.issue(at, 'error', `no file matches ${pattern}`);
    else if (!wild) this.issue(at, 'warning', `no file matches ${pattern}: nothing is included`);
  }

  /** `include_check`, `include_check match readable`, `include_check +match -readable`. */
  private includeCheck(text: string, place: Place): void {
    const words = text.trim().split(/\s+/).slice(1);
    const checks = new Set<IncludeCheck>(
      words.some((word) => /^[+-]/.test(word)) ? this.checks : [],
    );
    for (const word of words.length === 0 ? ALL_CHECKS : words) {
      const name = ALL_CHECKS.find((one) => one === word.replace(/^[+-]/, ''));
      if (name === undefined)
        this.issue(
          { ...place, column: 1 },
          'error',
          `include_check knows no "${word}"`,
          `Known: ${ALL_CHECKS.join(', ')}.`,
        );
      else if (word.startsWith('-')) checks.delete(name);
      else checks.add(name);
    }
    this.checks = checks;
  }

  private stop(place: Place, message: string): void {
    this.full = true;
    this.issue({ ...place, column: 1 }, 'error', message);
  }

  private issue(
    { file, line, column }: Place & { column: number },
    severity: 'error' | 'warning',
    message: string,
    hint?: string,
  ): void {
    this.issues.push({
      file,
      line,
      column,
      severity,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
