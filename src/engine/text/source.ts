/**
 * keepalived.conf files as one list of lines: includes read, conditional lines decided, parameters put
 * in, sequences and lists expanded. Everything is bounded, so that any text ends.
 */
import { FindingList, type Place } from './findings.ts';
import {
  checksAfter,
  INCLUDE,
  INCLUDES,
  type IncludeCheck,
  KNOWN_CHECKS,
  refusalOf,
} from './include.ts';
import {
  type ConfLine,
  piecesOf,
  splitAtBraces,
  trim,
  trimEnd,
  trimStart,
  withoutComment,
} from './lexer.ts';
import { Parameters } from './parameters.ts';
import { generate } from './sequences.ts';
import { NO_SURROUNDINGS, type Surroundings } from './surroundings.ts';

/** More than a handwritten file has. */
const MOST_CHARACTERS = 16_777_216;
const MOST_LINES = 100_000;
const DEEPEST_INCLUDE = 16;
/** Files that include each other multiply. */
const MOST_FILES = 1_000;
const DEEPEST_EXPANSION = 32;
/** How much parameters may add to a line. */
const LONGEST_LINE = 65_536;
/** keepalived reads that many bytes at once: the rest of the line is a new line. */
const LINE_BYTES = 1_023;

/** `$NAME=VALUE \`: its other lines follow. */
const DEFINITION = /^[ \t]*(?:@[^ \t]+[ \t]+)?\$([A-Za-z_]\w*)=(.*)\\$/s;

/** keepalived: a new line begins after a brace. */
const BEGINS_ANEW = /^(@|~(SEQ|LST)|\$[A-Za-z_]\w*=|include[rmwba]?[ \t])/;

interface LinePlace extends Omit<Place, 'column'> {
  /** How deeply its file is included. */
  readonly depth: number;
}

/** Each line with content, from the file and its includes. */
export function readSource(
  text: string,
  file: string,
  surroundings: Surroundings = NO_SURROUNDINGS,
): { readonly lines: ConfLine[]; readonly findings: FindingList } {
  const reader = new SourceReader(surroundings);
  reader.file(text, file, surroundings.folderOf(file), 0);
  return reader;
}

class SourceReader {
  readonly lines: ConfLine[] = [];
  readonly findings = new FindingList();
  private readonly surroundings: Surroundings;
  private readonly parameters: Parameters;
  private checks: ReadonlySet<IncludeCheck> = new Set();
  private folder = '';
  private characters = 0;
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
    const { rows, numbers } = this.rowsOf(text, file);
    for (let i = 0; i < rows.length && !this.full; i++) {
      const place = { file, line: numbers[i] ?? 1, depth };
      const row = this.uncommented(rows[i] ?? '', place);
      const after = this.definition(rows, i, row);
      if (after > i) i = after;
      else this.line(row, place, 0);
    }
    this.folder = folderBefore;
    this.checks = checks;
  }

  /** Lines, cut where keepalived cuts them, with the numbers they have in the file. */
  private rowsOf(text: string, file: string): { rows: string[]; numbers: number[] } {
    const rows: string[] = [];
    const numbers: number[] = [];
    for (const [i, row] of text.split(/\r*\n/).entries()) {
      const pieces = piecesOf(row, LINE_BYTES);
      if (pieces.length > 1) {
        const message = `the line is longer than ${LINE_BYTES} bytes: its rest is a line of its own`;
        const column = (pieces[0]?.length ?? 0) + 1;
        this.findings.add('note', { file, line: i + 1, column }, message);
      }
      rows.push(...pieces);
      numbers.push(...pieces.map(() => i + 1));
    }
    return { rows, numbers };
  }

  private uncommented(row: string, place: LinePlace): string {
    const { text, open } = withoutComment(row);
    if (open)
      this.findings.add('warning', { ...place, column: 1 }, 'a quote is not closed on its line');
    return text;
  }

  /** `$NAME=\\` and the lines that belong to it: the last of them; the same line if it is none. */
  private definition(rows: readonly string[], first: number, row: string): number {
    const begun = DEFINITION.exec(trimEnd(row));
    // keepalived: of a definition for others only the first line is left out.
    if (begun === null || this.conditional(trim(row)) === undefined) return first;
    const begin = trim(begun[2] ?? '');
    const body: string[] = begin === '' ? [] : [begin];
    let at = first + 1;
    for (; at < rows.length; at++) {
      const raw = rows[at] ?? '';
      const next = trimEnd(withoutComment(raw).text);
      // keepalived: an empty line ends it, one of blanks or a comment does not.
      if (next === '' && raw !== '') continue;
      const more = next.endsWith('\\');
      const line = more ? trimEnd(next.slice(0, -1)) : next;
      if (line !== '') body.push(line);
      if (!more) break;
    }
    this.parameters.define(begun[1] ?? '', body.join('\n'));
    return at;
  }

  /** `depth` of expansions. */
  private line(text: string, place: LinePlace, depth: number): void {
    if (this.full) return;
    this.work++;
    if (depth > DEEPEST_EXPANSION || this.work > MOST_LINES) {
      this.stop(place, 'parameters and sequences make too much of this line');
      return;
    }
    const rest = this.conditional(trimStart(text));
    if (rest === undefined || trim(rest) === '') return;
    const column = text.length - rest.length + 1;
    const defined = /^\$([A-Za-z_]\w*)=(.*)$/s.exec(rest);
    if (defined !== null) this.parameters.define(defined[1] ?? '', trim(defined[2] ?? ''));
    else if (/^~(SEQ|LST)/.test(rest)) this.generated(rest, place, column, depth);
    else if (/^include_check\b/.test(rest)) this.includeCheck(rest, place);
    else this.expanded(rest, place, column, depth);
  }

  private expanded(rest: string, place: LinePlace, column: number, depth: number): void {
    const expanded = this.parameters.expand(rest, LONGEST_LINE);
    if (expanded === undefined) {
      this.stop(place, 'parameters make this line too long');
      return;
    }
    const { text: whole, columnAt } = expanded;
    if (whole.includes('\n') || (whole !== rest && /^[@~$]/.test(trimStart(whole)))) {
      for (const line of whole.split('\n')) this.line(line, place, depth + 1);
      return;
    }
    const plain = whole === rest ? whole : this.uncommented(whole, place);
    if (this.included(plain, place)) return;
    const behind = this.keep(plain, place, (offset) => column + columnAt(offset));
    if (behind !== undefined) this.line(behind, place, depth + 1);
  }

  /** The text after a brace for this reader; undefined without such text. */
  private keep(
    text: string,
    place: LinePlace,
    columnAt: (offset: number) => number,
  ): string | undefined {
    this.characters += text.length;
    if (this.characters > MOST_CHARACTERS) this.stop(place, 'the configuration is too large');
    let left = text;
    for (const part of splitAtBraces({ ...place, text, columnAt, findings: this.findings })) {
      if (left !== text && BEGINS_ANEW.test(trimStart(part.text))) return left;
      left = left.slice(left.indexOf(part.text) + part.text.length);
      if (this.lines.length >= MOST_LINES) this.stop(place, 'the configuration is too long');
      if (this.full) return undefined;
      this.lines.push(part);
    }
    return undefined;
  }

  /** `@id rest` and `@^id rest`: the rest if the line counts here, otherwise undefined. */
  private conditional(text: string): string | undefined {
    const found = /^@(\^?)([^ \t]*)[ \t]*/.exec(text);
    if (found === null) return text;
    const [whole, not, id] = found;
    const same = id === this.surroundings.configId;
    return same === (not === '') ? text.slice(whole.length) : undefined;
  }

  private generated(text: string, place: LinePlace, column: number, depth: number): void {
    const made = generate(this.parameters.expand(text, LONGEST_LINE)?.text ?? text);
    if (typeof made === 'string') {
      const hint = 'Write ~SEQ(VAR, START, STEP, END) or ~LST(VAR, VALUE, ...).';
      this.findings.add('warning', { ...place, column }, made, hint);
      return;
    }
    for (const values of made.rounds) {
      if (this.full) return;
      for (const [name, value] of values) this.parameters.define(name, value);
      this.line(made.rest, place, depth + 1);
      for (const [name] of values) this.parameters.forget(name);
    }
  }

  /** Whether the line includes files, which are read. */
  private included(row: string, place: LinePlace): boolean {
    const found = INCLUDE.exec(trimEnd(row));
    if (found === null) return false;
    const [, space = '', keyword = '', written = ''] = found;
    const pattern = written.replaceAll(/^["']|["']$/g, '');
    const at = { ...place, column: space.length + keyword.length + 2 };
    const wanted = new Set([...this.checks, ...(INCLUDES[keyword] ?? [])]);
    if (place.depth >= DEEPEST_INCLUDE) {
      this.stop(place, 'files are included too deeply: does a file include itself?');
      return true;
    }
    const files = this.surroundings.glob(pattern, this.folder);
    if (files.length === 0) {
      const { wild, refused } = refusalOf(pattern, wanted);
      if (refused) this.missing(true, `no file matches ${pattern}`, at);
      else if (!wild) this.missing(false, `no file matches ${pattern}: nothing is included`, at);
    }
    for (const file of files) {
      if (this.full) break;
      this.files++;
      if (this.files > MOST_FILES) {
        this.stop(place, `more than ${MOST_FILES} files are included`);
        break;
      }
      const content = this.surroundings.read(file);
      if (typeof content !== 'string') {
        this.missing(wanted.has('readable'), `${file} cannot be read: ${content.error}`, at);
        continue;
      }
      this.file(content, file, this.surroundings.folderOf(file), place.depth + 1);
    }
    return true;
  }

  /** `wanted`: keepalived does not run without it. */
  private missing(wanted: boolean, message: string, at: Place): void {
    if (wanted) this.findings.refuse(at, message);
    else this.findings.add('note', at, message);
  }

  /** `include_check`, `include_check match readable`, `include_check +match -readable`. */
  private includeCheck(text: string, place: LinePlace): void {
    const { checks, unknown } = checksAfter(text, this.checks);
    const at = { ...place, column: 1 };
    for (const word of unknown)
      this.findings.add('warning', at, `include_check knows no "${word}"`, KNOWN_CHECKS);
    this.checks = checks;
  }

  private stop(place: LinePlace, message: string): void {
    this.full = true;
    this.findings.refuse({ ...place, column: 1 }, message);
  }
}
