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

export type Expression =
  | { readonly kind: 'duration'; readonly value: Micros }
  | { readonly kind: 'name'; readonly name: keyof ProtocolTimes }
  | {
      readonly kind: 'sum';
      readonly left: Expression;
      readonly right: Expression;
      readonly sign: 1 | -1;
    }
  | { readonly kind: 'product'; readonly factor: number; readonly of: Expression };

/** A bound as written, parsed. */
export interface Bound {
  readonly text: string;
  readonly expression: Expression;
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:us|ms|s|m))\b|(\d+(?:\.\d+)?)|(mdi|skew|advert)\b|([-+x]))/y;

/** Parses a bound; a string says what is wrong with it. */
export function parseBound(text: string): Bound | string {
  const tokens = tokenize(text);
  if (typeof tokens === 'string') return tokens;
  const left = product(tokens);
  if (typeof left === 'string') return left;
  let expression: Expression = left;
  while (tokens.length > 0) {
    const operator = tokens.shift();
    if (operator !== '+' && operator !== '-')
      return `expected + or - in "${text}", got "${operator}"`;
    const right = product(tokens);
    if (typeof right === 'string') return right;
    expression = { kind: 'sum', left: expression, right, sign: operator === '+' ? 1 : -1 };
  }
  return { text, expression };
}

/** The bound in microseconds. */
export function evaluateBound(bound: Bound, times: ProtocolTimes): Micros {
  return micros(evaluate(bound.expression, times));
}

/**
 * What a bound allows beyond the protocol's own times: 5 ms of `mdi + 5ms`. A bound that is nothing but them, or names
 * none, is its own allowance.
 */
export function allowanceOf(bound: Bound, times: ProtocolTimes): Micros {
  const beyond = evaluate(bound.expression, NO_TIMES);
  return beyond > 0 ? micros(beyond) : evaluateBound(bound, times);
}

const NO_TIMES: ProtocolTimes = { mdi: micros(0), skew: micros(0), advert: micros(0) };

function evaluate(expression: Expression, times: ProtocolTimes): number {
  switch (expression.kind) {
    case 'duration':
      return expression.value;
    case 'name':
      return times[expression.name];
    case 'sum':
      return evaluate(expression.left, times) + expression.sign * evaluate(expression.right, times);
    case 'product':
      return expression.factor * evaluate(expression.of, times);
  }
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
function product(tokens: string[]): Expression | string {
  let factor = 1;
  let operand: Expression | undefined;
  for (;;) {
    const token = tokens.shift();
    if (token === undefined) return 'the bound ends where a time should follow';
    const term = time(token);
    if (term === undefined && !/^\d+(\.\d+)?$/.test(token))
      return `expected a time, got "${token}"`;
    if (term === undefined) factor *= Number(token);
    else if (operand !== undefined) return 'two times cannot be multiplied';
    else operand = term;
    if (tokens[0] !== 'x') break;
    tokens.shift();
  }
  if (operand === undefined) return `a duration needs a unit: ${factor}s or ${factor}ms?`;
  return factor === 1 ? operand : { kind: 'product', factor, of: operand };
}

function time(token: string): Expression | undefined {
  if (token === 'mdi' || token === 'skew' || token === 'advert')
    return { kind: 'name', name: token };
  const value = parseDuration(token);
  return value === undefined ? undefined : { kind: 'duration', value };
}
