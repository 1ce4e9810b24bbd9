/**
 * Bounds that may name the protocol's own times: `mdi + 50ms`, `3 x advert + skew`. The only
 * arithmetic halab's files offer; it survives a matrix over the advertisement interval.
 */

import { type Micros, micros } from '../time.ts';
import { parseDuration } from '../topology/yaml/scalars.ts';

/** The times a bound may name, of one virtual router and its best backup. */
export interface ProtocolTimes {
  /** Active_Down_Interval of the backup (keepalived: Master_Down_Interval). */
  readonly mdi: Micros;
  /** Skew_Time of the backup. */
  readonly skew: Micros;
  /** Advertisement_Interval. */
  readonly advert: Micros;
}

/** So many times a time of the protocol, or a duration. */
interface Term {
  readonly factor: number;
  readonly of: Micros | keyof ProtocolTimes;
}

/** A bound as written, parsed: the sum of its terms. */
export interface Bound {
  readonly text: string;
  readonly terms: readonly Term[];
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:us|ms|s|m))\b|(\d+(?:\.\d+)?)|(mdi|skew|advert)\b|([-+x]))/y;

/** Parses a bound; a string describes the error. */
export function parseBound(text: string): Bound | string {
  const tokens = tokenize(text);
  if (typeof tokens === 'string') return tokens;
  const terms: Term[] = [];
  for (let sign = 1; ; ) {
    const term = termOf(tokens);
    if (typeof term === 'string') return term;
    terms.push({ ...term, factor: sign * term.factor });
    const operator = tokens.shift();
    if (operator === undefined) return { text, terms };
    if (operator !== '+' && operator !== '-')
      return `expected + or - in "${text}", got "${operator}"`;
    sign = operator === '+' ? 1 : -1;
  }
}

/** The bound in microseconds. */
export function evaluateBound({ terms }: Bound, times: ProtocolTimes): Micros {
  const lengths = terms.map(({ factor, of }) => factor * (typeof of === 'string' ? times[of] : of));
  return micros(lengths.reduce((sum, length) => sum + length, 0));
}

/**
 * The allowance of a bound beyond the times of the protocol: 5 ms of `mdi + 5ms`. A bound that consists only of them, or names
 * none, is its own allowance.
 */
export function allowanceOf(bound: Bound, times: ProtocolTimes): Micros {
  const beyond = evaluateBound(bound, { mdi: micros(0), skew: micros(0), advert: micros(0) });
  return beyond > 0 ? beyond : evaluateBound(bound, times);
}

function tokenize(text: string): string[] | string {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      return `cannot read "${text.slice(from).trim()}": a bound is made of durations with units, mdi, skew, advert, +, - and x`;
    }
    tokens.push(match[0].trim());
  }
  return tokens.length === 0 ? 'the bound is empty' : tokens;
}

/** `mdi`, `50ms`, `3 x advert` or `advert x 3`; takes its tokens off the front. */
function termOf(tokens: string[]): Term | string {
  let factor = 1;
  let of: Term['of'] | undefined;
  for (;;) {
    const token = tokens.shift();
    if (token === undefined) return 'the bound ends where a time should follow';
    const time = timeOf(token);
    if (time === undefined && !/^\d+(\.\d+)?$/.test(token))
      return `expected a time, got "${token}"`;
    if (time === undefined) factor *= Number(token);
    else if (of !== undefined) return 'two times cannot be multiplied';
    else of = time;
    if (tokens[0] !== 'x') break;
    tokens.shift();
  }
  return of === undefined ? `a duration needs a unit: ${factor}s or ${factor}ms?` : { factor, of };
}

function timeOf(token: string): Term['of'] | undefined {
  return token === 'mdi' || token === 'skew' || token === 'advert' ? token : parseDuration(token);
}
