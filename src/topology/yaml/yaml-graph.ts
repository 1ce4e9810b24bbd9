/**
 * Finds dangerous YAML before it is turned into values: aliases that refer to nothing, to themselves, or to each other
 * until memory is exhausted ("billion laughs"), deep nesting, duplicate keys, and keys that every JavaScript object has.
 */
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node } from 'yaml';

export interface GraphProblem {
  /** Offset in the text. */
  readonly at: number;
  readonly message: string;
  readonly hint: string;
}

const DEEPEST = 64;
/** Values, with every alias expanded. */
const MOST_VALUES = 200_000;
const MOST_PROBLEMS = 20;
const RESERVED = ['__proto__', 'constructor', 'prototype'];

export function isReserved(key: string): boolean {
  return RESERVED.includes(key);
}

export function graphProblems(document: Document.Parsed): GraphProblem[] {
  const graph = new Graph(document);
  graph.count(document.contents, 0);
  return graph.problems;
}

class Graph {
  readonly problems: GraphProblem[] = [];
  private readonly document: Document.Parsed;
  /** Expanded sizes of finished nodes with an anchor. */
  private readonly sizes = new Map<Node, number>();
  private readonly open = new Set<Node>();
  private tooLarge = false;

  constructor(document: Document.Parsed) {
    this.document = document;
  }

  /** Values in and below a node. */
  count(node: unknown, depth: number): number {
    if (isAlias(node)) return this.alias(node, depth);
    if (!isMap(node) && !isSeq(node)) return 1;
    if (depth > DEEPEST) {
      this.report(node, `nested more than ${DEEPEST} deep`, 'No file needs that.');
      return 1;
    }
    this.open.add(node);
    let size = 1;
    const keys = new Set<string>();
    for (const item of node.items as unknown[]) {
      if (this.problems.length >= MOST_PROBLEMS) break;
      size += isPair(item) ? this.pair(item, keys, depth) : this.count(item, depth + 1);
      if (size > MOST_VALUES && !this.tooLarge) {
        this.tooLarge = true;
        this.report(node, `aliases make more than ${MOST_VALUES} values of this`, 'Write it out.');
      }
    }
    this.open.delete(node);
    if (node.anchor !== undefined) this.sizes.set(node, size);
    return size;
  }

  /** `keys`: earlier keys of the same mapping. */
  private pair(
    { key, value }: { readonly key: unknown; readonly value: unknown },
    keys: Set<string>,
    depth: number,
  ): number {
    if (!isScalar(key)) {
      this.report(key ?? value, 'a key is a word', 'Lists, mappings and aliases are no keys.');
      return 1;
    }
    const word = String(key.value);
    if (isReserved(word)) this.report(key, `"${word}" is no name here`, 'Choose another one.');
    if (keys.has(word))
      this.report(
        key,
        'duplicate key',
        'Remove one of the two; YAML would silently keep the last.',
      );
    keys.add(word);
    return this.count(value, depth + 1);
  }

  private alias(alias: Node & { readonly source: string }, depth: number): number {
    const target = (alias as unknown as { resolve(document: Document): Node | undefined }).resolve(
      this.document,
    );
    if (target === undefined) {
      this.report(alias, `*${alias.source} refers to nothing`, `Write &${alias.source} before it.`);
      return 1;
    }
    if (this.open.has(target)) {
      this.report(alias, `*${alias.source} stands inside what it refers to`, 'Write it out.');
      return 1;
    }
    return this.sizes.get(target) ?? this.count(target, depth);
  }

  private report(node: unknown, message: string, hint: string): void {
    const range = (node as { range?: readonly number[] | null } | null)?.range;
    this.problems.push({ at: range?.[0] ?? 0, message, hint });
  }
}
