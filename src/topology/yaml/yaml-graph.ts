/**
 * Finds dangerous YAML before it is turned into values: aliases that refer to nothing, to themselves, or to each other
 * until memory is exhausted ("billion laughs"), deep nesting, duplicate keys, and keys that every JavaScript object has.
 */
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair } from 'yaml';

export interface GraphProblem {
  /** Offset in the text. */
  readonly at: number;
  readonly message: string;
  readonly hint: string;
}

const DEEPEST = 64;
/** Brackets or blocks in a text, far from the limit of the stack. */
const DEEPEST_TEXT = 200;
/** Values, with every alias expanded. */
const MOST_VALUES = 200_000;
const MOST_PROBLEMS = 20;
const DUPLICATE = 'Remove one of the two; YAML would silently keep the last.';
const RESERVED = ['__proto__', 'constructor', 'prototype'];

export function isReserved(key: string): boolean {
  return RESERVED.includes(key);
}

export function graphProblems(document: Document.Parsed): GraphProblem[] {
  const problems: GraphProblem[] = [];
  /** Expanded sizes of finished nodes. */
  const sizes = new Map<Node, number>();
  const open = new Set<Node>();
  let tooLarge = false;
  /** Reports a value, which counts as one. */
  const report = (node: unknown, message: string, hint: string): 1 => {
    const range = (node as { range?: readonly number[] | null } | null)?.range;
    problems.push({ at: range?.[0] ?? 0, message, hint });
    return 1;
  };
  const ofAlias = (alias: Node & { readonly source: string }, depth: number): number => {
    const { source: name } = alias;
    const target = (alias as unknown as { resolve(whole: Document): Node | undefined }).resolve(
      document,
    );
    if (target === undefined)
      return report(alias, `*${name} refers to nothing`, `Write &${name} before it.`);
    if (open.has(target))
      return report(alias, `*${name} stands inside what it refers to`, 'Write it out.');
    return sizes.get(target) ?? count(target, depth);
  };
  /** `keys`: earlier keys of the same mapping. */
  const ofPair = ({ key, value }: Pair, keys: Set<string>, depth: number): number => {
    if (!isScalar(key))
      return report(key ?? value, 'a key is a word', 'Lists, mappings and aliases are no keys.');
    const word = String(key.value);
    if (isReserved(word)) report(key, `"${word}" is no name here`, 'Choose another one.');
    if (keys.has(word)) report(key, 'duplicate key', DUPLICATE);
    keys.add(word);
    return count(value, depth + 1);
  };
  /** Values in and below a node. */
  const count = (node: unknown, depth: number): number => {
    if (isAlias(node)) return ofAlias(node, depth);
    if (!isMap(node) && !isSeq(node)) return 1;
    if (depth > DEEPEST)
      return report(node, `nested more than ${DEEPEST} deep`, 'No file needs that.');
    open.add(node);
    let size = 1;
    const keys = new Set<string>();
    for (const item of node.items as unknown[]) {
      if (problems.length >= MOST_PROBLEMS) break;
      size += isPair(item) ? ofPair(item, keys, depth) : count(item, depth + 1);
      if (size > MOST_VALUES && !tooLarge) {
        tooLarge = true;
        report(node, `aliases make more than ${MOST_VALUES} values of this`, 'Write it out.');
      }
    }
    open.delete(node);
    sizes.set(node, size);
    return size;
  };
  count(document.contents, 0);
  return problems;
}

/**
 * Whether a text nests too deep for a recursive parser: near the end of the stack V8 may abort the process. Looks at the
 * text only, so it may count brackets inside strings, too.
 */
export function nestsTooDeep(text: string): boolean {
  return flowDepth(text) > DEEPEST_TEXT || blockDepth(text) > DEEPEST_TEXT;
}

/** Brackets that are open at once: `[[{`. */
function flowDepth(text: string): number {
  let open = 0;
  let most = 0;
  for (const char of text) {
    if (char === '[' || char === '{') open++;
    else if ((char === ']' || char === '}') && open > 0) open--;
    most = Math.max(most, open);
  }
  return most;
}

/** Columns at which nested blocks begin: `- - a:`. */
function blockDepth(text: string): number {
  const columns: number[] = [];
  let most = 0;
  for (const line of text.split(/[\r\n]+/)) {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    if (indent === line.length) continue;
    while ((columns.at(-1) ?? -1) >= indent) columns.pop();
    columns.push(indent);
    // The `y` flag: each indicator directly behind its predecessor.
    const indicator = /[-?:][ \t]+/y;
    for (indicator.lastIndex = indent; indicator.test(line); ) columns.push(indicator.lastIndex);
    most = Math.max(most, columns.length);
  }
  return most;
}
