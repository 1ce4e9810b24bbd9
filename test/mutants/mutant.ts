/** An engine that is wrong in one line, as data, and what must find that out: a search or a unit test. */
export interface Mutant {
  readonly id: string;
  /** From the top of the project. */
  readonly file: string;
  /** A part of one line; occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What the router does wrong, in the protocol's words. */
  readonly why: string;
  /** Options of `halab explore`, beside the time and the seed [none of its elections comes to it]. */
  readonly explore?: readonly string[];
  /** Options of `halab check` [nothing in its model can come to it]. */
  readonly check?: readonly string[];
  /** The file of unit tests one of which must fail [it is left to the searches]. */
  readonly tests?: string;
}

/** What a search draws if it is not told otherwise, and the routers of RFC 3768. */
export const ANY: readonly string[] = [];
export const VERSION_2: readonly string[] = ['--profile', 'rfc3768'];

/** Options of `halab check`: where the protocol's rules meet. */
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
