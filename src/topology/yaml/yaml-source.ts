/** A YAML file with positions: each finding of the parser or of a schema gets `file:line:column`. */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { errorAt, nearest, SourceError, type SourceIssue } from '../../errors.ts';
import { type PathProblem, type Reach, reachOf } from '../reach.ts';
import { keysAt } from './schema-rows.ts';
import { MOST_TEXT_BYTES } from './text-file.ts';
import { graphProblems, nestsTooDeep } from './yaml-graph.ts';

/** The position of a value in a file. */
export interface SourceSpan {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Typed on the command line. */
  readonly typed?: true;
}

export type Path = readonly PropertyKey[];

export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** Syntax errors and duplicate keys. */
  readonly issues: readonly SourceIssue[];
  /** The position of the value at `path`, or of its nearest existing parent. */
  span(path: Path): SourceSpan;
  /** The position of the last key of `path`. */
  keySpan(path: Path): SourceSpan;
}

/** Reads and parses a file named on the command line; throws a SourceError if it cannot be read. */
export function readYaml(file: string, reach: Reach = reachOf(file)): YamlSource {
  const found = reach.text({ text: file, folder: '', typed: true });
  if (isProblem(found))
    throw new SourceError([errorAt({ file, line: 1, column: 1 }, found.problem, found.hint)]);
  return parseYaml(found.text, file);
}

/** Mistakes of one file that are reported. */
const MOST_ISSUES = 100;

export function isProblem<T>(found: T | PathProblem): found is PathProblem {
  return typeof found === 'object' && found !== null && 'problem' in found;
}

export function parseYaml(text: string, file: string): YamlSource {
  if (text.length > MOST_TEXT_BYTES) return refused(file, 'the file is larger than 1 MiB');
  if (nestsTooDeep(text)) return refused(file, 'nested too deep: no file needs that');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    logLevel: 'error',
    // Both take quadratic time; `graphProblems` compares keys.
    prettyErrors: false,
    uniqueKeys: false,
  });
  const at = (offset: number): SourceSpan => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const issues = document.errors
    .slice(0, MOST_ISSUES)
    .map(({ pos, message }) => errorAt(at(pos[0]), message));
  if (issues.length === 0)
    for (const { at: offset, message, hint } of graphProblems(document))
      issues.push(errorAt(at(offset), message, hint));
  return {
    file,
    // `graphProblems` has counted the aliases.
    value: issues.length > 0 ? undefined : document.toJS({ maxAliasCount: -1 }),
    issues,
    span: (path) => at(locate(document, path, false)),
    keySpan: (path) => at(locate(document, path, true)),
  };
}

/** A part of a file as a source: a topology inside a scenario. */
export function partOf(source: YamlSource, path: Path, value: unknown): YamlSource {
  return {
    file: source.file,
    value,
    issues: [],
    span: (inner) => source.span([...path, ...inner]),
    keySpan: (inner) => source.keySpan([...path, ...inner]),
  };
}

/** The same file, but what `find` knows stands elsewhere. */
export function redirected(
  source: YamlSource,
  find: (path: Path) => SourceSpan | undefined,
): YamlSource {
  return {
    ...source,
    span: (path) => find(path) ?? source.span(path),
    keySpan: (path) => find(path) ?? source.keySpan(path),
  };
}

function refused(file: string, message: string): YamlSource {
  const span = { file, line: 1, column: 1 };
  return {
    file,
    value: undefined,
    issues: [errorAt(span, message)],
    span: () => span,
    keySpan: () => span,
  };
}

/** Offset of the deepest node of `path` that exists. */
function locate(document: Document, path: Path, wantKey: boolean): number {
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const [depth, key] of path.entries()) {
    const last = depth === path.length - 1;
    const next = child(node, key);
    if (next === undefined) break;
    offset = (last && wantKey ? start(next.key) : start(next.value)) ?? start(next.key) ?? offset;
    node = next.value;
  }
  return offset;
}

function child(node: unknown, key: PropertyKey) {
  if (isMap(node))
    return node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
  const item = isSeq(node) && typeof key === 'number' ? node.items[key] : undefined;
  return item === undefined ? undefined : { key: item, value: item };
}

function start(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/**
 * Turns issues of a zod schema into findings with positions, and unknown keys into "did you mean". `known`: the schema
 * of what stands at `prefix`, or the keys that may stand there.
 */
export function schemaIssues(
  source: YamlSource,
  error: z.core.$ZodError,
  prefix: Path,
  known: z.ZodType | readonly string[],
): SourceIssue[] {
  const read = (issue: z.core.$ZodIssue, outer: Path): SourceIssue[] => {
    const inner = [...outer, ...issue.path];
    const path = [...prefix, ...inner];
    if (issue.code === 'unrecognized_keys') {
      const keys = 'length' in known ? known : keysAt(known, inner);
      return issue.keys.map((key) => unknownKey(source, [...path, key], keys));
    }
    const branch = issue.code === 'invalid_union' ? bestBranch(issue.errors) : undefined;
    return branch?.flatMap((each) => read(each, inner)) ?? [plainIssue(source, issue, path)];
  };
  return error.issues.flatMap((issue) => read(issue, []));
}

function plainIssue(source: YamlSource, issue: z.core.$ZodIssue, path: Path): SourceIssue {
  const where = path.join('.') || 'file';
  if (issue.code === 'invalid_key') {
    const why = issue.issues[0]?.message ?? issue.message;
    return errorAt(source.keySpan(path), `${where}: ${why}`);
  }
  const missing = issue.code === 'invalid_type' && issue.message.includes('received undefined');
  const message = missing ? `missing: ${where}` : `${where}: ${issue.message}`;
  const hint = issue.code === 'invalid_type' ? quoteHint(issue.expected, source, path) : undefined;
  return errorAt(source.span(path), message, hint);
}

/** The hint where quotes are missing or too many. */
function quoteHint(expected: string, { value }: YamlSource, path: Path): string | undefined {
  let found: unknown = value;
  for (const key of path)
    found = typeof found === 'object' && found !== null ? (found as never)[key] : undefined;
  if (expected === 'string' && (typeof found === 'number' || typeof found === 'boolean'))
    return `Write it in quotes: "${found}".`;
  if (typeof found !== 'string') return undefined;
  const isNumber = /^-?\d+(\.\d+)?$/.test(found) && /^(number|int)$/.test(expected);
  const isBoolean = /^(true|false)$/.test(found) && expected === 'boolean';
  return isNumber || isBoolean ? `Write it without quotes: ${found}.` : undefined;
}

/** The alternative of a union that the writer probably meant: one that was not refused for its type alone. */
function bestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  return branches.find((issues) =>
    issues.some((issue) => issue.code !== 'invalid_type' || issue.path.length > 0),
  );
}

function unknownKey(source: YamlSource, path: Path, known: readonly string[]): SourceIssue {
  const key = String(path.at(-1));
  const close = nearest(key, known);
  const hint =
    close === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${close}"?`;
  return errorAt(source.keySpan(path), `unknown key "${key}"`, known.length > 0 ? hint : undefined);
}
