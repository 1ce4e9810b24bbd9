/** Selectors: functions on the lab's state that name a fault's target, such as `link(owner(web), lan)`. */
import { nearest } from '../errors.ts';
import type { Topology } from '../topology/topology.ts';

export type NodeSelector =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'owner' | 'backup' | 'highest-priority'; readonly of: string };

/** Resolved when the step runs, and printed resolved. */
export type Selector =
  | NodeSelector
  | { readonly kind: 'all'; readonly role: 'routers' }
  | { readonly kind: 'link'; readonly node: NodeSelector; readonly network: string };

const NAMES = ['owner', 'backup', 'node', 'highest-priority', 'all', 'link'];

/** Parses it and checks its names; a string describes the error. */
export function parseSelector(text: string, topology: Topology): Selector | string {
  const call = /^\s*([a-z-]+)\s*\((.*)\)\s*$/.exec(text);
  if (call === null)
    return `"${text}" is no selector: write owner(NAME), backup(NAME), node(NAME) or link(NODE, NETWORK)`;
  const [, word = '', inner = ''] = call;
  if (word === 'all')
    return inner.trim() === 'routers'
      ? { kind: 'all', role: 'routers' }
      : 'only all(routers) exists';
  if (word === 'link') return parseLink(inner, topology);
  return parseNode(text, topology);
}

function parseLink(inner: string, topology: Topology): Selector | string {
  const comma = inner.lastIndexOf(',');
  if (comma < 0) return 'link takes two arguments: link(NODE, NETWORK)';
  const first = inner.slice(0, comma).trim();
  const network = inner.slice(comma + 1).trim();
  const node = parseNode(first.includes('(') ? first : `node(${first})`, topology);
  if (typeof node === 'string') return node;
  const known = topology.networks.map(({ name }) => name);
  if (!known.includes(network)) return unknown('network', network, known);
  return { kind: 'link', node, network };
}

function parseNode(text: string, topology: Topology): NodeSelector | string {
  const call = /^\s*([a-z-]+)\s*\(\s*([^\s()]*)\s*\)\s*$/.exec(text);
  const [, word = text, argument = ''] = call ?? [];
  const isNode = word === 'node';
  if (!isNode && word !== 'owner' && word !== 'backup' && word !== 'highest-priority')
    return unknown('selector', word, NAMES);
  const known = (isNode ? topology.nodes : topology.virtualRouters).map(({ name }) => name);
  if (!known.includes(argument))
    return unknown(isNode ? 'node' : 'virtual router', argument, known);
  return isNode ? { kind: word, name: argument } : { kind: word, of: argument };
}

function unknown(what: string, word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return `unknown ${what} "${word}"${close === undefined ? `; there are: ${known.join(', ')}` : `: did you mean "${close}"?`}`;
}

/** As it is written in a file. */
export function formatSelector(selector: Selector): string {
  if (selector.kind === 'link')
    return `link(${formatSelector(selector.node)}, ${selector.network})`;
  if (selector.kind === 'all') return `all(${selector.role})`;
  return `${selector.kind}(${selector.kind === 'node' ? selector.name : selector.of})`;
}

/** The node whose link is meant, or the node itself. */
export function nodeIn(selector: Exclude<Selector, { readonly kind: 'all' }>): NodeSelector {
  return selector.kind === 'link' ? selector.node : selector;
}

/** The virtual router that a selector names. */
export function routerIn(selector: Selector): string | undefined {
  const inner = selector.kind === 'link' ? selector.node : selector;
  return 'of' in inner ? inner.of : undefined;
}
