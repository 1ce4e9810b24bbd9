/** An engine with one wrong line, as data, and what must find it: a search or a unit test. */
export interface Mutant {
  readonly id: string;
  /** Path from the root of the project. */
  readonly file: string;
  /** A part of one line; occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** The error of the router in terms of the protocol. */
  readonly why: string;
  /** Options of `halab explore` in addition to time and seed [no drawn election reaches the line]. */
  readonly explore?: readonly string[];
  /** Options of `halab check` [its model cannot reach the line]. */
  readonly check?: readonly string[];
  /** The test file of which one test must fail [only searches must find it]. */
  readonly tests?: string;
}

/** The default options of a search, and those for routers of RFC 3768. */
export const ANY: readonly string[] = [];
export const VERSION_2: readonly string[] = ['--profile', 'rfc3768'];

/** Options of `halab check` for cases in which several rules apply. */
export const PLAIN: readonly string[] = ['--stops', '1'];
export const TIES: readonly string[] = [
  '--routers',
  '3',
  '--priorities',
  '128,128,128',
  '--stops',
  '1',
];
export const SLOWER: readonly string[] = ['--routers', '2', '--intervals', '20,4'];
export const NOPREEMPT: readonly string[] = ['--nopreempt', '1,2,3', '--stops', '1'];
